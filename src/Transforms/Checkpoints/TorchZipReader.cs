using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Checkpoints;

/// <summary>Reads what torch.save writes since 1.6: a zip of PREFIX/data.pkl and one stored entry PREFIX/data/KEY a storage.</summary>
internal static class TorchZipReader
{
    private const string Pickle = "data.pkl";

    public static CheckpointContent Read(MappedFile file, string? stateDictionary)
    {
        var (root, find) = Open(file, file.Path);
        return TorchStateDict.Build("PyTorch zip", file, root, stateDictionary, find);
    }

    /// <summary>What the pickle built, and where its storages are.</summary>
    /// <param name="file">The file, or a part of another.</param>
    /// <param name="path">What messages call it.</param>
    public static (object? Root, Func<TorchStorageRef, TensorStorage?> Find) Open(TensorStorage file, string path)
    {
        var zip = new ZipDirectory(file, path);
        var prefix = FindPrefix(path, zip);
        CheckByteOrder(path, zip, prefix + "byteorder");
        var pickle = zip.Open(prefix + Pickle);
        if (pickle.Length > PickleMachine.MaxLength)
            throw new CheckpointFormatException(path, $"its {Pickle} has {pickle.Length} bytes; at most {PickleMachine.MaxLength} are read.");
        using var view = pickle.View(0, pickle.Length);
        return (new PickleMachine(path, view, pickle.Length).Load(), storage =>
        {
            var name = $"{prefix}data/{storage.Key}";
            return zip.Contains(name) ? zip.Open(name) : null;
        }
        );
    }

    private static string FindPrefix(string path, ZipDirectory zip)
    {
        var found = zip.Names
            .Where(n => n == Pickle || (n.EndsWith("/" + Pickle, StringComparison.Ordinal) && n.IndexOf('/') == n.Length - Pickle.Length - 1))
            .ToList();
        if (found.Count != 1)
        {
            throw new CheckpointFormatException(
                path,
                $"expected a PyTorch zip with one {Pickle}; found {found.Count} of them among its {zip.Names.Count()} entries"
                + $" ({string.Join(", ", zip.Names.Take(3).Select(PickleMachine.Shorten))}).");
        }

        return found[0][..^Pickle.Length];
    }

    private static void CheckByteOrder(string path, ZipDirectory zip, string name)
    {
        if (!zip.Contains(name)) return;
        var order = zip.LengthOf(name) <= 16 ? TextEncoding.ASCII.GetString(zip.Open(name).ToArray(0, (int)zip.LengthOf(name))) : "?";
        if (order.Trim() != "little")
            throw new CheckpointFormatException(path, $"its byte order is '{order.Trim()}'; only little-endian files are read.");
    }
}
