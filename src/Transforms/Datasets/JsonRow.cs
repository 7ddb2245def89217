using System.Globalization;
using System.Text.Json;

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

    /// <summary>A whole number, also when it is written as a string.</summary>
    public long Integer(string name)
    {
        var value = Get(name);
        if (value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number)) return number;
        if (value.ValueKind == JsonValueKind.String
            && long.TryParse(value.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number))
        {
            return number;
        }

        throw Error($"'{name}' must be a whole number but is {Name(value)}");
    }

    /// <summary>An identifier that data sets write as a number or as text.</summary>
    public string Identifier(string name)
    {
        var value = Get(name);
        return value.ValueKind switch
        {
            JsonValueKind.String => value.GetString()!,
            JsonValueKind.Number => value.GetRawText(),
            _ => throw Error($"'{name}' must be a number or a string but is {Name(value)}"),
        };
    }

    public InvalidDataException Error(string message) => new($"{Place}: {message}.");

    public static string Name(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "a list",
        JsonValueKind.String => $"the string \"{Shorten(value.GetString()!)}\"",
        JsonValueKind.Number => $"the number {Shorten(value.GetRawText())}",
        JsonValueKind.Null => "null",
        _ => value.GetRawText(),
    };

    private string AsText(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.String ? value.GetString()! : throw Error($"'{name}' must be a string but is {Name(value)}");

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "...";
}
