using System.Text.Json;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tool.Experiments;
using Spectre.Console;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary><c>vl experiment</c> on a handful of scenes.</summary>
[Collection(TorchCollection.Name)]
public sealed class ExperimentCommandTests : IDisposable
{
    private const string Data = """
        data:
          questions: scenes/train_questions.json
          annotations: scenes/train_annotations.json
          images: scenes/images
          validation:
            questions: scenes/val_questions.json
            annotations: scenes/val_annotations.json
        output: out

        """;

    private const string Search = """
        search:
          model: [lxmert, vlbert]
          regions: grid:2
          cellSize: 4
          size: 0.5
          epochs: 1
          learningRate: {range: [1e-4, 1e-2], log: true, default: 1e-3}

        """;

    private readonly TemporaryFolder _folder = new();

    public ExperimentCommandTests() =>
        Assert.Equal(0, ToolRun.Run("scenes", "--output", _folder.File("scenes"), "--scenes", "12", "--val-scenes", "4").Code);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Trials_in_processes_leave_the_best_model_and_go_on()
    {
        var config = Write(Data + Search + "budget: {trials: 2}\n");
        var first = ToolRun.Run("experiment", "--config", config, "--json").Json();
        Assert.Equal(2, first.GetProperty("trials").GetInt32());
        Assert.Equal(_folder.File("out/best.zip"), first.GetProperty("model").GetString());
        var lines = File.ReadAllLines(_folder.File("out/trials.jsonl"));
        Assert.Equal(["lxmert", "Completed"], Told(lines[0]));

        // The best model is as any other: its accuracy is that of the tool's own measurement.
        var measured = ToolRun.Run(
            "evaluate", "vqa", "--model", _folder.File("out/best.zip"), "--questions", _folder.File("scenes/val_questions.json"), "--annotations",
            _folder.File("scenes/val_annotations.json"), "--images", _folder.File("scenes/images")).Json();
        Assert.Equal(first.GetProperty("bestTrial").GetProperty("metric").GetDouble() * 100, measured.GetProperty("overall").GetDouble(), 0.006);

        Write(Data + Search + "budget: {trials: 3}\n");
        var again = ToolRun.Run("experiment", "--config", config);
        Assert.True(again.Code == 0, again.Error);
        Assert.Equal(3, again.Lines.Count);
        Assert.DoesNotContain("trial 0:", again.Error);
        Assert.Contains("trial 2:", again.Error);
        Assert.Equal(lines, File.ReadAllLines(_folder.File("out/trials.jsonl"))[..2]);

        static string[] Told(string line)
        {
            var trial = JsonDocument.Parse(line).RootElement;
            return [trial.GetProperty("trialSettings").GetProperty("parameters").GetProperty("model").GetString()!, trial.GetProperty("state").GetString()!];
        }
    }

    [Fact]
    public void The_file_says_what_is_searched()
    {
        var config = ExperimentConfig.Read(Write(Data[..Data.IndexOf("  validation:", StringComparison.Ordinal)] + """
              folds: 3
            output: results
            metric: accuracy
            tuner: successivehalving
            seed: 4
            repetitions: 2
            processes: false
            budget: {seconds: 60, trials: 9, trial-seconds: 10, memory: 2000}
            search:
              regions: [grid:3, resnet18:7]
              cellSize: {choice: [4, 8], when: {regions: grid:3}}
              epochs: {range: [1, 8], log: true, default: 3}
              dropout: {range: [0, 0.5]}
            """));

        Assert.Equal((3, "accuracy", ExperimentTuner.SuccessiveHalving, 4, 2), (config.Folds, config.Metric.Name, config.Tuner, config.Seed, config.Repetitions));
        Assert.Equal((60.0, 9, 10.0, 2000.0, false), (config.Seconds, config.Trials, config.TrialSeconds, config.MegaBytes, config.Processes));
        Assert.Equal(_folder.File("results"), config.Output);
        Assert.Equal(
            "regions: choice of grid:3, resnet18:7\ncellSize: choice of 4, 8 when regions is grid:3\nepochs: uniform int 1 to 8 by logarithm\n"
            + "dropout: uniform double 0 to 0.5",
            config.Space.ToString());
    }

    [Fact]
    public void Without_a_search_everything_is_searched()
    {
        var config = ExperimentConfig.Read(Write(Data + "budget: {seconds: 60}\nall: {max-epochs: 6, initial-weights: [out.zip]}\n"));

        Assert.Equal(
            VisualQuestionAnsweringSpace.Default(6, initialWeights: [_folder.File("out.zip")]).ToString(), config.Space.ToString());
    }

