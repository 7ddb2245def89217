using System.CommandLine;
using Microsoft.ML;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Tool.Models;
using MLNet.VisionLanguage.Tool.Training;

namespace MLNet.VisionLanguage.Tool.Tasks;

/// <summary>Texts without images that VL-BERT's pre-training reads beside captions.</summary>
internal sealed class TextCorpusOptions
{
    private readonly Option<string[]> _files = Options.Several<string>(
        "--texts", "For VL-BERT: files (or .gz) of sentences, one a line in the order of the text, that it also learns from, without images.", "FILE");

    private readonly Option<int?> _batch = Options.Optional<int?>(
        "--text-batch-size", "Texts that go with a batch of captions; without, as many as captions.", "N");

    private readonly Option<int?> _length = Options.Optional<int?>("--text-length", "Words of each of the texts; without, 64.", "N");

    public IEnumerable<Option> All => [_files, _batch, _length];

    /// <exception cref="UsageException">Options need each other.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public void Check(ParseResult parsed)
    {
        var files = parsed.GetValue(_files)!;
        foreach (var file in files) CheckpointFiles.Existing(_files.Name, file);
        if (files.Length == 0 && (parsed.GetValue(_batch) ?? parsed.GetValue(_length)) is not null)
            throw new UsageException($"{_batch.Name} and {_length.Name} need {_files.Name}.");
    }

    /// <summary>The sentences, read anew each time.</summary>
    public IEnumerable<string> Sentences(ParseResult parsed) =>
        parsed.GetValue(_files)!.SelectMany(file => TextFile.ReadLines(file)).Where(line => !string.IsNullOrWhiteSpace(line));

    /// <summary>Gives the trainer the sentences as it reads captions.</summary>
    public void Apply(ParseResult parsed, PretrainingOptions options, InputSteps inputs, Terminal terminal)
    {
        if (parsed.GetValue(_files)!.Length == 0) return;
        var context = new MLContext();
        Warnings.Tell(context, terminal);
        var rows = context.Data.LoadFromEnumerable(Sentences(parsed).Select(text => new Sentence { Text = text }));
        options.Texts = new TextSource(nameof(Sentence.Text)).Tokenize(context, inputs.Vocabulary, inputs.Tokens).Fit(rows).Transform(rows);
        options.TextBatchSize = parsed.GetValue(_batch);
        if (parsed.GetValue(_length) is { } length) options.TextLength = length;
    }

    private sealed class Sentence
    {
        public string Text { get; set; } = "";
    }
}
