using System.Globalization;
using System.Text.Json;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage.Tasks.Retrieval;

/// <summary>Files of embeddings.</summary>
internal static class EmbeddingFile
{
    private const string TensorName = "embeddings";
    private const string IdsName = "ids";

    public static void Write(string path, string[] ids, float[] values, int dimensions) => SafeTensors.Write(
        path,
        [new NamedTensor(TensorName, [ids.Length, dimensions], values)],
        new Dictionary<string, string>(StringComparer.Ordinal) { [IdsName] = JsonSerializer.Serialize(ids) });

    /// <exception cref="FileNotFoundException">A file is not there.</exception>
    /// <exception cref="InvalidDataException">It holds no embeddings, or not as many names.</exception>
    public static (IReadOnlyList<string> Ids, float[] Values, int Dimensions) Read(string path, string? idsPath)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"The file of embeddings '{path}' does not exist.", path);
        if (idsPath is not null && !File.Exists(idsPath)) throw new FileNotFoundException($"The file of names '{idsPath}' does not exist.", idsPath);
        var (values, shape, own) = IsNumpy(path) ? ReadNumpy(path) : ReadTensor(path);
        if (shape is not [var rows and > 0, var dimensions and > 0])
            throw new InvalidDataException($"{path}: N × D numbers are expected, found {TensorElements.Describe(shape)}.");
        var ids = idsPath is null ? own : [.. TextFile.ReadLines(idsPath)];
        ids ??= [.. Enumerable.Range(0, (int)rows).Select(row => row.ToString(CultureInfo.InvariantCulture))];
        return ids.Length == rows
            ? (ids, values, (int)dimensions)
            : throw new InvalidDataException($"{idsPath ?? path}: {ids.Length} names for {rows} embeddings.");
    }

    private static bool IsNumpy(string path)
    {
        using var stream = File.OpenRead(path);
        var head = new byte[8];
        return NpyFile.IsHead(head.AsSpan(0, stream.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)));
    }

    private static (float[] Values, IReadOnlyList<long> Shape, string[]? Ids) ReadNumpy(string path)
    {
        var file = NpyFile.Read(path);
        return (new NumpyArray(file.Type, [.. file.Shape], file.Numbers).ToSingles(), [.. file.Shape.Select(size => (long)size)], null);
    }

    private static (float[] Values, IReadOnlyList<long> Shape, string[]? Ids) ReadTensor(string path)
    {
        using var file = Checkpoint.Open(path);
        if (!file.TryGet(TensorName, out var tensor))
        {
            if (file.Names.Count != 1)
            {
                throw new InvalidDataException(
                    $"{path}: a tensor '{TensorName}', or a single one, is expected; found {string.Join(", ", file.Names.Take(10))}.");
            }

            tensor = file[file.Names[0]];
        }

        return (tensor.ToSingles(), tensor.Shape, file.Metadata.TryGetValue(IdsName, out var ids) ? Names(path, ids) : null);
    }

    private static string[]? Names(string path, string json)
    {
        try
        {
            return JsonSerializer.Deserialize<string[]>(json);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: its names are no JSON list of texts: {e.Message}", e);
        }
    }
}
