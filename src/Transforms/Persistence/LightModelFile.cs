using System.Buffers.Binary;
using System.IO.Compression;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Persistence;

/// <summary>
/// A model zip without its weight: each ONNX model of this library lies in a folder of its own, and a copy of the zip holds a skeleton in
/// its place. ML.NET reads an ONNX model into memory several times over while it loads a zip; the copy costs it nothing.
/// </summary>
internal sealed class LightModelFile : IDisposable
{
    private const string ModelFolder = "TransformerChain/";
    private const string OnnxEntry = "OnnxModel";
    private const int LengthBytes = sizeof(int);

    private readonly Dictionary<string, OnnxModelFolder> _models = new(StringComparer.Ordinal);
    private bool _copied;

    private LightModelFile()
    {
    }

    /// <summary>The zip that ML.NET is to read: the copy, or the file itself when it holds no model of ours.</summary>
    public Stream Content { get; private set; } = Stream.Null;

    /// <summary>Opens a zip.</summary>
    /// <param name="source">The zip; must be seekable and stay open as long as the result.</param>
    /// <exception cref="InvalidDataException">It is no zip, or no saved model.</exception>
    public static LightModelFile Open(Stream source)
    {
        var light = new LightModelFile();
        try
        {
            using var zip = OpenZip(source);
            if (!zip.Entries.Any(entry => Path(entry).StartsWith(ModelFolder, StringComparison.Ordinal)))
                throw new InvalidDataException($"it is a zip but no saved ML.NET model: it has no folder '{ModelFolder}'.");
            foreach (var entry in zip.Entries)
            {
                if (entry.Name == OnnxEntry && IsOurs(entry)) light._models[Folder(entry)] = Extract(entry);
            }

            source.Position = 0;
            light.Content = light._models.Count == 0 ? source : light.Copy(zip);
            return light;
        }
        catch
        {
            light.Dispose();
            throw;
        }
    }

    /// <summary>Hands over the model that lies in a folder of the zip; null when there is none of ours, or it has been taken.</summary>
    public OnnxModelFolder? Take(string folder) => _models.Remove(folder, out var model) ? model : null;

    /// <summary>Folders whose models nobody took.</summary>
    public IReadOnlyCollection<string> Untaken => _models.Keys;

    /// <summary>Removes the copy and the models that nobody took.</summary>
    public void Dispose()
    {
        foreach (var model in _models.Values) model.Dispose();
        if (_copied) Content.Dispose();
    }

    private static ZipArchive OpenZip(Stream source)
    {
        try
        {
            return new(source, ZipArchiveMode.Read, leaveOpen: true);
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"it is no zip, or a damaged or truncated one: {e.Message}", e);
        }
    }

    private static string Path(ZipArchiveEntry entry) => entry.FullName.Replace('\\', '/');

    private static string Folder(ZipArchiveEntry entry) => Path(entry)[..^(OnnxEntry.Length + 1)];

    private static bool IsOurs(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        return ReadLength(stream, entry) > 0 && OnnxMarker.IsAtHeadOf(stream);
    }

    private static OnnxModelFolder Extract(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        var length = ReadLength(stream, entry);
        return OnnxModelFolder.Create(file =>
        {
            stream.CopyTo(file, 1 << 20);
            if (file.Length != length) throw new InvalidDataException($"its ONNX model has {file.Length} bytes; {length} are expected.");
        });
    }

    /// <summary>ML.NET puts the length of the model before it.</summary>
    private static int ReadLength(Stream stream, ZipArchiveEntry entry)
    {
        Span<byte> bytes = stackalloc byte[LengthBytes];
        if (stream.ReadAtLeast(bytes, LengthBytes, throwOnEndOfStream: false) < LengthBytes)
            throw new InvalidDataException($"its entry '{entry.FullName}' is cut short.");
        var length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        return length == entry.Length - LengthBytes
            ? length
            : throw new InvalidDataException($"its entry '{entry.FullName}' names a length of {length} bytes but has {entry.Length - LengthBytes}.");
    }

    private FileStream Copy(ZipArchive zip)
    {
        var path = TemporaryFiles.NewPath("copy");
        var copy = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        try
        {
            using (var target = new ZipArchive(copy, ZipArchiveMode.Create, leaveOpen: true))
            {
                foreach (var entry in zip.Entries) CopyEntry(entry, target);
            }

            copy.Position = 0;
            _copied = true;
            return copy;
        }
        catch
        {
            copy.Dispose();
            throw;
        }
    }

    private void CopyEntry(ZipArchiveEntry entry, ZipArchive target)
    {
        using var to = target.CreateEntry(entry.FullName, CompressionLevel.NoCompression).Open();
        if (entry.Name == OnnxEntry && _models.TryGetValue(Folder(entry), out var model))
        {
            var skeleton = OnnxSkeleton.Create(OnnxSignature.Read(model.ModelPath));
            Span<byte> length = stackalloc byte[LengthBytes];
            BinaryPrimitives.WriteInt32LittleEndian(length, skeleton.Length);
            to.Write(length);
            to.Write(skeleton);
            return;
        }

        using var from = entry.Open();
        from.CopyTo(to);
    }
}
