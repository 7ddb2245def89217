using System.CommandLine;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Models;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl compare</c>: models of visual question answering side by side, with simple baselines.</summary>
internal sealed class CompareCommand(QuestionAnswering task, Terminal terminal)
{
    private readonly Option<string[]> _models = Options.Several<string>(
        "--models", "Model files; a line of the leaderboard is called as the file, or NAME=FILE.", "ZIP");
    private readonly Option<string?> _trainingQuestions = Options.Optional<string?>(
        "--train-questions", "Questions that the baselines learn from; without, there are no baselines.", "FILE");

    private readonly Option<string?> _trainingAnnotations = Options.Optional<string?>("--train-annotations", "Their annotations.", "FILE");
    private readonly Option<string?> _trainingImages = Options.Optional<string?>(
        "--train-images", "The folder of their images; without, that of --images.", "FOLDER");
    private readonly Option<string?> _report = Options.Optional<string?>("--report", "Write a page with plots and the worst answers.", "HTML");
    private readonly Option<bool> _json = Options.Optional<bool>("--json", "Write all figures as JSON in place of the table.");
    private readonly Option<double> _confidence = Options.Default(
        "--confidence", "The probability with which an interval is to hold the true difference.", new ComparisonOptions().Confidence, "SHARE");

    private readonly Option<int> _resamples = Options.Default(
        "--resamples", "How often images are drawn for the intervals.", new ComparisonOptions().Resamples, "N");
    private readonly Option<int> _seed = Options.Default("--seed", "Decides what is drawn.", 1, "N");

    private ModelFile? _open;

    public Command Create()
    {
        var command = new Command(
            "compare",
            "Measure models on the same questions: a leaderboard with the official accuracies, calibration, confusions, the worst answers and paired "
            + "bootstrap intervals; with --train-questions beside the most frequent answer and models that see the question or the image alone.")
        {
            _models, _trainingQuestions, _trainingAnnotations, _trainingImages, _report, _json, _confidence, _resamples, _seed,
        };
        var data = (VqaDataOptions)task.CreateData(command, annotated: true);
        command.SetAction(parsed => Run(parsed, data));
        return command;
    }

    private int Run(ParseResult parsed, VqaDataOptions options)
    {
        var confidence = parsed.GetValue(_confidence);
        if (!(confidence is > 0 and < 1)) throw new UsageException($"--confidence {confidence}: a number between 0 and 1 is needed.");
        if (parsed.GetValue(_resamples) is < 1 and var few) throw new UsageException($"--resamples {few}: at least 1 is needed.");
        var report = parsed.GetValue(_report) is { } page ? OutputFile.Check(_report, page) : null;
        var models = parsed.GetValue(_models)!.Select(Named).ToList();
        if (models.GroupBy(model => model.Name).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new UsageException($"--models: two are called '{twice.Key}'; NAME=FILE gives them other names.");
        if (models.Find(model => !File.Exists(model.Path)) is { Path: { } missing })
            throw new FileNotFoundException($"--models: the file '{missing}' does not exist.", missing);
        if (models.Count == 0 && parsed.GetValue(_trainingQuestions) is null)
            throw new UsageException("--models or --train-questions is needed: what to compare.");
        var data = options.Open(parsed, terminal);
        var features = options.FeatureFiles(parsed);
        var training = Training(parsed, options, features);
        var comparison = Display.Run(terminal, "comparing", meter => new Microsoft.ML.MLContext(parsed.GetValue(_seed)).VisionLanguage()
            .CompareVisualQuestionAnswering(models.Select(model => Compared(model.Name, model.Path, data, features)), data, training, new ComparisonOptions
            {
                BaselineRegions = features.Count > 0 ? "features:" + string.Join(';', features) : new ComparisonOptions().BaselineRegions,
                Confidence = confidence,
                Resamples = parsed.GetValue(_resamples),
                Seed = parsed.GetValue(_seed),
                Progress = new Shown(meter),
                Cancellation = terminal.Cancellation,
            }));
        _open?.Dispose();
        terminal.Output.WriteLine(parsed.GetValue(_json) ? comparison.ToJson() : comparison.ToTable());
        terminal.Output.Flush();
        if (report is null) return 0;
        comparison.SaveReport(report, terminal.Cancellation);
        terminal.Note($"wrote {report}");
        return 0;
    }

    private static (string Name, string Path) Named(string model) => model.IndexOf('=', StringComparison.Ordinal) is > 0 and var sign
        && !File.Exists(model) ? (model[..sign], model[(sign + 1)..]) : (Path.GetFileNameWithoutExtension(model), model);

    /// <summary>A model as the verbs open it, which knows where its regions come from. One is open at a time.</summary>
    private ComparedModel Compared(string name, string path, VqaDataset data, IReadOnlyList<string> features) => new(name, (_, _) =>
    {
        _open?.Dispose();
        _open = ModelFile.Load(path, task, terminal);
        return _open.Score(task, task.RowsToMeasure(data.Examples), features);
    });

    /// <summary>What the baselines learn from; null without.</summary>
    private VqaDataset? Training(ParseResult parsed, VqaDataOptions options, IReadOnlyList<string> features)
    {
        if (parsed.GetValue(_trainingQuestions) is not { } questions) return null;
        var annotations = parsed.GetValue(_trainingAnnotations)
            ?? throw new UsageException("--train-annotations is needed: the baselines learn from answers.");
        return VqaDataset.Load(questions, annotations, parsed.GetValue(_trainingImages) ?? parsed.GetValue(options.Images), new VqaDatasetOptions
        {
            ImagePattern = parsed.GetValue(options.ImagePattern),
            SkipProblems = parsed.GetValue(options.SkipProblems),
            FeatureFiles = features.Count > 0 ? features : null,
            Cancellation = terminal.Cancellation,
        });
    }

    private sealed class Shown(IMeter meter) : IProgress<string>
    {
        public void Report(string value) => meter.Keep($"measuring {value}");
    }
}
