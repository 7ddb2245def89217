using System.CommandLine;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Models;
using MLNet.VisionLanguage.Tool.Sharding;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl score [TASK]</c>: predicts about one row, or about a data set.</summary>
internal sealed class ScoreCommand<TData, TRow, TPrediction>(ToolTask<TData, TRow, TPrediction> task, Terminal terminal)
    where TRow : class, new()
{
    private readonly Option<string> _model = Options.Required("--model", "The model file.", "ZIP");
    private readonly Option<string[]> _image = Images(task, "--image", $"The image that {task.Text.Name} is about.", "FILE");
    private readonly Option<string[]> _imageId = Images(
        task, "--image-id", "The same, as feature files name it: those of --features, or the model's own.", "ID");

    private readonly Option<int> _top = Options.Default("--top", "How many of the most probable to show.", 5, "N");
    private readonly Option<bool> _json = Options.Optional<bool>("--json", "Write JSON.");
    private readonly Option<string?> _output = Options.Optional<string?>("--output", "Where the results for a data set go.", "FILE");

    private readonly Option<bool> _strict = Options.Strict();
    private readonly ShardOption _shard = new();

    public Command Create(string name)
    {
        var command = new Command(name, $"Use a model that {task.Purpose}, once or for a whole data set.");
        Option[] own = [_model, task.Text, .. task.ScoreOptions, _image, _imageId, _top, _json, _strict];
        foreach (var option in own) command.Add(option);
        var data = task.CreateData(command, annotated: false);
        command.Add(_output);
        if (task.RowsStandAlone) command.Add(_shard.Option);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(task.Text) is { } text) ScoreOne(parsed, data, text);
            else if (data.IsGiven(parsed)) ScoreAll(parsed, data);
            else throw new UsageException($"Either {task.Text.Name} with --image, or {data.Names} with --output is needed.");
            return 0;
        });
        return command;
    }

    private void ScoreOne(ParseResult parsed, DataOptions<TData> data, string text)
    {
        if (data.IsGiven(parsed)) throw new UsageException($"{task.Text.Name} and a data set exclude each other.");
        if (string.IsNullOrWhiteSpace(text)) throw new UsageException($"{task.Text.Name} is empty.");
        var top = parsed.GetValue(_top);
        if (top < 1) throw new UsageException($"--top {top}: at least 1 is needed.");
        var features = data.FeatureFiles(parsed);
        var imageIds = parsed.GetValue(_imageId)!;
        if (features.Count > 0 && imageIds.Length == 0)
            throw new UsageException($"--features needs --image-id: which of its images {task.Text.Name} is about.");
        if (features.Count == 0 && imageIds.Length > 0 && parsed.GetValue(_image)!.Length > 0)
            throw new UsageException("--image and --image-id exclude each other.");
        ImageFacts[] images = imageIds.Length == 0
            ? [.. ImageFiles(parsed).Select(file => new ImageFacts(file, ""))]
            : [.. imageIds.Select(id => new ImageFacts("", id))];
        if (images.Length != task.Images.Count)
            throw new UsageException($"{task.Text.Name} needs {task.Images.Count} of --image or --image-id, found {images.Length}.");
        var row = task.CreateRow(parsed, text, images);
        using var model = ModelFile.Load(parsed.GetRequiredValue(_model), task, terminal);
        if (parsed.GetValue(_strict)) model.RequireWholeTexts(task, [row]);
        task.Write(terminal.Output, parsed.GetValue(_json), row, task.Predict(model, [row], features, top, null, terminal.Cancellation).Single());
        terminal.Output.Flush();
    }

    private IEnumerable<string> ImageFiles(ParseResult parsed)
    {
        var images = parsed.GetValue(_image)!;
        if (images.Length == 0) throw new UsageException($"{task.Text.Name} needs --image, or --features with --image-id.");
        return images.Select(image => File.Exists(image)
            ? Path.GetFullPath(image)
            : throw new FileNotFoundException($"--image: the file '{image}' does not exist.", image));
    }

    private static Option<string[]> Images(ToolTask task, string name, string description, string value) => new(name)
    {
        Description = description,
        HelpName = value,
        Arity = ArgumentArity.OneOrMore,
        AllowMultipleArgumentsPerToken = task.Images.Count > 1,
        DefaultValueFactory = _ => [],
    };

    private void ScoreAll(ParseResult parsed, DataOptions<TData> options)
    {
        var output = parsed.GetValue(_output) ?? throw new UsageException("--output is needed: where the results go.");
        if (parsed.GetValue(_image)!.Length > 0 || parsed.GetValue(_imageId)!.Length > 0)
            throw new UsageException($"--image and --image-id belong to {task.Text.Name}; a data set's images are in --images.");
        OutputFile.Check(_output, output);
        var all = task.Rows(options.Open(parsed, terminal));
        var (shard, file) = (task.RowsStandAlone ? _shard.Of(parsed, terminal) : Shard.Whole, parsed.GetRequiredValue(_model));
        using var run = ShardRun.Begin(
            shard, output, () => $"score {task.Name} {ShardRecord.DigestOfFile(file)}", () => [.. all.Select(NameOf)], hasItems: false);
        if (run.IsDone)
        {
            terminal.Note($"shard {shard} is in {run.Path} already");
            return;
        }

        var rows = shard.Of(all);
        using var model = ModelFile.Load(file, task, terminal);
        if (parsed.GetValue(_strict)) model.RequireWholeTexts(task, rows);
        var count = Display.Run(terminal, "scoring", meter =>
        {
            var predictions = task.Predict(model, rows, options.FeatureFiles(parsed), task.ResultsTop, meter, terminal.Cancellation);
            task.WriteResults(run.Path, rows, Display.Count(predictions, meter, rows.Count, "scored", terminal.Cancellation));
            return rows.Count;
        });
        run.Complete([]);
        terminal.Note($"wrote {count} {task.ResultsName} to {run.Path}");

        string NameOf(TRow row)
        {
            var facts = task.Facts(row);
            return string.Join('\t', facts.Words.Prepend(facts.Name));
        }
    }
}
