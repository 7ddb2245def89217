using System.Text.Encodings.Web;
using System.Text.Json;
using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage.Tool.Sharding;

/// <summary>
/// Joins files of results, byte by byte as one process would have written them: lists of JSON (also in an object, under one name), lines of JSON,
/// and tables between commas, whose first line is told once where all have the same.
/// </summary>
internal static class ResultsMerging
{
    private static readonly JsonWriterOptions AsIs = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a file of several.</summary>
    /// <returns>How many rows it has.</returns>
    /// <exception cref="InvalidDataException">A file is of no such layout, or of another than the first.</exception>
    public static long Write(string output, IReadOnlyList<string> files)
    {
        var rows = 0L;
        var isTable = Path.GetExtension(output).Equals(".csv", StringComparison.OrdinalIgnoreCase);
        var isList = !isTable && IsList(files[0]);
        AtomicFile.Write(output, stream => rows = isList ? WriteList(stream, files) : WriteLines(stream, files, isTable));
        return rows;
    }

    /// <summary>A file that holds one value of JSON, other than lines of objects, which a list in an object could be one of.</summary>
    private static bool IsList(string file)
    {
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(file));
            return ListIn(json.RootElement) is not null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static long WriteList(Stream stream, IReadOnlyList<string> files)
    {
        var (rows, name) = (0L, (string?)null);
        using var writer = new Utf8JsonWriter(stream, AsIs);
        foreach (var (index, file) in files.Index())
        {
            using var json = Parse(file);
            var (own, list) = ListIn(json.RootElement) ?? throw new InvalidDataException($"{file}: a list of JSON is expected, as in {files[0]}.");
            if (index == 0)
            {
                name = own;
                if (name is not null) writer.WriteStartObject();
                if (name is null) writer.WriteStartArray();
                else writer.WriteStartArray(name);
            }

            if (own != name) throw new InvalidDataException($"{file}: the list is called '{own}', but '{name}' in {files[0]}.");
            foreach (var row in list.EnumerateArray())
            {
                writer.WriteRawValue(row.GetRawText(), skipInputValidation: true);
                rows++;
            }
        }

        writer.WriteEndArray();
        if (name is not null) writer.WriteEndObject();
        return rows;
    }

    private static JsonDocument Parse(string file)
    {
        try
        {
            return JsonDocument.Parse(File.ReadAllBytes(file));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{file}: it is no JSON: {e.Message}", e);
        }
    }

    /// <summary>The list that a value is or has as its only member.</summary>
    private static (string? Name, JsonElement List)? ListIn(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Array => (null, value),
        JsonValueKind.Object when value.EnumerateObject().ToList() is [{ Value.ValueKind: JsonValueKind.Array } only] => (only.Name, only.Value),
        _ => null,
    };

    private static long WriteLines(Stream stream, IReadOnlyList<string> files, bool isTable)
    {
        var starts = files.Select(file => File.ReadLines(file).FirstOrDefault()).ToList();
        var hasHead = isTable && files.Count > 1 && starts[0] is not null && starts.TrueForAll(line => line == starts[0]);
        using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        var rows = 0L;
        foreach (var (index, file) in files.Index())
        {
            foreach (var line in File.ReadLines(file).Skip(hasHead && index > 0 ? 1 : 0))
            {
                writer.WriteLine(line);
                rows++;
            }
        }

        return hasHead ? rows - 1 : rows;
    }
}
