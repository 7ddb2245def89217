using System.CommandLine;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Models;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl evaluate TASK</c>: the task's official metrics of a results file, or of a model's own predictions, as JSON.</summary>
internal sealed class EvaluateCommand<TData, TRow, TPrediction>(ToolTask<TData, TRow, TPrediction> task, Terminal terminal)
    where TRow : class, new()
{
    private readonly Option<string?> _results =
        Options.Optional<string?>("--results", "The results to measure, as score writes them.", "FILE");
    private readonly Option<string?> _model =
        Options.Optional<string?>("--model", "A model whose predictions are measured, in place of --results.", "ZIP");

    private readonly Option<bool> _strict = Options.Strict();

    public Command Create(string name)
    {
        _results.Aliases.Add("--predictions");
        var command = new Command(name, task.MetricsDescription) { _results, _model, _strict };
        foreach (var option in task.EvaluateOptions) command.Add(option);
        var data = task.CreateData(command, annotated: true);
        command.SetAction(parsed =>
        {
            task.CheckEvaluate(parsed);
            var metrics = (parsed.GetValue(_results), parsed.GetValue(_model)) switch
            {
                ({ } file, null) => task.EvaluateResults(parsed, data, terminal, file),
                (null, { } zip) => OfModel(parsed, data, zip),
                _ => throw new UsageException("Either --results or --model is needed, and not both."),
            };
            terminal.Output.WriteLine(metrics);
            terminal.Output.Flush();
            return 0;
        });
        return command;
    }

    private string OfModel(ParseResult parsed, DataOptions<TData> options, string zip)
    {
        var data = options.Open(parsed, terminal);
        var rows = task.RowsToMeasure(task.Rows(data));
        using var model = ModelFile.Load(zip, task, terminal);
        if (parsed.GetValue(_strict)) model.RequireWholeTexts(task, rows);
        var predictions = Display.Run(terminal, "scoring", meter =>
        {
            var found = task.Predict(model, rows, options.FeatureFiles(parsed), task.ResultsTop, meter, terminal.Cancellation);
            return Display.Count(found, meter, rows.Count, "scored", terminal.Cancellation).ToList();
        });
        return task.Evaluate(parsed, terminal, options.FeatureFiles(parsed), data, predictions, zip);
    }
}
