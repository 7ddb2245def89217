using System.Text.Json;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage.Checkpoints;

/// <summary>
/// The index of a checkpoint in several files (model.safetensors.index.json, pytorch_model.bin.index.json): in which file beside it each
/// tensor is.
/// </summary>
/// <param name="Files">The file of each tensor, by name, in the order of the index.</param>
/// <param name="Metadata">The notes of the index, such as total_size.</param>
internal sealed record ShardIndex(IReadOnlyDictionary<string, string> Files, IReadOnlyDictionary<string, string> Metadata)
{
    /// <summary>Some thousand tensors take some hundred kilobytes.</summary>
    private const long MaxLength = 64L << 20;

    private const int MostKeys = 8;

    public static ShardIndex Read(MappedFile file)
    {
        if (file.Length > MaxLength)
            throw new CheckpointFormatException(file.Path, $"it begins as a JSON text, of {file.Length} bytes; at most {MaxLength}.");
        var bytes = file.ToArray(0, (int)file.Length);
        ReadOnlyMemory<byte> json = bytes.AsMemory(TextBytes.MarkLength(bytes));
        try
        {
            using var document = JsonDocument.Parse(json, new JsonDocumentOptions { MaxDepth = 32 });
            return Read(file.Path, document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new CheckpointFormatException(
                file.Path, $"it begins as a JSON text, such as the index of several files, but is none (is it truncated?): {e.Message}", e);
        }
    }

    private static ShardIndex Read(string path, JsonElement root)
    {
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("weight_map", out var map)
            || map.ValueKind != JsonValueKind.Object)
        {
            var keys = root.ValueKind == JsonValueKind.Object
                ? string.Join(", ", root.EnumerateObject().Take(MostKeys).Select(member => $"'{PickleMachine.Shorten(member.Name)}'"))
                : "";
            throw new CheckpointFormatException(
                path,
                $"it is a JSON text{(keys.Length > 0 ? $" with {keys}" : "")}, no checkpoint and, without a weight_map, no index of one.");
        }

        var files = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var member in map.EnumerateObject())
        {
            if (member.Value.ValueKind != JsonValueKind.String || member.Value.GetString() is not { } name || !IsPlainName(name))
            {
                throw new CheckpointFormatException(
                    path, $"its weight_map puts '{PickleMachine.Shorten(member.Name)}' into something else than a file beside it.");
            }

            if (!files.TryAdd(member.Name, name))
                throw new CheckpointFormatException(path, $"its weight_map has '{PickleMachine.Shorten(member.Name)}' twice.");
        }

        if (files.Count == 0) throw new CheckpointFormatException(path, "its weight_map names no tensor.");
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        if (root.TryGetProperty("metadata", out var notes) && notes.ValueKind == JsonValueKind.Object)
        {
            foreach (var note in notes.EnumerateObject())
                metadata[note.Name] = note.Value.ToString();
        }

        return new ShardIndex(files, metadata);
    }

    /// <summary>An index is not to lead anywhere else.</summary>
    private static bool IsPlainName(string name) => name is not ("" or "." or "..") && name.IndexOfAny(['/', '\\', ':', '\0']) < 0;
}
