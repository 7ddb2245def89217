using System.Diagnostics.CodeAnalysis;
using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage;

/// <summary>
/// An open checkpoint file, safe to open whoever made it: nothing in it is executed, and no number in it is believed before it
/// is checked against the length of the file. The file is mapped; tensors are read when asked for.
/// </summary>
/// <remarks>
/// Formats, told apart by content: .safetensors; PyTorch zip (torch.save since 1.6); PyTorch legacy (torch.save before).
/// A PyTorch file may hold the state dict itself or a dictionary with it under state_dict, model_state_dict or model;
/// names are those of the state dict. Tensors may be read from several threads; disposing while reading is not allowed.
/// </remarks>
public sealed class Checkpoint : IDisposable
{
    private readonly MappedFile _file;
    private readonly Dictionary<string, CheckpointTensor> _tensors;

    private Checkpoint(MappedFile file, CheckpointContent content)
    {
        _file = file;
        Format = content.Format;
        Metadata = content.Metadata;
        Others = content.Others;
        Names = content.Tensors.ConvertAll(t => t.Name).AsReadOnly();
        _tensors = content.Tensors.ToDictionary(t => t.Name, StringComparer.Ordinal);
    }

    /// <summary>The file.</summary>
    public string Path => _file.Path;

    /// <summary>The format found: "safetensors", "PyTorch zip" or "PyTorch legacy".</summary>
    public string Format { get; }

    /// <summary>The names of the tensors, in the order of the file.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The key-value notes of a .safetensors file; empty for other formats.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>What a PyTorch file holds besides the tensors (epoch, optimiser state, ...): name and a short description.</summary>
    public IReadOnlyDictionary<string, string> Others { get; }

    /// <summary>The tensor of that name.</summary>
    /// <param name="name">A name in <see cref="Names"/>.</param>
    /// <exception cref="KeyNotFoundException">The checkpoint has no such tensor.</exception>
    public CheckpointTensor this[string name] =>
        TryGet(name, out var tensor) ? tensor : throw new KeyNotFoundException($"Checkpoint '{Path}' has no tensor '{name}'.");

    /// <summary>Opens a checkpoint file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The checkpoint, to be disposed.</returns>
    /// <exception cref="CheckpointFormatException">The file is corrupt, truncated, hostile or of another format.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    public static Checkpoint Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = new MappedFile(path);
        try
        {
            return new Checkpoint(file, Read(file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Looks a tensor up.</summary>
    /// <param name="name">Its name in the file.</param>
    /// <param name="tensor">The tensor, if found.</param>
    /// <returns>Whether the checkpoint has such a tensor.</returns>
    public bool TryGet(string name, [NotNullWhen(true)] out CheckpointTensor? tensor) => _tensors.TryGetValue(name, out tensor);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private static CheckpointContent Read(MappedFile file)
    {
        var start = file.ToArray(0, (int)Math.Min(file.Length, 9));
        if (start.Length == 9 && start[8] == (byte)'{') return SafeTensorsReader.Read(file);
        if (start.AsSpan().StartsWith("PK\x03\x04"u8)) return TorchZipReader.Read(file);
        if (start[0] == 0x80) return TorchLegacyReader.Read(file);
        throw new CheckpointFormatException(
            file.Path,
            $"expected .safetensors, a PyTorch zip or a PyTorch legacy file; "
            + $"it has {file.Length} bytes and begins with {Convert.ToHexString(start)}.");
    }
}
