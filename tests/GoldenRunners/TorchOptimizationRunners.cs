using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Optimization;
using MLNet.VisionLanguage.Tests.Support;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>vilbert, post-vqascore: the targets at each row's largest logit.</summary>
internal sealed class TorchAnswerScoreRunner : IGoldenRunner
{
    public string System => "vilbert";

    public IReadOnlyCollection<string> Kinds => ["post-vqascore"];

    public string Engine => "torch";

    public void Run(GoldenCase c)
    {
        using var scope = NewDisposeScope();
        Tensor logits = TorchGolden.ToTensor(c.Inputs["logits"]), labels = TorchGolden.ToTensor(c.Inputs["labels"]);
        var scores = AnswerObjective.ScorePerAnswer(logits, labels);
        GoldenAssert.Close(c, "scores", TorchGolden.ToArray(scores), scores.shape);
        var sum = AnswerObjective.Score(logits, labels).ToDouble();
        GoldenAssert.Close(c.Scalars["sum"], sum, c.Tolerance, c, "sum");
        GoldenAssert.Close(c.Scalars["mean_per_row"], sum / logits.shape[0], c.Tolerance, c, "mean_per_row");
    }
}

/// <summary>vilbert, post-optimisers: AdamW with and without bias correction and RAdam over given gradients.</summary>
internal sealed class TorchOptimizerRunner : IGoldenRunner
{
    public string System => "vilbert";

    public IReadOnlyCollection<string> Kinds => ["post-optimisers"];

    public string Engine => "torch";

    public void Run(GoldenCase c)
    {
        Run(c, "adamw_nobias", OptimizerKind.AdamW, 0.999, 1e-6, correctBias: false);
        Run(c, "adamw_bias", OptimizerKind.AdamW, 0.98, 1e-8, correctBias: true);
        Run(c, "radam", OptimizerKind.RAdam, 0.999, 1e-8, correctBias: false);
        Run(c, "plainradam", OptimizerKind.RAdam, 0.999, 1e-8, correctBias: false);
    }

    private static void Run(GoldenCase c, string name, OptimizerKind kind, double beta2, double epsilon, bool correctBias)
    {
        using var scope = NewDisposeScope();
        var parameter = new Parameter(TorchGolden.ToTensor(c.Inputs["p0"]));
        using var optimizer = new TransformerOptimizer(
            kind, [new ParameterGroup("p", parameter, learningRate: 0.01, weightDecay: 0.01)], 0.9, beta2, epsilon, correctBias);
        for (var step = 0; c.Inputs.TryGet($"grad.{step}", out var gradient); step++)
        {
            parameter.grad = TorchGolden.ToTensor(gradient!);
            optimizer.Step(1);
            GoldenAssert.Close(c, $"{name}.{step}", TorchGolden.ToArray(parameter), parameter.shape);
        }
    }
}

/// <summary>vilbert, post-schedules: the learning rate in force at every update.</summary>
internal sealed class ScheduleRunner : IGoldenRunner
{
    public string System => "vilbert";

    public IReadOnlyCollection<string> Kinds => ["post-schedules"];

    public string Engine => "torch";

    public void Run(GoldenCase c)
    {
        double rate = c.Scalars["lr"], warmup = c.Scalars["warmup_steps"], total = c.Scalars["t_total"];
        Check("warmup_linear", LearningRateSchedule.WarmupLinear);
        Check("warmup_constant", LearningRateSchedule.WarmupConstant);
        var epochs = c.Outputs["mannul_factor_per_epoch"];
        float[] factors = [.. Enumerable.Range(0, (int)epochs.Count).Select(epoch => (float)ScheduleFactor.EpochFactor(epoch))];
        GoldenAssert.Close(epochs, factors, epochs.Shape, c, "mannul_factor_per_epoch");

        void Check(string output, LearningRateSchedule kind)
        {
            var schedule = new ScheduleFactor(kind, warmup, total);
            var expected = c.Outputs[output];
            float[] rates = [.. Enumerable.Range(0, (int)expected.Count).Select(update => (float)(rate * schedule.At(update)))];
            // Rates are thousandths, so the case's tolerance would accept a wrong schedule.
            GoldenAssert.Close(expected, rates, expected.Shape, c, output, tolerance: 1e-9);
        }
    }
}
