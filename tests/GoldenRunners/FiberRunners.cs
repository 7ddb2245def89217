using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>fiber: the towers, how they meet, and the heads.</summary>
internal sealed class FiberModel : IGoldenModel
{
    public string System => "fiber";

    public IReadOnlyCollection<string> Kinds =>
    [
        "swin_eval", "roberta_eval", "fusion_eval", "fusion_fulldepth", "dual_itc", "dual_itc_nopool", "rank_score", "vqa", "nlvr2",
        "obj_mlm", "caption_mle", "caption_gold",
    ];

    public IReadOnlyCollection<string> Others => ["vqa_targets", "caption_labels"];

    public IReadOnlyDictionary<string, T> Values<T>(GoldenModels<T> models)
        where T : class => models.Fiber();
}

internal sealed class OnnxFiberRunner : OnnxModelRunner<FiberModel>;

internal sealed class TorchFiberRunner : TorchModelRunner<FiberModel>
{
    protected override void Check(GoldenCase c, ModelParameters parameters, IReadOnlyDictionary<string, Tensor> values)
    {
        switch (c.Kind)
        {
            case "vqa": CheckAnswers(c, values["vqa_logits"]).backward(); break;
            case "nlvr2": CheckPairs(c, values["nlvr2_logits"]).backward(); break;
            default: return;
        }

        TorchGolden.CheckGradients(c, parameters);
    }

    private static Tensor CheckAnswers(GoldenCase c, Tensor logits)
    {
        Tensor labels = Input(c, "vqa_labels"), scores = Input(c, "vqa_scores");
        var targets = torch.zeros(logits.shape[0], logits.shape[1] + 1).scatter_(1, labels.remainder(logits.shape[1] + 1), scores)
            .slice(1, 0, logits.shape[1], 1);
        GoldenAssert.Close(c, "vqa_targets", TorchGolden.ToArray(targets), targets.shape);
        var loss = AnswerObjective.Loss(logits, targets);
        CheckScalars(c, ("vqa_loss", loss), ("vqa_score", AnswerObjective.Score(logits.detach(), targets).div(logits.shape[0])));
        return loss;
    }

    private static Tensor CheckPairs(GoldenCase c, Tensor logits)
    {
        var answers = Input(c, "answers");
        var loss = torch.nn.functional.cross_entropy(logits, answers);
        CheckScalars(c, ("nlvr2_loss", loss), ("nlvr2_accuracy", logits.argmax(1).eq(answers).to_type(ScalarType.Float32).mean()));
        return loss;
    }
}
