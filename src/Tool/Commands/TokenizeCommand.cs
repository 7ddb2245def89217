using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Tool.Models;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl tokenize</c>: a file of JSON lines to lines of token ids.</summary>
internal static class TokenizeCommand
{
    private const string StandardInput = "-";

    public static Command Create(Terminal terminal)
    {
        var vocabulary = new VocabularyOptions(fallback: null);
        var input = Options.Required("--input", "A file of JSON objects, one a line; - reads the standard input.", "FILE");
        var field = Options.Default("--field", "The member that holds the text.", "text", "NAME");
        var pairField = Options.Optional<string?>("--pair-field", "The member that holds a second text; implies --special-tokens.", "NAME");
        var specialTokens = Options.Optional<bool>("--special-tokens", "Put [CLS] before and [SEP] after each text, or <s> and </s>.");
        var maxLength = Options.Optional<int?>("--max-length", "Cut to this many ids, special tokens included.", "N");
        var cased = Options.Optional<bool>("--cased", "Keep upper case and accents; must fit the vocabulary. Byte pairs do anyway.");
        var command = new Command("tokenize", "Write the token ids of texts, one JSON array a line.")
        {
            input, field, pairField, specialTokens, maxLength, cased,
        };
        foreach (var option in vocabulary.All) command.Add(option);
        command.SetAction(parsed =>
        {
            var words = vocabulary.Load(parsed, parsed.GetRequiredValue(vocabulary.File)!);
            var request = new Request(
                parsed.GetRequiredValue(input),
                parsed.GetRequiredValue(field),
                parsed.GetValue(pairField),
                parsed.GetValue(specialTokens) || parsed.GetValue(pairField) is not null,
                parsed.GetValue(maxLength));
            var least = request.SpecialTokens ? words.LeastMaxLength(request.PairField is not null) : 1;
            if (request.MaxLength < least) throw new UsageException($"--max-length {request.MaxLength}: at least {least} is needed here.");
            Run(terminal, words.CreateTokenizer(!parsed.GetValue(cased)), request);
            return 0;
        });
        return command;
    }

    private static void Run(Terminal terminal, TextTokenizer tokenizer, Request request)
    {
        var name = request.Input == StandardInput ? "standard input" : request.Input;
        var number = 0;
        foreach (var line in Lines(request.Input, name))
        {
            number++;
            terminal.Cancellation.ThrowIfCancellationRequested();
            if (string.IsNullOrWhiteSpace(line)) continue;
            WriteIds(terminal.Output, Encode(tokenizer, line, $"{name}: line {number}", request));
        }

        terminal.Output.Flush();
    }

    private static IEnumerable<string> Lines(string input, string name)
    {
        if (input == StandardInput) return TextFile.ReadLines(Console.OpenStandardInput(), name);
        return File.Exists(input)
            ? TextFile.ReadLines(input)
            : throw new FileNotFoundException($"--input: the file '{input}' does not exist.", input);
    }

    private static IEnumerable<long> Encode(TextTokenizer tokenizer, string line, string place, Request request)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(line);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{place}: not valid JSON at byte {e.BytePositionInLine + 1}.", e);
        }

        using (document)
        {
            var text = Text(document.RootElement, request.Field, place);
            var pair = request.PairField is null ? null : Text(document.RootElement, request.PairField, place);
            return request.SpecialTokens
                ? tokenizer.Encode(text, pair, request.MaxLength ?? int.MaxValue).InputIds
                : tokenizer.EncodeToIds(text).Take(request.MaxLength ?? int.MaxValue).Select(id => (long)id);
        }
    }

    private static string Text(JsonElement row, string field, string place)
    {
        if (row.ValueKind != JsonValueKind.Object)
            throw new InvalidDataException($"{place}: expected a JSON object, found {row.ValueKind.ToString().ToLowerInvariant()}.");
        if (!row.TryGetProperty(field, out var value)) throw new InvalidDataException($"{place}: there is no member '{field}'.");
        return value.ValueKind == JsonValueKind.String
            ? JsonText.Of(value)
            : throw new InvalidDataException($"{place}: '{field}' must be a string but is {value.ValueKind.ToString().ToLowerInvariant()}.");
    }

    private static void WriteIds(TextWriter output, IEnumerable<long> ids)
    {
        output.Write('[');
        output.Write(string.Join(", ", ids.Select(id => id.ToString(CultureInfo.InvariantCulture))));
        output.WriteLine(']');
    }

    private sealed record Request(string Input, string Field, string? PairField, bool SpecialTokens, int? MaxLength);
}
