using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;
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

/// <summary>The same, with what follows from the logits, and every gradient.</summary>
internal sealed class TorchFiberRunner : TorchModelRunner<FiberModel>
{
    protected override void Check(GoldenCase c, ModelParameters parameters, IReadOnlyDictionary<string, Tensor> values)
    {
        switch (c.Kind)
        {
            case "vqa": CheckAnswers(c, values["vqa_logits"]).backward(); break;
            case "nlvr2": CheckPairs(c, values["nlvr2_logits"]).backward(); break;
            case "obj_mlm": CheckWords(c, values["mlm_logits"]).backward(); break;
            case "caption_mle" or "caption_gold": CheckCaptions(c, values["caption_logits"]).backward(); break;
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
        var loss = MaskedTokens.Loss(logits, answers);
        CheckScalars(c, ("nlvr2_loss", loss), ("nlvr2_accuracy", FiberGolden.Accuracy(logits, answers)));
        return loss;
    }

    private static Tensor CheckWords(GoldenCase c, Tensor logits)
    {
        var labels = FiberGolden.Labels(Input(c, "text_labels_mlm"));
        var loss = MaskedTokens.Loss(logits, labels);
        CheckScalars(c, ("mlm_loss", loss), ("mlm_accuracy", FiberGolden.Accuracy(logits, labels)));
        return loss;
    }

    private static Tensor CheckCaptions(GoldenCase c, Tensor logits)
    {
        var labels = CaptionObjective.Labels(Input(c, "text_ids"), RobertaEmbedding.Padding);
        var expected = FiberGolden.Labels(TorchGolden.ToTensor(c.Outputs["caption_labels"]));
        GoldenAssert.Equal(c.Outputs["caption_labels"], [.. labels.data<long>().Select(label => label < 0 ? -100 : label)], expected.shape, c, "labels");
        if (c.Kind == "caption_gold")
        {
            var gold = CaptionObjective.OffPolicyLoss(logits, logits, labels);
            CheckScalars(c, ("caption_gold_loss", gold));
            return gold;
        }

        var loss = CaptionObjective.Loss(logits, labels);
        CheckScalars(c, ("caption_mle_loss", loss), ("caption_mle_accuracy", FiberGolden.Accuracy(logits, labels)));
        return loss;
    }
}

/// <summary>What cases of fiber have in common.</summary>
internal static class FiberGolden
{
    /// <summary>Labels as the objectives have them: -1 where a place has none.</summary>
    public static Tensor Labels(Tensor labels) => labels.masked_fill(labels.lt(0), MaskedTokens.None);

    /// <summary>The share of labelled places at which the largest logit is right.</summary>
    public static Tensor Accuracy(Tensor logits, Tensor labels) => CaptionObjective.RightShare(logits, labels);
}
