using System.Text.Json;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage.Datasets;

/// <summary>One element of a JSON list, or an object in it, with where it lies, so that every complaint about it can name the place.</summary>
internal readonly struct JsonRow(string file, string kind, long index, long? byteOffset, JsonElement element)
{
    public JsonElement Element => element;

    /// <summary>The name of the member that the row is; empty in a list.</summary>
    public string Key { get; init; } = "";

    /// <summary>Where the row lies, as it appears in messages.</summary>
    public string Place => file + (kind.Length == 0 ? "" : $": {kind} {index}")
        + (byteOffset is null ? "" : $" (byte {byteOffset})") + (Within.Length == 0 ? "" : $": {Within[1..]}");

    /// <summary>A file that is one object.</summary>
    public static JsonRow Whole(string file, JsonElement element) => new(file, "", 0, null, element);

    /// <summary>The way from the row to this object: ".qas[2]".</summary>
    private string Within { get; init; } = "";

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
        return text.Length > 0 ? VisionLanguage.Identifier.Found(text, value.ValueKind == JsonValueKind.Number) : throw Error($"'{name}' is empty");
    }

    /// <summary>A text, or a number as it is written.</summary>
    public string? OptionalValue(string name) =>
        TryGet(name, out var value) && value.ValueKind is JsonValueKind.String or JsonValueKind.Number
            ? value.ValueKind == JsonValueKind.Number ? value.GetRawText() : AsText(name, value)
            : null;

    /// <summary>A list of texts.</summary>
    public string[] Texts(string name)
    {
        var row = this;
        return [.. List(name).EnumerateArray().Select((item, i) => row.AsText($"{name}[{i}]", item))];
    }

    /// <summary>A list of finite numbers.</summary>
    /// <param name="name">The member.</param>
    /// <param name="count">How many there must be at least; those after them are left out.</param>
    public float[] Numbers(string name, int count) => AsNumbers(name, Get(name), count);

    /// <summary>The same of any value; the name is for messages.</summary>
    public float[] AsNumbers(string name, JsonElement value, int count)
    {
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() < count)
            throw Error($"'{name}' must be a list of {count} numbers but is {Name(value)}");
        var numbers = new float[count];
        for (var i = 0; i < count; i++) numbers[i] = AsNumber(name, value[i]);
        return numbers;
    }

    /// <summary>A box of a file that writes x y width height, as x1 y1 x2 y2.</summary>
    public float[] Box(string name) => Numbers(name, 4) is [var x, var y, var width, var height] ? [x, y, x + width, y + height] : [];

    /// <summary>A finite number.</summary>
    public float Number(string name) => AsNumber(name, Get(name));

    /// <summary>A whole number from 0 below a bound.</summary>
    public int NumberBelow(string name, int bound) => AsNumberBelow(name, Get(name), bound);

    /// <summary>The same of any value; the name is for messages.</summary>
    public int AsNumberBelow(string name, JsonElement value, int bound) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number >= 0 && number < bound
            ? number
            : throw Error($"'{name}' must be a whole number from 0 below {bound} but is {Name(value)}");

    public JsonElement List(string name) =>
        Get(name) is { ValueKind: JsonValueKind.Array } list ? list : throw Error($"'{name}' must be a list but is {Name(Get(name))}");

    /// <summary>The objects of a list, each with its own place.</summary>
    public IEnumerable<JsonRow> Items(string name)
    {
        var row = this;
        return List(name).EnumerateArray().Select((item, i) => row.At(item, $"{name}[{i}]"));
    }

    /// <summary>The names of the members of an object.</summary>
    public string[] Members() => element.ValueKind == JsonValueKind.Object
        ? [.. element.EnumerateObject().Select(JsonText.NameOf)]
        : throw Error($"an object is expected but it is {Name(element)}");

    /// <summary>An object in this one.</summary>
    public JsonRow Object(string name) => At(Get(name), name);

    private JsonRow At(JsonElement value, string name) => new(file, kind, index, byteOffset, value) { Within = $"{Within}.{name}" };

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

    /// <summary>The same of any value; the name is for messages.</summary>
    public string AsText(string name, JsonElement value)
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

    private float AsNumber(string name, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetSingle(out var number) && float.IsFinite(number)
            ? number
            : throw Error($"'{name}' must be a number but is {Name(value)}");

    private static string Shorten(string text) => text.Length <= 40 ? text : text[..40] + "...";
}
