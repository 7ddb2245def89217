using System.Text.Json;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage.Datasets;

/// <summary>One element of a JSON list, with where it lies, so that every complaint about it can name the place.</summary>
internal readonly struct JsonRow(string file, string kind, long index, long byteOffset, JsonElement element)
{
    public JsonElement Element => element;

    /// <summary>Where the row lies, as it appears in messages.</summary>
    public string Place => $"{file}: {kind} {index} (byte {byteOffset})";

    public long Index => index;

    public bool TryGet(string name, out JsonElement value)
    {
        value = default;
        return element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out value) && value.ValueKind != JsonValueKind.Null;
    }

    public JsonElement Get(string name)
    {
        if (element.ValueKind != JsonValueKind.Object) throw Error($"an object is expected but it is {Name(element)}");
        return TryGet(name, out var value) ? value : throw Error($"'{name}' is missing");
    }

    public string Text(string name) => AsText(name, Get(name));

    public string? OptionalText(string name) => TryGet(name, out var value) ? AsText(name, value) : null;

    /// <summary>An identifier, which data sets write as a number or as text.</summary>
    public Identifier Identifier(string name) => Identifier(name, Get(name));

    /// <summary>The same of any value; the name is for messages.</summary>
    public Identifier Identifier(string name, JsonElement value)
    {
        var text = value.ValueKind switch
        {
            JsonValueKind.String => AsText(name, value),
            JsonValueKind.Number => value.GetRawText(),
            _ => throw Error($"'{name}' must be a number or a string but is {Name(value)}"),
        };
        return text.Length > 0 ? new(text, value.ValueKind == JsonValueKind.Number) : throw Error($"'{name}' is empty");
    }

    /// <summary>A text, or a number as it is written.</summary>
    public string? OptionalValue(string name) =>
        TryGet(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number
            ? value.ValueKind == JsonValueKind.Number ? value.GetRawText() : AsText(name, value)
            : null;

    public InvalidDataException Error(string message) => new($"{Place}: {message}.");

    public static string Name(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => $"the string \"{Shorten(JsonText.Of(value))}\"",
        JsonValueKind.Number => $"the number {Shorten(value.GetRawText())}",
        JsonValueKind.Null => "null",
        _ => value.GetRawText(),
    };

    private string AsText(string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String) throw Error($"'{name}' must be a string but is {Name(value)}");
        try
        {
            return JsonText.Of(value);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidDataException($"{Place}: '{name}' is not text in UTF-8: {e.Message}.", e);
        }
    }

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "...";
}
