using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Joint;
using MLNet.VisionLanguage.Tool.Models;
using MLNet.VisionLanguage.Tool.Training;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl train multi-task</c>: trains one model on the tasks of a file and saves it as one file for each.</summary>
internal sealed class MultiTaskCommand(Terminal terminal, Option<bool> verbose)
{
    private static readonly JsonSerializerOptions Names = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private readonly Option<string> _tasks = Options.Required("--tasks", "The tasks, in the layout of ViLBERT's vilbert_tasks.yml.", "YML");
    private readonly Option<string[]> _only = Options.Several<string>(
        "--only", "The tasks to train, by their names or keys in the file (VQA or TASK1); without, all.", "TASK");

    private readonly Option<string> _output = Options.Required("--output", "The folder to write the models to, NAME.zip for each task.", "FOLDER");
    private readonly Option<int> _gap = Options.Default(
        "--paused-gap", "Iterations from one batch of a paused task to the next; at 1 no task pauses.", new MultiTaskOptions().PausedTaskGap, "N");

    private readonly Option<bool> _json = Options.Optional<bool>("--json", "Write the result as JSON.");
    private readonly ModelOptions _model = new();
    private readonly TrainingOptions _training = new();

    public Command Create()
    {
        var command = new Command("multi-task", "Train one model on several tasks at once; batch sizes, rates and epochs are those of the tasks file.");
        Option[] own = [_tasks, _only, _output, _gap, .. _model.All, .. _training.OfTheRun, _json];
        foreach (var option in own) command.Add(option);
        command.SetAction(Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        _training.Check(parsed);
        _model.Check(parsed);
        var declared = Chosen(parsed);
        var output = OutputFile.CheckFolder(_output, parsed.GetRequiredValue(_output));
        var tasks = declared.Select(task => task.Open(terminal)).ToList();
        var options = new MultiTaskOptions { PausedTaskGap = parsed.GetValue(_gap) };
        var vocabulary = _model.Vocabulary(parsed, tasks.SelectMany(task => task.Words));
        var grid = _model.Grid(parsed, isUsed: tasks.Exists(task => task.FeatureFiles.Count == 0));
        var featureSize = ModelOptions.FeatureSize(tasks[0].FeatureFiles, grid);
        _model.Apply(parsed, options, vocabulary, featureSize);
        options.LearningRate = tasks.Min(task => task.Declared.LearningRate);
        options.Epochs = tasks.Max(task => task.Declared.Epochs);
        options.CheckpointFolder = _training.CheckpointFolder(parsed) ?? output + ".checkpoint";
        options.CheckpointEvery = TrainingOptions.DefaultCheckpointEvery;
        _training.Apply(parsed, options);
        if (tasks.Find(task => task.Declared.MaxLength > options.Model.MaxTokens) is { } longest)
            throw longest.Declared.Error("max_seq_length", $"{longest.Declared.MaxLength}; the model has room for {options.Model.MaxTokens} tokens");
        foreach (var task in tasks) terminal.Note(task.Summary);
        terminal.Note($"{tasks.Count} tasks, {vocabulary.Count} word pieces");

        var context = new MLContext(options.Seed);
        Warnings.Tell(context, terminal, parsed.GetValue(verbose));
        var scores = CheckpointedRun.Run(terminal, options.CheckpointFolder, _training.CheckpointFolder(parsed) is not null, meter =>
        {
            options.Progress = new TrainingReporter(meter);
            options.Cancellation = terminal.Cancellation;
            options.Validated = new Validations(meter);
            var data = tasks.Select(task => task.Prepare(
                context,
                new(task.FeatureFiles, grid, vocabulary, _model.Tokens(parsed, task.Declared.MaxLength)),
                featureSize,
                task.Declared.LearningRate / tasks.Min(other => other.Declared.LearningRate),
                _training.Epochs(parsed) ?? task.Declared.Epochs,
                meter)).ToList();
            using var models = UnreadableImage.Name(
                tasks.SelectMany(task => task.Facts), () => context.VisionLanguage().Trainers.MultiTask(options).Fit(data));
            foreach (var task in tasks) task.Save(context, models.Transformers[task.Declared.Name], FileOf(output, task));
            return models.Scores;
        });
        foreach (var task in tasks) terminal.Note($"saved {FileOf(output, task)}");
        Report(parsed, [.. tasks.Zip(scores, (task, score) => task.Measure(FileOf(output, task), score))]);
        return 0;
    }

    private IReadOnlyList<DeclaredTask> Chosen(ParseResult parsed)
    {
        var path = parsed.GetRequiredValue(_tasks);
        var declared = TasksFile.Read(path);
        var names = parsed.GetValue(_only)!;
        if (names.Except(declared.SelectMany(task => new[] { task.Name, task.Key })).FirstOrDefault() is { } unknown)
            throw new UsageException($"--only: '{unknown}' is not a task of '{path}'; its tasks are {string.Join(", ", declared.Select(task => task.Name))}.");
        return names.Length == 0 ? declared : [.. declared.Where(task => names.Contains(task.Name) || names.Contains(task.Key))];
    }

    private static string FileOf(string folder, JoinedTask task) => Path.Combine(folder, task.Declared.Name + ".zip");

    private void Report(ParseResult parsed, IReadOnlyList<JointFigures> figures)
    {
        if (parsed.GetValue(_json))
            terminal.Output.WriteLine(JsonSerializer.Serialize(new { tasks = figures }, Names));
        else
            foreach (var line in Table(figures)) terminal.Output.WriteLine(line);
        terminal.Output.Flush();
    }

    private static IEnumerable<string> Table(IReadOnlyList<JointFigures> figures)
    {
        List<string[]> rows = [["task", "rows", "unseen", "metric", "score", "baseline", "batches", ""]];
        rows.AddRange(figures.Select(task => new[]
        {
            task.Task, Number(task.TrainingRows), Number(task.UnseenRows), task.Metric, Share(task.Score), Share(task.Baseline), Number(task.Batches),
            task.Paused ? "paused" : "",
        }));
        var widths = rows[0].Select((_, column) => rows.Max(row => row[column].Length)).ToList();
        return rows.Select(row => string.Join("  ", row.Select(Cell)).TrimEnd());

        string Cell(string text, int column) => column is 1 or 2 or 6 ? text.PadLeft(widths[column]) : text.PadRight(widths[column]);

        static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);

        static string Share(double value) => value.ToString("F4", CultureInfo.InvariantCulture);
    }

    /// <summary>Tells of each task's validations.</summary>
    private sealed class Validations(IMeter meter) : IProgress<MultiTaskScore>
    {
        public void Report(MultiTaskScore value) => meter.Keep(string.Create(
            CultureInfo.InvariantCulture,
            $"{value.Name}: validation score {value.ValidationScore:F4} after {value.Batches} batches{(value.IsPaused ? ", paused" : "")}"));
    }
}
