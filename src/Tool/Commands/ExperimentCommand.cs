using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.ML;
using MLNet.VisionLanguage.Tool.Experiments;
using Spectre.Console;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl experiment</c>: searches for what answers questions best within a budget.</summary>
internal sealed class ExperimentCommand(Terminal terminal, Option<bool> verbose)
{
    private static readonly JsonSerializerOptions Readable =
        new(JsonSerializerDefaults.Web) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Option<string> _config = Options.Required("--config", "What to search, on which data, for how long (docs/experiments.md).", "YAML");
    private readonly Option<bool> _monitor = Options.Optional<bool>(
        "--monitor", "Show running and finished trials, the best so far and the time left; a terminal does so anyway.");

    private readonly Option<bool> _json = Options.Optional<bool>("--json", "Write the result as JSON.");

    /// <summary>This tool as a program that runs trials, also where its code is a part of another process.</summary>
    private static TrialCommand ThisTool => typeof(ExperimentCommand).Assembly.Location is { Length: > 0 } library
        ? new(Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet", library)
        : TrialCommand.ThisProgram();

    public Command Create()
    {
        var command = new Command(
            "experiment",
            "Search for the model, its regions and its training that answer questions best within a time: trials with different parameters, each in a "
            + "process of its own. The folder 'output' of the file has trials.jsonl, a finished trial a line, and best.zip; the same command goes on there.")
        {
            _config, _monitor, _json,
        };
        command.SetAction(Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        var config = ExperimentConfig.Read(parsed.GetRequiredValue(_config));
        var context = new MLContext(config.Seed);
        var training = config.Training.Open(terminal.Cancellation);
        var experiment = context.VisionLanguage().CreateExperiment().SetSearchSpace(config.Space).SetMetric(config.Metric).SetTuner(config.Tuner)
            .SetSeed(config.Seed).SetRepetitions(config.Repetitions).SetCheckpoint(config.Output);
        SetRows(experiment, config, training.ToDataView(context), context);
        if (config.Seconds is { } seconds) experiment.SetTrainingTimeInSeconds(seconds);
        if (config.Trials is { } trials) experiment.SetMaxModelToExplore(trials);
        if (config.TrialSeconds is { } longest) experiment.SetTrialTimeInSeconds(longest);
        if (config.MegaBytes is { } most) experiment.SetMaximumMemoryUsageInMegaByte(most);
        if (config.Processes) experiment.SetTrialProcess(ThisTool);
        terminal.Note($"{training.Examples.Count} questions, {config.Space.Count} parameters to search, results in {config.Output}");
        using var result = Watched(parsed, experiment, config, context);
        var best = Path.Combine(config.Output, "best.zip");
        File.Copy(Path.Combine(config.Output, result.BestTrial.ModelPath!), best, overwrite: true);
        terminal.Note($"saved {best}");
        Report(parsed, result, best);
        return 0;
    }

    private void SetRows(VisionLanguageExperiment experiment, ExperimentConfig config, IDataView rows, MLContext context)
    {
        if (config.Validation is { } files) experiment.SetDataset(rows, files.Open(terminal.Cancellation).ToDataView(context));
        else if (config.Folds is { } folds) experiment.SetDataset(rows, numberOfFolds: folds);
        else experiment.SetDataset(rows, validationFraction: config.ValidationFraction!.Value);
    }

    private ExperimentResult Watched(ParseResult parsed, VisionLanguageExperiment experiment, ExperimentConfig config, MLContext context)
    {
        if (!terminal.ErrorIsTerminal && !parsed.GetValue(_monitor))
        {
            Warnings.Tell(context, terminal, parsed.GetValue(verbose));
            return experiment.SetMonitor(new LineMonitor(terminal)).Run(terminal.Cancellation);
        }

        var monitor = new LiveMonitor(config.Seconds, config.Metric.IsMaximized);
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(terminal.Error) });
        return monitor.Show(console, experiment.SetMonitor(monitor).FinishedTrials(), () => experiment.Run(terminal.Cancellation));
    }

    private void Report(ParseResult parsed, ExperimentResult result, string best)
    {
        if (parsed.GetValue(_json))
        {
            terminal.Output.WriteLine(JsonSerializer.Serialize(new { model = best, bestTrial = result.BestTrial, trials = result.Trials.Count }, Readable));
        }
        else
        {
            foreach (var trial in result.Trials.OrderBy(trial => trial.State).ThenBy(trial => trial.Loss))
            {
                var (outcome, time) = (TrialText.Outcome(trial), TrialText.Seconds(trial.DurationInSeconds));
                terminal.Output.WriteLine($"{trial.TrialSettings.TrialId,3}  {outcome}  {time}  {TrialText.Of(trial.TrialSettings.Parameters)}");
            }
        }

        terminal.Output.Flush();
    }
}
