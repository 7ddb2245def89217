using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>A reference's question answering on libtorch: outputs, prediction, loss and every gradient.</summary>
internal abstract class TorchAnswerRunner : TorchGoldenRunner
{
    protected abstract string Logits { get; }

    protected abstract string Prediction { get; }

    protected abstract string Target { get; }

    protected abstract TaskNetwork Network(GoldenCase c);

    protected override bool IsInput(GoldenCase c, string output) => output == Prediction;

    protected override IEnumerable<ModelParameter> List(GoldenCase c) => Network(c).Parameters();

    protected override void Check(GoldenCase c, ModelParameters parameters, IReadOnlyDictionary<string, Tensor> values)
    {
        var logits = values[Logits];
        GoldenAssert.Equal(c.Outputs[Prediction], logits.argmax(1).data<long>().ToArray(), [logits.shape[0]], c, Prediction);
        var targets = TorchGolden.ToTensor(c.Inputs[Target]);
        var loss = AnswerObjective.Loss(logits, targets);
        if (c.Scalars.TryGetValue("mce_loss", out var best))
            GoldenAssert.Close(best, AnswerObjective.BestAnswerLoss(logits, targets).ToDouble(), c.Tolerance, c, "mce_loss");
        GoldenAssert.Close(c.Scalars["loss"], loss.ToDouble(), c.Tolerance, c, "loss");
        loss.backward();
        TorchGolden.CheckGradients(c, parameters);
    }
}

internal sealed class TorchLxmertAnswerRunner : TorchAnswerRunner
{
    public override string System => "lxmert";

    public override IReadOnlyCollection<string> Kinds => ["vqa", "gqa"];

    protected override string Logits => "logit";

    protected override string Prediction => "predicted_label";

    protected override string Target => "target";

    protected override TaskNetwork Network(GoldenCase c) => GoldenModels<Tensor>.LxmertNetwork(c);

    protected override IReadOnlyDictionary<string, Tensor> Values(GoldenModels<Tensor> models) => models.LxmertAnswers();
}

internal sealed class TorchVlBertAnswerRunner : TorchAnswerRunner
{
    public override string System => "vlbert";

    public override IReadOnlyCollection<string> Kinds => ["vqa", "vqa_fc"];

    protected override string Logits => "label_logits";

    protected override string Prediction => "inference.answer";

    protected override string Target => "label";

    protected override TaskNetwork Network(GoldenCase c) => GoldenModels<Tensor>.VlBertNetwork(c);

    protected override IReadOnlyDictionary<string, Tensor> Values(GoldenModels<Tensor> models) => models.VlBertAnswers();
}

internal sealed class TorchVlBertCoordinatesRunner : TorchGoldenRunner
{
    public override string System => "vlbert";

    public override IReadOnlyCollection<string> Kinds => ["coordinates"];

    protected override IReadOnlyDictionary<string, Tensor> Values(GoldenModels<Tensor> models) => models.VlBertCoordinates();
}

internal sealed class OnnxLxmertAnswerRunner : OnnxGoldenRunner
{
    public override string System => "lxmert";

    public override IReadOnlyCollection<string> Kinds => ["vqa", "gqa"];

    protected override IReadOnlyDictionary<string, GraphValue> Values(GoldenModels<GraphValue> models) => models.LxmertAnswers();

    /// <summary>Which logit is largest follows from the logits.</summary>
    protected override bool IsInput(GoldenCase c, string output) => output == "predicted_label";
}

internal sealed class OnnxVlBertAnswerRunner : OnnxGoldenRunner
{
    public override string System => "vlbert";

    public override IReadOnlyCollection<string> Kinds => ["vqa", "vqa_fc"];

    protected override IReadOnlyDictionary<string, GraphValue> Values(GoldenModels<GraphValue> models) => models.VlBertAnswers();

    /// <summary>Which logit is largest follows from the logits.</summary>
    protected override bool IsInput(GoldenCase c, string output) => output == "inference.answer";
}

internal sealed class OnnxVlBertCoordinatesRunner : OnnxGoldenRunner
{
    public override string System => "vlbert";

    public override IReadOnlyCollection<string> Kinds => ["coordinates"];

    protected override IReadOnlyDictionary<string, GraphValue> Values(GoldenModels<GraphValue> models) => models.VlBertCoordinates();
}
