using System.CommandLine;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Text;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Inspection;
using MLNet.VisionLanguage.Tool.Models;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl convert</c>: a fine-tuned checkpoint of the reference to a model file.</summary>
internal static class ConvertCommand
{
    public static Command Create(Terminal terminal)
    {
        var checkpoint = Options.Required("--checkpoint", "VILBertForVLTasks' weights: .safetensors, .bin or .pth.", "FILE");
        var config = Options.Required("--config", "The model's configuration file of the reference.", "JSON");
        var vocabulary = Options.Required("--vocabulary", "The vocabulary it was trained with, one token a line.", "FILE");
        var answers = Options.Required("--answers", "Its answers: trainval_label2ans or ans2label (.json, .pkl), or one a line.", "FILE");
        var dictionary = Options.Optional<string?>(CheckpointReport.StateDictionaryOption, CheckpointReport.StateDictionaryHelp, "KEY");
        var output = Options.Required("--output", "The model file to write.", "ZIP");
        var head = Options.Default("--head", "The classifier that answers: vqa or gqa.", "vqa", "NAME");
        var cased = Options.Optional<bool>("--cased", "Keep upper case and accents; must fit the vocabulary.");
        var maxLength = Options.Optional<int?>("--max-length", "The most tokens of a question; without, what the model has room for.", "N");
        var truncate = Options.Optional<bool>("--truncate", "Cut longer questions; without, they are an error.");
        head.AcceptOnlyFromAmong("vqa", "gqa");
        var command = new Command("convert", "Make a model file of a ViLBERT checkpoint; it answers questions about region features.")
        {
            checkpoint, config, vocabulary, answers, dictionary, output, head, cased, maxLength, truncate,
        };
        command.SetAction(parsed =>
        {
            var path = parsed.GetRequiredValue(checkpoint);
            if (!File.Exists(path))
                throw new FileNotFoundException($"--checkpoint: the file '{path}' does not exist.", path);
            var json = parsed.GetRequiredValue(config);
            if (!File.Exists(json))
                throw new FileNotFoundException($"--config: the file '{json}' does not exist.", json);
            var zip = OutputFile.Check(output, parsed.GetRequiredValue(output));
            var model = ViLbertConfig.Load(json);
            var words = BertVocabulary.Load(parsed.GetRequiredValue(vocabulary));
            if (words.Count > model.VocabularySize)
                throw new InvalidDataException($"--vocabulary: {words.Count} word pieces; the model has room for {model.VocabularySize}.");
            var list = AnswerList.Load(parsed.GetRequiredValue(answers));
            var tokens = new TokenizeTextOptions
            {
                MaxLength = parsed.GetValue(maxLength) ?? model.MaxPositions,
                Truncate = parsed.GetValue(truncate),
                Uncased = !parsed.GetValue(cased),
            };
            if (tokens.MaxLength > model.MaxPositions)
                throw new UsageException($"--max-length {tokens.MaxLength}: the model has room for {model.MaxPositions} tokens.");

            var context = new MLContext();
            var empty = context.Data.LoadFromEnumerable(Array.Empty<RegionQuestion>());
            using var tokenizer = context.Transforms.TokenizeText(words, nameof(VqaExample.Question), options: tokens).Fit(empty);
            var loaded = Load(
                terminal, () => context.VisionLanguage().LoadCheckpoint(path, model, list, new CheckpointOptions
                {
                    StateDictionary = parsed.GetValue(dictionary),
                    Head = parsed.GetRequiredValue(head) == "gqa" ? AnswerHead.Gqa : AnswerHead.Vqa,
                }));
            using var scorer = loaded.Transformer;
            terminal.Cancellation.ThrowIfCancellationRequested();
            var chain = new TransformerChain<ITransformer>(tokenizer, scorer);
            context.VisionLanguage().Save(chain, empty.Schema, zip);
            terminal.Note($"saved {zip}: {list.Count} answers, {words.Count} word pieces");
            return 0;
        });
        return command;
    }

    /// <summary>Reports what was found, also when it is refused.</summary>
    private static LoadedCheckpoint<T> Load<T>(Terminal terminal, Func<LoadedCheckpoint<T>> load)
    {
        try
        {
            var loaded = load();
            Report(terminal, loaded.Match);
            return loaded;
        }
        catch (CheckpointMismatchException e) when (e.Match is { } match)
        {
            Report(terminal, match);
            throw;
        }
    }

    /// <summary>Every name that is not as expected, so that nobody has to guess what a checkpoint lacks.</summary>
    private static void Report(Terminal terminal, ParameterMatch match)
    {
        terminal.Note(
            $"{match.Found.Count} parameters found, {match.Missing.Count} missing, {match.Unexpected.Count} unexpected, " +
            $"{match.Mismatched.Count} of another shape");
        foreach (var name in match.Missing)
            terminal.Note($"missing: {name}");
        foreach (var name in match.Unexpected)
            terminal.Note($"unexpected: {name}");
        foreach (var mismatch in match.Mismatched)
            terminal.Note($"another shape: {mismatch}");
    }
}
