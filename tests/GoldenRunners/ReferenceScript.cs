using System.Globalization;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Tests.Support;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>How ViLBERT's training scripts were called for a case, and what they were given.</summary>
internal sealed class ReferenceScript(GoldenCase c)
{
    private readonly List<string> _arguments = [.. c.Json.GetProperty("argv").EnumerateArray().Select(argument => argument.GetString()!)];

    public int Epochs => c.Options.GetProperty("num_train_epochs").GetInt32();

    public int Accumulation => (int)Number("--gradient_accumulation_steps", 1);

    /// <summary>The scripts' schedule of train_tasks.py, by its name there.</summary>
    public LearningRateSchedule Schedule =>
        Argument("--lr_scheduler", "mannul") == "warmup_linear" ? LearningRateSchedule.WarmupLinear : LearningRateSchedule.Manual;

    /// <summary>The cases were made without the dropout of the joint vector.</summary>
    public ViLbertConfig Config { get; } = ViLbertConfig.Parse(c.Config.GetRawText(), c.ToString()) with { FusionDropout = 0 };

    public double Number(string name, double otherwise) =>
        double.Parse(Argument(name, otherwise.ToString(CultureInfo.InvariantCulture)), CultureInfo.InvariantCulture);

    /// <summary>Rates of heads and weight decay are the trainer's own defaults: the scripts have them as constants.</summary>
    public VisualQuestionAnsweringOptions Options(double rate, LearningRateSchedule schedule)
    {
        var optimizer = c.Json.GetProperty("optimizer");
        return new()
        {
            LearningRate = rate,
            Beta1 = optimizer.GetProperty("betas")[0].GetDouble(),
            Beta2 = optimizer.GetProperty("betas")[1].GetDouble(),
            Epsilon = optimizer.GetProperty("eps").GetDouble(),
            CorrectBias = optimizer.GetProperty("correct_bias").GetBoolean(),
            Schedule = schedule,
            WarmupProportion = Number("--warmup_proportion", 0.1),
        };
    }

    /// <summary>Classes of a classifier, by its last linear.</summary>
    public int Classes(string output) => (int)c.Weights[output + ".bias"].Count;

    /// <summary>VILBertForVLTasks with all heads.</summary>
    public ModelParameters TaskParameters() => TorchGolden.Parameters(
        ShapedInputs.List(Config, engine => Config.BuildPublishedHeads(engine, Config.Build(engine, ShapedInputs.Of(Config)), Classes)), c.Weights);

    /// <summary>How many batches the case has of a split.</summary>
    /// <param name="field">A field of batch i.</param>
    public int Batches(Func<int, string> field) => Enumerable.Range(0, 1000).TakeWhile(i => c.Inputs.TryGet(field(i), out _)).Count();

    private string Argument(string name, string otherwise) => _arguments.IndexOf(name) is >= 0 and var at ? _arguments[at + 1] : otherwise;
}
