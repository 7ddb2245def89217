using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>What the reference's data sets make of an example, on either engine.</summary>
internal static class ViLbertItems
{
    public static IReadOnlyCollection<string> Kinds =>
        ["post-nlvr2item", "post-vcritem", "post-refcocoitem", "post-retrievalitem", "post-concap", "post-concap-regress"];

    public static IReadOnlyDictionary<string, T> Values<T>(GoldenCase c, GoldenModels<T> models)
        where T : class => c.Variant switch
        {
            "post-nlvr2item" => models.ViLbertPair(),
            "post-vcritem" => models.ViLbertMarked(),
            "post-refcocoitem" => models.ViLbertReferred(),
            "post-retrievalitem" => models.ViLbertDistractors(),
            _ => models.ViLbertMasking(),
        };

    /// <summary>Texts are of words that the case does not tell, and are held by post-vqaitem; targets are no matter of an engine.</summary>
    public static bool IsElsewhere(string output) =>
        output is "question" or "caption" or "input_mask" or "segment_ids" or "target" or "train.target" or "val.target"
        || output.StartsWith("accuracy.", StringComparison.Ordinal);
}

internal sealed class OnnxViLbertItemRunner : OnnxGoldenRunner
{
    public override string System => "vilbert";

    public override IReadOnlyCollection<string> Kinds => ViLbertItems.Kinds;

    protected override IReadOnlyDictionary<string, GraphValue> Values(GoldenModels<GraphValue> models) =>
        ViLbertItems.Values(models.Case, models);

    protected override bool IsInput(GoldenCase c, string output) => !c.Variant.StartsWith("post-concap", StringComparison.Ordinal)
        && ViLbertItems.IsElsewhere(output);
}

internal sealed class TorchViLbertItemRunner : TorchGoldenRunner
{
    public override string System => "vilbert";

    public override IReadOnlyCollection<string> Kinds => ViLbertItems.Kinds;

    protected override IReadOnlyDictionary<string, Tensor> Values(GoldenModels<Tensor> models) => ViLbertItems.Values(models.Case, models);

    protected override bool IsInput(GoldenCase c, string output) => !c.Variant.StartsWith("post-concap", StringComparison.Ordinal)
        && ViLbertItems.IsElsewhere(output);

    protected override void Check(GoldenCase c, ModelParameters parameters, IReadOnlyDictionary<string, Tensor> values)
    {
        if (c.Variant != "post-refcocoitem") return;
        float[] boxes = c.Inputs["image.boxes"].ToSingles(), marked = c.Inputs["gt.boxes"].ToSingles();
        float[] size = [.. c.Inputs["image.image_wh"].ToInt64s().Select(number => (float)number)];
        var annotated = c.Inputs["refBox"].ToSingles();
        float[] meant = [annotated[0], annotated[1], annotated[0] + annotated[2], annotated[1] + annotated[3]];
        var most = (int)c.Outputs["train.target"].Shape[0];
        float[][] targets =
        [
            Padded(GroundingTargets.Of([.. boxes, .. marked], size[0], size[1], meant, GroundingTargets.LeastWhileTraining)),
            Padded(GroundingTargets.Of(boxes, size[0], size[1], meant)),
        ];
        GoldenAssert.Close(c, "train.target", targets[0], [most, 1]);
        GoldenAssert.Close(c, "val.target", targets[1], [most, 1]);

        // The case scores both targets together.
        var logits = TorchGolden.ToTensor(c.Inputs["vision_logit"]).squeeze(2);
        var overlaps = torch.tensor([.. targets.SelectMany(row => row)], [targets.Length, most], dtype: ScalarType.Float32);
        GoldenAssert.Close(c.Scalars["loss"], RegionChoiceObjective.Loss(logits, overlaps).ToDouble(), c.Tolerance, c, "loss");
        GoldenAssert.Close(c.Scalars["correct"], RegionChoiceObjective.Score(logits, overlaps).ToDouble(), 0, c, "correct");
        var chosen = RegionChoiceObjective.Chosen(logits, overlaps);
        GoldenAssert.Equal(c.Outputs["accuracy.select_idx"], chosen.Regions.data<long>().ToArray(), [2, 1], c, "accuracy.select_idx");
        GoldenAssert.Close(c, "accuracy.select_target", TorchGolden.ToArray(chosen.Overlaps), [2, 1]);

        float[] Padded(float[] row) => [.. row.Concat(new float[most]).Take(most)];
    }
}
