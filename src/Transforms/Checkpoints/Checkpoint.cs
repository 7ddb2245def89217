using System.Diagnostics.CodeAnalysis;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage;

/// <summary>
/// An open checkpoint file, safe to open whoever made it: nothing in it is executed, and no number in it is believed before it
/// is checked against the length of the file. The file is mapped; tensors are read when asked for.
/// </summary>
/// <remarks>
/// Formats, told apart by content: .safetensors; PyTorch zip (torch.save since 1.6); PyTorch legacy (torch.save before); the index of a
/// checkpoint in several such files (model.safetensors.index.json, pytorch_model.bin.index.json), which is read as one. A PyTorch file
/// may hold the state dict itself or a dictionary with it under a usual key (state_dict, model_state_dict, model, net, module, ema, ...);
/// names are those of the state dict. Python objects in a PyTorch file become placeholders; a tensor made of one is refused.
/// Tensors may be read from several threads; disposing while reading is not allowed.
/// </remarks>
public sealed class Checkpoint : IDisposable
{
    private readonly List<MappedFile> _files;
    private readonly Dictionary<string, CheckpointTensor> _tensors;

    private Checkpoint(string path, List<MappedFile> files, CheckpointContent content)
    {
        Path = path;
        _files = files;
        Format = content.Format;
        Metadata = content.Metadata;
        Others = content.Others;
        Names = content.Tensors.ConvertAll(t => t.Name).AsReadOnly();
        _tensors = content.Tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
    }

    /// <summary>The file; of a checkpoint in several files, the index.</summary>
    public string Path { get; }

    /// <summary>The format found: "safetensors", "PyTorch zip" or "PyTorch legacy", and how many files where they are several.</summary>
    public string Format { get; }

    /// <summary>The names of the tensors, in the order of the file.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The key-value notes of a .safetensors file or of an index; empty for other formats.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>What a PyTorch file holds besides the tensors (epoch, optimiser state, ...): name and a short description.</summary>
    public IReadOnlyDictionary<string, string> Others { get; }

    /// <summary>The tensor of that name.</summary>
    /// <param name="name">A name in <see cref="Names"/>.</param>
    /// <exception cref="KeyNotFoundException">The checkpoint has no such tensor.</exception>
    public CheckpointTensor this[string name] =>
        TryGet(name, out var tensor) ? tensor : throw new KeyNotFoundException($"Checkpoint '{Path}' has no tensor '{name}'.");

    /// <summary>Opens a checkpoint file.</summary>
    /// <param name="path">
    /// The file, or the index of several; or a folder as the transformers library writes it, with model.safetensors, pytorch_model.bin or the
    /// index of one of these.
    /// </param>
    /// <param name="stateDictionary">
    /// The key of a PyTorch file under which the weights are, or several separated by '/'; null to look under the usual ones.
    /// </param>
    /// <returns>The checkpoint, to be disposed.</returns>
    /// <exception cref="CheckpointFormatException">
    /// The file is corrupt, truncated, hostile or of another format; or it holds several dictionaries of weights and none is chosen.
    /// </exception>
    /// <exception cref="FileNotFoundException">There is no such file, or none in the folder.</exception>
    public static Checkpoint Open(string path, string? stateDictionary = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        path = ModelFolder.WeightsOf(path);
        var files = new List<MappedFile>();
        try
        {
            return new Checkpoint(path, files, Read(path, stateDictionary, files));
        }
        catch
        {
            files.ForEach(file => file.Dispose());
            throw;
        }
    }

    /// <summary>Looks a tensor up.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="tensor">The tensor, if found.</param>
    /// <returns>Whether the checkpoint has such a tensor.</returns>
    public bool TryGet(string name, [NotNullWhen(true)] out CheckpointTensor? tensor) => _tensors.TryGetValue(name, out tensor);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _files.ForEach(file => file.Dispose());

    private static CheckpointContent Read(string path, string? stateDictionary, List<MappedFile> files)
    {
        var file = Map(path, files);
        var head = file.ToArray(0, (int)Math.Min(file.Length, ForeignFile.HeadLength));
        return IsJson(head) ? ReadShards(ShardIndex.Read(file), path, stateDictionary, files) : ReadOne(file, head, stateDictionary);
    }

    private static CheckpointContent ReadOne(MappedFile file, ReadOnlySpan<byte> head, string? stateDictionary)
    {
        if (SafeTensorsReader.IsHead(head)) return SafeTensorsReader.Read(file);
        if (head.StartsWith("PK\x03\x04"u8)) return TorchZipReader.Read(file, stateDictionary);
        if (head[0] == 0x80) return TorchLegacyReader.Read(file, stateDictionary);
        if (ForeignFile.Describe(head) is { } what) throw new CheckpointFormatException(file.Path, $"it is {what}.");
        if (head.Length > 8 && head[8] == (byte)'{') return SafeTensorsReader.Read(file);
        throw new CheckpointFormatException(
            file.Path,
            $"expected .safetensors, a PyTorch zip or a PyTorch legacy file; "
            + $"it has {file.Length} bytes and begins with {Convert.ToHexString(head[..Math.Min(head.Length, 9)])}.");
    }

    /// <summary>Brings the tensors of all files of an index together.</summary>
    private static CheckpointContent ReadShards(ShardIndex index, string path, string? stateDictionary, List<MappedFile> files)
    {
        var folder = System.IO.Path.GetDirectoryName(path) ?? "";
        var names = index.Files.Values.Distinct(StringComparer.Ordinal).ToList();
        var missing = names.Where(name => !File.Exists(System.IO.Path.Combine(folder, name))).ToList();
        if (missing.Count > 0)
        {
            throw new CheckpointFormatException(
                path, $"it is the index of a checkpoint in {names.Count} files, of which {missing.Count} are not beside it: '{missing[0]}'"
                + (missing.Count > 1 ? ", ..." : "."));
        }

        var found = new Dictionary<string, CheckpointTensor>(StringComparer.Ordinal);
        var formats = new SortedSet<string>(StringComparer.Ordinal);
        var others = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            var file = Map(System.IO.Path.Combine(folder, name), files);
            var head = file.ToArray(0, (int)Math.Min(file.Length, ForeignFile.HeadLength));
            if (IsJson(head))
                throw new CheckpointFormatException(path, $"its weight_map names '{name}', which is a JSON text, no part of a checkpoint.");
            var content = ReadOne(file, head, stateDictionary);
            formats.Add(content.Format);
            foreach (var (key, value) in content.Others)
                others.TryAdd(key, value);
            foreach (var tensor in content.Tensors.Where(tensor => index.Files.GetValueOrDefault(tensor.Name) == name))
                found.Add(tensor.Name, tensor);
        }

        if (index.Files.FirstOrDefault(entry => !found.ContainsKey(entry.Key)) is { Key: { } lost } entry)
            throw new CheckpointFormatException(path, $"its weight_map says that '{lost}' is in '{entry.Value}', which does not have it.");
        var format = $"{string.Join(" and ", formats)}, {names.Count} files";
        return new CheckpointContent(format, [.. index.Files.Keys.Select(name => found[name])], index.Metadata) { Others = others };
    }

    private static MappedFile Map(string path, List<MappedFile> files)
    {
        var file = new MappedFile(path);
        files.Add(file);
        return file;
    }

    private static bool IsJson(ReadOnlySpan<byte> head)
    {
        var text = head[TextBytes.MarkLength(head)..];
        return text.TrimStart(" \t\r\n"u8) is [(byte)'{', ..] or [(byte)'[', ..] && !SafeTensorsReader.IsHead(head);
    }
}
