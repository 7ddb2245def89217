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
        var kind = (RegionTarget)c.Config.GetProperty("visual_target").GetInt32();
        var targets = new PretrainingTargets(
            Input("masked_lm_labels"), Input("image_target"), Input("image_label"), Input("next_sentence_label"));
        var negatives = kind == RegionTarget.Contrast
            ? new ContrastiveNegatives(Input("draw.row_across"), Input("draw.col_across"), Input("draw.col_inside"))
            : null;
        CheckRegions(c, values["prediction_scores_v"].slice(1, 1, long.MaxValue, 1), targets, negatives);
        var losses = PretrainingLosses.Of(
            new(values["prediction_scores_t"], values["prediction_scores_v"], values["seq_relationship_score"]), targets, kind, negatives);
        GoldenAssert.Close(c.Scalars["masked_lm_loss"], losses.Words.ToDouble(), c.Tolerance, c, "masked_lm_loss");
        GoldenAssert.Close(c.Scalars["masked_img_loss"], losses.Regions.ToDouble(), c.Tolerance, c, "masked_img_loss");
        GoldenAssert.Close(c.Scalars["next_sentence_loss"], losses.Alignment.ToDouble(), c.Tolerance, c, "next_sentence_loss");
        var loss = losses.Total();
        GoldenAssert.Close(c.Scalars["loss"], loss.ToDouble(), c.Tolerance, c, "loss");
        loss.backward();
        TorchGolden.CheckGradients(c, parameters);
    }

    private static void CheckRegions(GoldenCase c, Tensor predictions, PretrainingTargets targets, ContrastiveNegatives? negatives)
    {
        void Same(string name, Tensor value) => GoldenAssert.Close(c, name, TorchGolden.ToArray(value), value.shape);
        if (negatives is null)
        {
            Same(
                "intermediate.img_loss_elementwise",
                c.Config.GetProperty("visual_target").GetInt32() == 0
                    ? MaskedRegionObjective.ClassDivergences(predictions, targets.RegionTargets)
                    : MaskedRegionObjective.FeatureErrors(predictions, targets.RegionTargets));
            return;
        }

        var places = negatives.Places();
        GoldenAssert.Equal(c.Outputs["nce.final_index"], places.data<long>().ToArray(), places.shape, c, "nce.final_index");
        var contrast = MaskedRegionObjective.Contrast(predictions, targets.RegionTargets, targets.Regions, places);
        Same("nce.predict_v", contrast.Predicted);
        Same("nce.sample_v", contrast.Candidates);
        Same("nce.score", contrast.Scores);
    }
}
