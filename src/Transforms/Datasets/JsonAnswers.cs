using System.Globalization;
using System.Text.Json;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage.Datasets;

/// <summary>Lists of answers in JSON, see <see cref="AnswerList.Load"/>.</summary>
internal static class JsonAnswers
{
    private static readonly string[] AnswerFields = ["ans", "answer"];

    public static IReadOnlyList<string> Read(string path, ReadOnlyMemory<byte> json)
    {
        try
        {
            if (IsLines(json.Span)) return Lines(path, json);
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 64 });
            return Answers(path, document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw AnswerList.Bad(path, $"it begins as JSON, but is none: {e.Message.TrimEnd('.')}", e);
        }
    }

    private static IReadOnlyList<string> Answers(string path, JsonElement root)
    {
        if (root.ValueKind == JsonValueKind.Array)
        {
            return [.. root.EnumerateArray().Select((item, i) => AnswerOf(item)
                ?? throw AnswerList.Bad(path, $"entry {i + 1} of its list is {JsonRow.Name(item)}; a text is expected"))];
        }

        foreach (var name in LabelledAnswers.Names)
        {
            if (!root.TryGetProperty(name, out var inner) || inner.ValueKind is not (JsonValueKind.Array or JsonValueKind.Object)) continue;
            return Answers(path, inner);
        }

        var answers = new LabelledAnswers(path);
        foreach (var member in root.EnumerateObject())
        {
            if (member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetInt64(out var label))
                answers.Add(JsonText.NameOf(member), label);
            else if (member.Value.ValueKind == JsonValueKind.String
                && long.TryParse(JsonText.NameOf(member), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                answers.Add(JsonText.Of(member.Value), number);
            else
                throw AnswerList.Bad(path, $"it has {JsonRow.Name(member.Value)} under '{JsonText.NameOf(member)}'; answers and labels are needed");
        }

        return answers.InOrder();
    }

    /// <summary>Whether each line is an object of its own.</summary>
    private static bool IsLines(ReadOnlySpan<byte> json)
    {
        var end = json.IndexOf((byte)'\n');
        var line = json[..(end < 0 ? json.Length : end)].Trim(" \t\r"u8);
        return line is [(byte)'{', .., (byte)'}'] && !json[(end < 0 ? json.Length : end)..].Trim(" \t\r\n"u8).IsEmpty;
    }

    private static IReadOnlyList<string> Lines(string path, ReadOnlyMemory<byte> json)
    {
        var answers = new LabelledAnswers(path);
        var number = 0;
        while (!json.IsEmpty)
        {
            var end = json.Span.IndexOf((byte)'\n');
            var line = json[..(end < 0 ? json.Length : end)];
            json = json[(end < 0 ? json.Length : end + 1)..];
            number++;
            if (line.Span.Trim(" \t\r"u8).IsEmpty) continue;
            using var document = JsonDocument.Parse(line);
            if (AnswerOf(document.RootElement) is not { } answer || !document.RootElement.TryGetProperty("label", out var label)
                || label.ValueKind != JsonValueKind.Number || !label.TryGetInt64(out var place))
            {
                throw AnswerList.Bad(path, $"line {number} has no \"answer\" with a whole number as \"label\"");
            }

            answers.Add(answer, place);
        }

        return answers.InOrder();
    }

    private static string? AnswerOf(JsonElement item)
    {
        if (item.ValueKind == JsonValueKind.String) return JsonText.Of(item);
        if (item.ValueKind != JsonValueKind.Object) return null;
        foreach (var field in AnswerFields)
        {
            if (item.TryGetProperty(field, out var answer) && answer.ValueKind == JsonValueKind.String) return JsonText.Of(answer);
        }

        return null;
    }
}
