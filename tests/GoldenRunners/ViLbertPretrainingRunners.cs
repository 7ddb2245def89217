using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>vilbert, pretrain: what pre-training predicts.</summary>
internal sealed class OnnxViLbertPretrainingRunner : OnnxGoldenRunner
{
    public override string System => "vilbert";

    public override IReadOnlyCollection<string> Kinds => ["pretrain"];

    public override string? WhyNot(GoldenCase c) => GoldenModels<GraphValue>.WhyNotViLbert(c);

    protected override IReadOnlyDictionary<string, GraphValue> Values(GoldenModels<GraphValue> models) => models.ViLbertPretraining();

    protected override bool IsInput(GoldenCase c, string output) => TorchViLbertPretrainingRunner.IsOfLoss(output);
}

/// <summary>The same, and all losses and every gradient.</summary>
internal sealed class TorchViLbertPretrainingRunner : TorchGoldenRunner
{
    public override string System => "vilbert";

    public override IReadOnlyCollection<string> Kinds => ["pretrain"];

    public override string? WhyNot(GoldenCase c) => GoldenModels<Tensor>.WhyNotViLbert(c);

    public static bool IsOfLoss(string output) =>
        output == "intermediate.img_loss_elementwise" || output.StartsWith("nce.", StringComparison.Ordinal);

    protected override IReadOnlyDictionary<string, Tensor> Values(GoldenModels<Tensor> models) => models.ViLbertPretraining();

    protected override bool IsInput(GoldenCase c, string output) => IsOfLoss(output);

    protected override void Check(GoldenCase c, ModelParameters parameters, IReadOnlyDictionary<string, Tensor> values)
    {
        Tensor Input(string name) => TorchGolden.ToTensor(c.Inputs[name]);
        var words = MaskedTokenObjective.Loss(values["prediction_scores_t"], Input("masked_lm_labels"));
        var regions = RegionLoss(c, values["prediction_scores_v"].slice(1, 1, long.MaxValue, 1), Input);
        var alignment = ChoiceObjective.Loss(values["seq_relationship_score"], Input("next_sentence_label"));
        GoldenAssert.Close(c.Scalars["masked_lm_loss"], words.ToDouble(), c.Tolerance, c, "masked_lm_loss");
        GoldenAssert.Close(c.Scalars["masked_img_loss"], regions.ToDouble(), c.Tolerance, c, "masked_img_loss");
        GoldenAssert.Close(c.Scalars["next_sentence_loss"], alignment.ToDouble(), c.Tolerance, c, "next_sentence_loss");
        var loss = words.add(regions).add(alignment);
        GoldenAssert.Close(c.Scalars["loss"], loss.ToDouble(), c.Tolerance, c, "loss");
        loss.backward();
        TorchGolden.CheckGradients(c, parameters);
    }

    private static Tensor RegionLoss(GoldenCase c, Tensor predictions, Func<string, Tensor> input)
    {
        Tensor targets = input("image_target"), labels = input("image_label");
        void Same(string name, Tensor value) => GoldenAssert.Close(c, name, TorchGolden.ToArray(value), value.shape);
        switch (c.Config.GetProperty("visual_target").GetInt32())
        {
            case 0:
                Same("intermediate.img_loss_elementwise", MaskedRegionObjective.ClassDivergences(predictions, targets));
                return MaskedRegionObjective.ClassLoss(predictions, targets, labels);
            case 1:
                Same("intermediate.img_loss_elementwise", MaskedRegionObjective.FeatureErrors(predictions, targets));
                return MaskedRegionObjective.FeatureLoss(predictions, targets, labels);
            default:
                var places = new ContrastiveNegatives(input("draw.row_across"), input("draw.col_across"), input("draw.col_inside")).Places();
                GoldenAssert.Equal(c.Outputs["nce.final_index"], places.data<long>().ToArray(), places.shape, c, "nce.final_index");
                var contrast = MaskedRegionObjective.Contrast(predictions, targets, labels, places);
                Same("nce.predict_v", contrast.Predicted);
                Same("nce.sample_v", contrast.Candidates);
                Same("nce.score", contrast.Scores);
                return contrast.Loss();
        }
    }
}
