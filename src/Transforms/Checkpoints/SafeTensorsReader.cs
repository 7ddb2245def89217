using System.Text.Json;

namespace MLNet.VisionLanguage.Checkpoints;

/// <summary>
/// Reads the header of a .safetensors file: u64 length, JSON object of name to dtype, shape and data_offsets, then the data
/// without holes. Every number is checked against the length of the file before anything depends on it.
/// </summary>
internal static class SafeTensorsReader
{
    /// <summary>The largest header the format allows.</summary>
    public const long MaxHeaderLength = 100_000_000;

    /// <summary>Whether a file begins as this format does: with a length that is plausible and the opening of a JSON object.</summary>
    public static bool IsHead(ReadOnlySpan<byte> head) =>
        head.Length > 8 && head[8] == (byte)'{' && BitConverter.ToUInt64(head) is >= 2 and <= MaxHeaderLength;

    public static CheckpointContent Read(MappedFile file)
    {
        if (file.Length < 8) throw Bad(file, $"expected an 8-byte header length; the file has {file.Length} bytes.");
        var headerLength = BitConverter.ToUInt64(file.ToArray(0, 8));
        if (headerLength > MaxHeaderLength || headerLength < 2)
            throw Bad(file, $"expected a safetensors header of 2 to {MaxHeaderLength} bytes; found a length of {headerLength}.");
        if ((long)headerLength > file.Length - 8)
            throw Bad(file, $"the header should have {headerLength} bytes; only {file.Length - 8} follow its length (is it truncated?).");
        var header = file.ToArray(8, (int)headerLength);
        if (header[0] != (byte)'{') throw Bad(file, "expected the safetensors header to begin with '{'.");

        var entries = new List<Entry>();
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        try
        {
            ReadHeader(file, header, entries, metadata);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Bad(file, $"the safetensors header is not valid JSON of the expected form: {e.Message}", e);
        }

        return new CheckpointContent("safetensors", Place(file, entries, 8 + (long)headerLength), metadata);
    }

    private static void ReadHeader(MappedFile file, byte[] header, List<Entry> entries, Dictionary<string, string> metadata)
    {
        var json = new Utf8JsonReader(header, new JsonReaderOptions { MaxDepth = 8 });
        var names = new HashSet<string>(StringComparer.Ordinal);
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.GetString()!;
            if (!names.Add(name)) throw Bad(file, $"the name '{name}' stands twice in the header.");
            json.Read();
            if (json.TokenType != JsonTokenType.StartObject)
                throw Bad(file, $"expected an object for '{name}' in the header; found {json.TokenType}.");
            if (name == "__metadata__")
                ReadMetadata(file, ref json, metadata);
            else
                entries.Add(ReadEntry(file, ref json, name));
        }

        // Only white space may pad the header: reading on raises JsonException for anything else.
        while (json.Read())
            continue;
    }

    private static void ReadMetadata(MappedFile file, ref Utf8JsonReader json, Dictionary<string, string> metadata)
    {
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var key = json.GetString()!;
            json.Read();
            if (json.TokenType != JsonTokenType.String)
                throw Bad(file, $"expected a string for '{key}' in __metadata__; found {json.TokenType}.");
            if (!metadata.TryAdd(key, json.GetString()!)) throw Bad(file, $"the key '{key}' stands twice in __metadata__.");
        }
    }

    private static Entry ReadEntry(MappedFile file, ref Utf8JsonReader json, string name)
    {
        string? dtype = null;
        long[]? shape = null;
        long[]? offsets = null;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var key = json.GetString();
            json.Read();
            var first = true;
            switch (key)
            {
                case "dtype":
                    first = dtype == null;
                    dtype = json.TokenType == JsonTokenType.String ? json.GetString() : throw Bad(file, $"the dtype of '{name}' is not a string.");
                    break;
                case "shape":
                    first = shape == null;
                    shape = ReadNumbers(file, ref json, name, key);
                    break;
                case "data_offsets":
                    first = offsets == null;
                    offsets = ReadNumbers(file, ref json, name, key);
                    break;
                default:
                    throw Bad(file, $"'{name}' has the unknown field '{key}' in the header.");
            }

            if (!first) throw Bad(file, $"the field '{key}' of '{name}' stands twice in the header.");
        }

        if (dtype == null || shape == null || offsets == null)
            throw Bad(file, $"'{name}' lacks one of dtype, shape and data_offsets in the header.");
        if (!TensorElements.TryParse(dtype, out var type))
            throw Bad(file, $"'{name}' has dtype '{dtype}'; expected one of {TensorElements.KnownNames}.");
        if (offsets.Length != 2 || offsets[0] > offsets[1])
            throw Bad(file, $"the data_offsets of '{name}' are {TensorElements.Describe(offsets)}; expected begin and end.");
        if (!TensorElements.TryCount(shape, out var count)
            || count > long.MaxValue / 8
            || count * TensorElements.SizeOf(type) != offsets[1] - offsets[0])
        {
            throw Bad(
                file,
                $"'{name}' of dtype {dtype} and shape {TensorElements.Describe(shape)} "
                + $"does not fill the {offsets[1] - offsets[0]} bytes between its data_offsets.");
        }

        return new Entry(name, type, shape, offsets[0], offsets[1]);
    }

    private static long[] ReadNumbers(MappedFile file, ref Utf8JsonReader json, string name, string field)
    {
        if (json.TokenType != JsonTokenType.StartArray)
            throw Bad(file, $"expected an array for {field} of '{name}'; found {json.TokenType}.");
        var numbers = new List<long>();
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
        {
            if (json.TokenType != JsonTokenType.Number || !json.TryGetInt64(out var number) || number < 0)
                throw Bad(file, $"expected non-negative whole numbers for {field} of '{name}'.");
            if (numbers.Count == TensorElements.MaxRank)
                throw Bad(file, $"{field} of '{name}' has more than {TensorElements.MaxRank} numbers.");
            numbers.Add(number);
        }

        return [.. numbers];
    }

    /// <summary>Checks that the tensors cover the data exactly: no overlap, no hole, nothing left over.</summary>
    private static List<CheckpointTensor> Place(MappedFile file, List<Entry> entries, long dataStart)
    {
        var dataLength = file.Length - dataStart;
        var end = 0L;
        foreach (var entry in entries.OrderBy(e => e.Begin).ThenBy(e => e.End))
        {
            if (entry.End > dataLength)
                throw Bad(file, $"'{entry.Name}' ends at byte {entry.End} of the data; the file has {dataLength} bytes of data (truncated?).");
            if (entry.Begin != end)
            {
                throw Bad(
                    file,
                    $"'{entry.Name}' begins at byte {entry.Begin} of the data, the tensor before it ends at {end}: "
                    + $"they {(entry.Begin < end ? "overlap" : "leave a hole")}.");
            }

            end = entry.End;
        }

        if (end != dataLength) throw Bad(file, $"the tensors cover {end} bytes; the file has {dataLength} bytes of data.");
        return entries.ConvertAll(e => new CheckpointTensor(e.Name, e.Type, e.Shape, file, dataStart + e.Begin));
    }

    private static CheckpointFormatException Bad(MappedFile file, string problem, Exception? inner = null) => new(file.Path, problem, inner);

    private sealed record Entry(string Name, TensorElementType Type, long[] Shape, long Begin, long End);
}
