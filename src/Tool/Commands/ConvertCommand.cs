using System.CommandLine;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Inspection;
using MLNet.VisionLanguage.Tool.Models;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl convert [TASK]</c>: a fine-tuned checkpoint of the reference to a model file.</summary>
internal sealed class ConvertCommand<TData, TRow, TPrediction>(ToolTask<TData, TRow, TPrediction> task, Terminal terminal)
    where TRow : class, new()
{
    private readonly Option<string> _checkpoint =
        Options.Required("--checkpoint", "The reference's weights: .safetensors, .bin or .pth, or a folder of the transformers library.", "FILE");
    private readonly Option<string?> _config =
        Options.Optional<string?>("--config", "The model's configuration file of the reference; without, that in the checkpoint's folder.", "JSON");
    private readonly Option<string?> _kind = Options.Kind("Whose configuration file that is");
    private readonly VocabularyOptions _vocabulary = new("that in the checkpoint's folder");

    private readonly Option<string?> _dictionary =
        Options.Optional<string?>(CheckpointReport.StateDictionaryOption, CheckpointReport.StateDictionaryHelp, "KEY");

    private readonly Option<string> _output = Options.Required("--output", "The model file to write.", "ZIP");
    private readonly Option<bool> _cased = Options.Optional<bool>("--cased", "Keep upper case and accents; must fit the vocabulary.");
    private readonly Option<int?> _maxLength =
        Options.Optional<int?>("--max-length", "The most tokens of a text; without, what the model has room for.", "N");

    private readonly Option<bool> _truncate = Options.Truncate();
    private readonly Option<bool> _strict = Options.Strict();

    public Command Create(string name)
    {
        var command = new Command(name, $"Make a model file of a reference's checkpoint; given region features, it {task.Purpose}.")
        {
            _checkpoint, _dictionary, _config, _kind, _output, _cased, _maxLength, _truncate, _strict,
            task.TaskNumber, task.Int8,
        };
        foreach (var option in _vocabulary.All.Concat(task.ConvertOptions)) command.Add(option);
        command.SetAction(Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        var cuts = Options.Cuts(parsed, _strict, _truncate);
        var path = CheckpointFiles.Existing(_checkpoint.Name, parsed.GetRequiredValue(_checkpoint));
        var config = CheckpointFiles.Beside(parsed, _config, path);
        var vocabulary = CheckpointFiles.Beside(parsed, _vocabulary.File, path);
        var model = VisionLanguageModel.Load(CheckpointFiles.Kind(parsed.GetValue(_kind), path, parsed.GetValue(_dictionary)), config);
        var zip = OutputFile.Check(_output, parsed.GetRequiredValue(_output));
        var words = _vocabulary.Load(parsed, vocabulary);
        if (words.Count > model.VocabularySize)
            throw new InvalidDataException($"--vocabulary: {words.Count} tokens; the model has room for {model.VocabularySize}.");
        var tokens = new TokenizeTextOptions
        {
            MaxLength = parsed.GetValue(_maxLength) ?? model.MaxTokens,
            Truncate = cuts,
            Uncased = !parsed.GetValue(_cased),
        };
        if (tokens.MaxLength > model.MaxTokens)
            throw new UsageException($"--max-length {tokens.MaxLength}: the model has room for {model.MaxTokens} tokens.");

        var context = new MLContext();
        var (load, summary) = task.LoadCheckpoint(parsed, context, path, parsed.GetValue(_dictionary), model, words);
        var rows = context.Data.LoadFromEnumerable(Array.Empty<TRow>());
        var sources = task.ConvertedSources(parsed);
        ITransformer[] images = model.ImageSide == 0
            ? []
            : [.. sources.Images.Select(image => image.Open(context, new GridFeatureOptions(), model.ImageSide).Fit(rows))];
        ITransformer[] tokenizers = [.. sources.Texts.Select(text => text.Tokenize(context, words, tokens).Fit(rows))];
        var scorer = Load(load);
        using (scorer as IDisposable)
        {
            terminal.Cancellation.ThrowIfCancellationRequested();
            var chain = new TransformerChain<ITransformer>([.. images, .. tokenizers, scorer]);
            context.VisionLanguage().Save(chain, images.Length > 0 ? InputSchema.OfImages(sources) : InputSchema.OfRegions(sources), zip);
        }

        terminal.Note($"saved {zip}: {summary}, {words.Count} tokens");
        return 0;
    }

    /// <summary>Reports what was found, also when it is refused.</summary>
    private ITransformer Load(Func<(ITransformer Transformer, ParameterMatch Match)> load)
    {
        try
        {
            var (transformer, match) = load();
            Report(match);
            return transformer;
        }
        catch (CheckpointMismatchException e) when (e.Match is { } match)
        {
            Report(match);
            throw;
        }
    }

    /// <summary>Every name that is not as expected, so that nobody has to guess what a checkpoint lacks.</summary>
    private void Report(ParameterMatch match)
    {
        terminal.Note(
            $"{match.Found.Count} parameters found, {match.Missing.Count} missing, {match.Unexpected.Count} unexpected, " +
            $"{match.Mismatched.Count} of another shape");
        foreach (var name in match.Missing) terminal.Note($"missing: {name}");
        foreach (var name in match.Unexpected) terminal.Note($"unexpected: {name}");
        foreach (var mismatch in match.Mismatched) terminal.Note($"another shape: {mismatch}");
    }
}
