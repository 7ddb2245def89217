using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace MLNet.VisionLanguage.Onnx;

/// <summary>A graph model of TensorFlow.js: nodes of TensorFlow's operators (model.json), and the weights that lie in files beside it.</summary>
internal sealed class TfjsModel
{
    private readonly Dictionary<string, TfjsTensor> _weights = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TfjsNode> _nodes;

    private TfjsModel(string path, JsonElement json)
    {
        Path = path;
        _nodes = json.GetProperty("modelTopology").GetProperty("node").EnumerateArray().Select(node => new TfjsNode(node))
            .ToDictionary(node => node.Name, StringComparer.Ordinal);
        foreach (var group in json.GetProperty("weightsManifest").EnumerateArray()) ReadWeights(group);
        Outputs = Signature(json) is { } outputs
            ? outputs
            : throw Fail("it names no outputs");
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>Names of the outputs and their shapes, in the order of their names.</summary>
    public IReadOnlyList<(string Name, Dim[] Shape)> Outputs { get; }

    /// <summary>Whether a file begins as JSON does.</summary>
    public static bool IsOne(string path)
    {
        using var file = File.OpenRead(path);
        Span<byte> start = stackalloc byte[64];
        return Encoding.UTF8.GetString(start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)]).TrimStart('\uFEFF', ' ', '\r', '\n', '\t')
            .StartsWith('{');
    }

    /// <exception cref="FileNotFoundException">There is no such file, or none of its weights.</exception>
    /// <exception cref="InvalidDataException">It is no such model.</exception>
    public static TfjsModel Read(string path)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(path));
            return new(path, json.RootElement.Clone());
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw new InvalidDataException($"'{path}' is no graph model of TensorFlow.js: {e.Message}", e);
        }
    }

    public TfjsNode? Node(string name) => _nodes.GetValueOrDefault(name);

    public TfjsTensor? Weight(string name) => _weights.GetValueOrDefault(name);

    public InvalidDataException Fail(string problem) => new($"The TensorFlow.js model '{Path}': {problem}.");

    private static (string, Dim[])[]? Signature(JsonElement json) =>
        json.TryGetProperty("signature", out var signature) && signature.TryGetProperty("outputs", out var outputs)
            ? [.. outputs.EnumerateObject().OrderBy(output => output.Name, StringComparer.Ordinal).Select(output => (NameOf(output), Shape(output.Value)))]
            : null;

    private static string NameOf(JsonProperty output) =>
        (output.Value.TryGetProperty("name", out var name) ? name.GetString()! : output.Name).Split(':')[0];

    private static Dim[] Shape(JsonElement output) => output.TryGetProperty("tensorShape", out var shape) && shape.TryGetProperty("dim", out var dims)
        ? [.. dims.EnumerateArray().Select(dim => TfjsNode.Size(dim) is var size and >= 0 ? (Dim)size : Dim.Unknown)]
        : [];

    private void ReadWeights(JsonElement group)
    {
        var folder = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;
        using var bytes = new MemoryStream();
        foreach (var part in group.GetProperty("paths").EnumerateArray().Select(part => part.GetString()!))
        {
            var file = System.IO.Path.Combine(folder, part);
            if (System.IO.Path.GetFileName(part) != part) throw Fail($"its weights lie in '{part}', which is not beside it");
            if (!File.Exists(file)) throw new FileNotFoundException($"The weights '{file}' of the TensorFlow.js model '{Path}' do not exist.", file);
            bytes.Write(File.ReadAllBytes(file));
        }

        var rest = bytes.GetBuffer().AsSpan(0, (int)bytes.Length);
        foreach (var weight in group.GetProperty("weights").EnumerateArray())
        {
            var name = weight.GetProperty("name").GetString()!;
            long[] shape = [.. weight.GetProperty("shape").EnumerateArray().Select(side => side.GetInt64())];
            var count = checked((int)shape.Aggregate(1L, (product, side) => checked(product * side)));
            var isWhole = weight.GetProperty("dtype").GetString() is var type && type == "int32";
            if (!isWhole && type != "float32") throw Fail($"its weight '{name}' is of {type}; float32 and int32 are known");
            _weights[name] = isWhole
                ? new(shape, null, [.. MemoryMarshal.Cast<byte, int>(Take(ref rest, name, 4 * count)).ToArray().Select(value => (long)value)])
                : new(shape, Floats(ref rest, weight, name, count), null);
        }

        if (rest.Length > 0) throw Fail($"{rest.Length} bytes follow its weights");
    }

    private float[] Floats(ref Span<byte> rest, JsonElement weight, string name, int count)
    {
        if (!weight.TryGetProperty("quantization", out var stored)) return MemoryMarshal.Cast<byte, float>(Take(ref rest, name, 4 * count)).ToArray();
        var type = stored.GetProperty("dtype").GetString();
        if (type == "float16") return Array.ConvertAll(MemoryMarshal.Cast<byte, Half>(Take(ref rest, name, 2 * count)).ToArray(), value => (float)value);
        double scale = stored.GetProperty("scale").GetDouble(), least = stored.GetProperty("min").GetDouble();
        return type switch
        {
            "uint8" => Array.ConvertAll(Take(ref rest, name, count).ToArray(), value => (float)(value * scale + least)),
            "uint16" => Array.ConvertAll(MemoryMarshal.Cast<byte, ushort>(Take(ref rest, name, 2 * count)).ToArray(), value => (float)(value * scale + least)),
            _ => throw Fail($"its weight '{name}' is stored as {type}; float16, uint8 and uint16 are known"),
        };
    }

    private ReadOnlySpan<byte> Take(ref Span<byte> rest, string name, int length)
    {
        if (length > rest.Length) throw Fail($"its weight '{name}' needs {length} bytes, of which there are {rest.Length}");
        var taken = rest[..length];
        rest = rest[length..];
        return taken;
    }
}

/// <summary>A stored tensor: floats or whole numbers.</summary>
internal sealed record TfjsTensor(long[] Shape, float[]? Floats, long[]? Whole);
