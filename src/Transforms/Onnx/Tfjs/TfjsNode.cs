using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MLNet.VisionLanguage.Onnx;

/// <summary>A node of TensorFlow's graph as JSON has it, whose attributes are objects of one entry and whose numbers may be texts.</summary>
internal sealed class TfjsNode
{
    private readonly JsonElement _attributes;

    public TfjsNode(JsonElement json)
    {
        Name = json.GetProperty("name").GetString()!;
        Operation = json.GetProperty("op").GetString()!;
        Inputs = json.TryGetProperty("input", out var inputs)
            ? [.. inputs.EnumerateArray().Select(input => input.GetString()!).Where(input => !input.StartsWith('^'))]
            : [];
        _attributes = json.TryGetProperty("attr", out var attributes) ? attributes : default;
    }

    public string Name { get; }

    public string Operation { get; }

    /// <summary>Names of values: a node's, or "node:1" for its second.</summary>
    public IReadOnlyList<string> Inputs { get; }

    public bool Flag(string attribute) => Find(attribute, "b") is { ValueKind: JsonValueKind.True };

    public long Whole(string attribute) => Find(attribute, "i") is { } value ? Number(value) : 0;

    public float Single(string attribute, float usual) => Find(attribute, "f") is { } value ? value.GetSingle() : usual;

    public string? Text(string attribute) => Find(attribute, "s") is { } value ? Decode(value) : null;

    public string? Type(string attribute) => Find(attribute, "type")?.GetString();

    public long[] Wholes(string attribute) =>
        Find(attribute, "list") is { } list && list.TryGetProperty("i", out var values) ? [.. values.EnumerateArray().Select(Number)] : [];

    public string[] Texts(string attribute) =>
        Find(attribute, "list") is { } list && list.TryGetProperty("s", out var values) ? [.. values.EnumerateArray().Select(Decode)] : [];

    /// <summary>Sizes of a shape; -1 for those left open.</summary>
    public long[] Shape(string attribute) =>
        Find(attribute, "shape") is { } shape && shape.TryGetProperty("dim", out var dims) ? [.. dims.EnumerateArray().Select(Size)] : [];

    /// <summary>A size of a shape; -1 where it is left open.</summary>
    public static long Size(JsonElement dim) => dim.TryGetProperty("size", out var size) ? Number(size) : -1;

    private static long Number(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? long.Parse(value.GetString()!, CultureInfo.InvariantCulture)
        : value.GetInt64();

    /// <summary>Texts are bytes in base64.</summary>
    private static string Decode(JsonElement value) => Encoding.UTF8.GetString(value.GetBytesFromBase64());

    private JsonElement? Find(string attribute, string kind) =>
        _attributes.ValueKind == JsonValueKind.Object && _attributes.TryGetProperty(attribute, out var entry) && entry.TryGetProperty(kind, out var value)
            ? value
            : null;
}