    [Fact]
    public void Detectors_of_any_kind_are_among_the_regions()
    {
        foreach (var file in new[] { "faster.bin", "slim.onnx", "own.json", "own.onnx" }) File.WriteAllText(_folder.File(file), "");
        string[] expected =
        [
            $"detector:{_folder.File("faster.bin")}", $"onnx:ultraface@{_folder.File("slim.onnx")}", $"onnx:{_folder.File("own.json")}@{_folder.File("own.onnx")}",
        ];
        var all = ExperimentConfig.Read(Write(
            Data + "budget: {seconds: 60}\nall: {detectors: [faster.bin, ultraface@slim.onnx, own.json@own.onnx]}\n"));
        Assert.Equal(VisualQuestionAnsweringSpace.Default(regions: expected).ToString(), all.Space.ToString());

        var own = ExperimentConfig.Read(Write(Data + "budget: {seconds: 60}\nsearch:\n"
            + "  regions: {choice: [grid:3, detector:faster.bin, onnx:ultraface@slim.onnx, onnx:own.json@own.onnx]}\n"
            + "  size: {choice: [1, 2], when: {regions: onnx:ultraface@slim.onnx}}\n"));
        Assert.Equal(
            $"regions: choice of grid:3, {string.Join(", ", expected)}\nsize: choice of 1, 2 when regions is {expected[1]}", own.Space.ToString());
    }

    [Fact]
    public void What_is_wrong_in_the_file_is_told_with_its_line()
    {
        Refused("e.yaml:9: budget: seconds or trials is needed", Data + "budget: {memory: 1}\n");
        Refused("e.yaml:9: budget.second: not a key that is known here; known are seconds", Data + "budget: {trials: 1, second: 2}\n");
        Refused("e.yaml:9: budget.trials: a whole number is expected, found 'many'", Data + "budget: {trials: many}\n");
        Refused("e.yaml:1: budget: the key is missing", Data);
        Refused("e.yaml:10: tuner: one of TreeParzen, Random, Grid", Data + "budget: {trials: 1}\ntuner: best\n");
        Refused("e.yaml:10: metric: 'f1' is no metric", Data + "budget: {trials: 1}\nmetric: f1\n");
        Refused("e.yaml:10: search.rate: no parameter", Data + "budget: {trials: 1}\nsearch: {rate: 1}\n");
        Refused("e.yaml:10: search.epochs: Search option: a range needs", Data + "budget: {trials: 1}\nsearch: {epochs: {range: [3, 1]}}\n");
        Refused("e.yaml:10: search.epochs.range: expected is choice", Data + "budget: {trials: 1}\nsearch: {epochs: {rang: [3, 1]}}\n");
        Refused("e.yaml:2: data.questions: '" + _folder.File("nothing.json") + "' does not exist", Data.Replace("scenes/train_questions", "nothing", StringComparison.Ordinal) + "budget: {trials: 1}\n");
        Refused("e.yaml:7: data.validation: expected is one of", Data.Replace("  validation:", "  folds: 3\n  validation:", StringComparison.Ordinal) + "budget: {trials: 1}\n");
        Refused("e.yaml:10: all.detectors: '" + _folder.File("gone.onnx") + "' does not exist", Data + "budget: {trials: 1}\nall: {detectors: [nanodet@gone.onnx]}\n");
        Refused("e.yaml:10: search.regions: 'onnx:slim.onnx': expected is onnx:NAME@MODEL", Data + "budget: {trials: 1}\nsearch: {regions: onnx:slim.onnx}\n");
        Refused("e.yaml:1: one mapping", "- a\n");
        Refused("e.yaml:2: ", "a: [\n");

        void Refused(string expected, string text) => ToolRun.Run("experiment", "--config", Write(text)).AssertFailed(1, expected);
    }

    [Fact]
    public void The_live_view_shows_trials_the_best_and_the_time_left()
    {
        var monitor = new LiveMonitor(seconds: 600, isMaximized: true);
        TrialSettings Settings(int id) => new(id, new([new("model", "lxmert"), new("learningRate", 0.00123)]), 1);
        foreach (var metric in new[] { 0.5, 0.75, 0.25 }.Index())
        {
            monitor.ReportRunningTrial(Settings(metric.Index));
            monitor.ReportCompletedTrial(new() { TrialSettings = Settings(metric.Index), State = TrialState.Completed, Metric = metric.Item, DurationInSeconds = 61 });
        }

        monitor.ReportFailTrial(new() { TrialSettings = Settings(3), State = TrialState.Failed, Error = "[bad]" });
        monitor.ReportRunningTrial(Settings(4));
        monitor.ReportEpoch(Settings(4), new(0, 2, 0.1, 0.8, 0.6, 5));
        var written = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(written), Ansi = AnsiSupport.No });
        console.Profile.Width = 160;
        console.Write(monitor.Render());

        foreach (var text in new[] { "4 trials, 1 failed, best 0.7500, 9:5", "1 best", "0.7500", "1:01", "lxmert, learningRate 0.00123", "failed: [bad]", "4 runs", "epoch 2: 0.6000" })
            Assert.Contains(text, written.ToString());
    }

    private string Write(string text)
    {
        File.WriteAllText(_folder.File("out.zip"), "");
        File.WriteAllText(_folder.File("e.yaml"), text);
        return _folder.File("e.yaml");
    }
}
