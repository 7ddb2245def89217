using System.Text.Json;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>vilbert, task: a batch of one of the reference's tasks becomes rows, and these outputs.</summary>
internal sealed class OnnxViLbertTaskRunner : OnnxGoldenRunner
{
    public override string System => "vilbert";

    public override IReadOnlyCollection<string> Kinds => ["task"];

    public override string? WhyNot(GoldenCase c) => GoldenModels<GraphValue>.WhyNotViLbert(c);

    protected override IReadOnlyDictionary<string, GraphValue> Values(GoldenModels<GraphValue> models) => models.ViLbertTask();
}

/// <summary>The same, and loss, score and every gradient.</summary>
internal sealed class TorchViLbertTaskRunner : TorchGoldenRunner
{
    public override string System => "vilbert";

    public override IReadOnlyCollection<string> Kinds => ["task"];

    public override string? WhyNot(GoldenCase c) => GoldenModels<Tensor>.WhyNotViLbert(c);

    protected override IReadOnlyDictionary<string, Tensor> Values(GoldenModels<Tensor> models) => models.ViLbertTask();

    protected override void Check(GoldenCase c, ModelParameters parameters, IReadOnlyDictionary<string, Tensor> values)
    {
        var settings = c.Json.GetProperty("task_cfg");
        Tensor Field(string name) => TorchGolden.ToTensor(c.Inputs[name]);
        var logits = ViLbertTaskObjective.Logits(settings, name => values[name], Field);
        var (loss, scores) = ViLbertTaskObjective.Judge(settings, logits, Field);
        var questions = Field("target").shape[0];
        var score = scores.ToDouble();
        GoldenAssert.Close(c.Scalars["loss"], loss.ToDouble(), c.Tolerance, c, "loss");
        GoldenAssert.Close(c.Scalars["val_batch_score"], score, c.Tolerance, c, "val_batch_score");
        GoldenAssert.Close(c.Scalars["train_batch_score"], score / questions, c.Tolerance, c, "train_batch_score");
        foreach (var (result, row) in c.Json.GetProperty("eval_results").EnumerateArray().Select((result, row) => (result, row)))
            CheckResult(c, settings, logits, Field, result, row);

        loss.backward();
        TorchGolden.CheckGradients(c, parameters);
    }

    /// <summary>What the reference writes of a row for the benchmark's server.</summary>
    private static void CheckResult(
        GoldenCase c, JsonElement settings, Tensor logits, Func<string, Tensor> field, JsonElement result, int row)
    {
        switch (settings.GetProperty("type").GetString())
        {
            case "VL-logit":
                float[] shares = [.. result.GetProperty("answer").EnumerateArray().Select(share => share.GetSingle())];
                GoldenAssert.Close(shares, TorchGolden.ToArray(logits.softmax(1).select(0, row)), c.Tolerance, $"{c}: answer of row {row}");
                break;
            case "V-logit":
                var chosen = RegionChoiceObjective.Chosen(logits, field("target").squeeze(2));
                GoldenAssert.Close(result.GetProperty("target").GetInt64(), chosen.Regions.select(0, row).ToInt64(), 0, c, "target");
                GoldenAssert.Close(result.GetProperty("IOU").GetDouble(), chosen.Overlaps.select(0, row).ToDouble(), c.Tolerance, c, "IOU");
                break;
            case "V-logit-mc":
                GoldenAssert.Close(result.GetProperty("target").GetInt64(), logits.argmax(1).select(0, row).ToInt64(), 0, c, "target");
                break;
        }
    }
}

/// <summary>The objective of a task by the type that vilbert_tasks.yml gives it.</summary>
internal static class ViLbertTaskObjective
{
    /// <summary>Regions before the first marked box: the whole image and 100 detected ones.</summary>
    private const int FirstBox = 101;

    /// <summary>The head that the task reads.</summary>
    public static string Head(JsonElement settings) => settings.GetProperty("type").GetString() switch
    {
        "VL-classifier" => "vil_prediction",
        "VL-classifier-GQA" => "vil_prediction_gqa",
        "VL-logit" => "vil_logit",
        "V-logit" or "V-logit-mc" => "vision_logit",
        "VL-binary-classifier" => "vil_binary_prediction",
        "VL-tri-classifier" => "vil_tri_prediction",
        var other => throw new InvalidDataException($"Unknown type {other}."),
    };

    /// <summary>The logits of a batch of questions.</summary>
    public static Tensor Logits(JsonElement settings, Func<string, Tensor> heads, Func<string, Tensor> field)
    {
        var head = heads(Head(settings));
        return settings.GetProperty("type").GetString() switch
        {
            "VL-logit" => ChoiceObjective.SideBySide(head, (int)(head.shape[0] / field("target").shape[0])),
            "V-logit" => head.squeeze(2),
            "V-logit-mc" => RegionChoiceObjective.Among(head.squeeze(2), field("multiple_choice_ids"), FirstBox),
            _ => head,
        };
    }

    /// <summary>The loss, and the sum of the questions' scores.</summary>
    public static (Tensor Loss, Tensor Score) Judge(JsonElement settings, Tensor logits, Func<string, Tensor> field)
    {
        var targets = field("target");
        switch (settings.GetProperty("type").GetString())
        {
            case "VL-logit":
                return (ChoiceObjective.Loss(logits, targets), ChoiceObjective.Score(logits, targets));
            case "V-logit":
                targets = targets.squeeze(2);
                return (RegionChoiceObjective.Loss(logits, targets), RegionChoiceObjective.Score(logits.detach(), targets));
            case "V-logit-mc":
                targets = targets.squeeze(2);
                return (RegionChoiceObjective.Loss(logits, targets), RegionChoiceObjective.BestScore(logits.detach(), targets));
            case "VL-binary-classifier" or "VL-tri-classifier":
                return (ClassObjective.Loss(logits, targets), AnswerObjective.Score(logits.detach(), targets));
            default:
                return (AnswerObjective.Loss(logits, targets), AnswerObjective.Score(logits.detach(), targets));
        }
    }
}
