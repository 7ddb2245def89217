using System.IO.Compression;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage.Tool.Inspection;

/// <summary>Tells the files that the tool knows apart by what is in them, not by their names.</summary>
internal static class FileKind
{
    /// <summary>A line of region features begins with the image's id and a tab.</summary>
    private const int LongestId = 4096;

    public static FileReport Inspect(string path, string? stateDictionary, CancellationToken cancellation)
    {
        if (RegionFeatureFormats.IsKnown(path)) return FeatureFileReport.Create(path, cancellation);
        if (Directory.Exists(path)) return CheckpointReport.Create(path, stateDictionary);
        if (!File.Exists(path)) throw new FileNotFoundException($"The file '{path}' does not exist.", path);
        var head = Head(path);
        if (head.AsSpan().StartsWith("PK"u8))
            return IsModel(path) ? ModelReport.Create(path) : CheckpointReport.Create(path, stateDictionary);
        if (IsFeatureFile(head) || IsFeatureFile(Unpacked(path))) return FeatureFileReport.Create(path, cancellation);
        return CheckpointReport.Create(path, stateDictionary);
    }

    /// <summary>Whether a file is a saved model, and not a checkpoint, which may be a zip as well.</summary>
    public static bool IsModelFile(string path) => Head(path).AsSpan().StartsWith("PK"u8) && IsModel(path);

    private static byte[] Head(string path)
    {
        using var file = File.OpenRead(path);
        var head = new byte[LongestId];
        return head[..file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false)];
    }

    /// <summary>The same of what gzip packed; nothing when its data is damaged, which its reader will tell.</summary>
    private static ReadOnlySpan<byte> Unpacked(string path)
    {
        try
        {
            using var file = DataFile.Open(path);
            var head = new byte[LongestId];
            return head.AsSpan(0, file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false));
        }
        catch (InvalidDataException)
        {
            return [];
        }
    }

    /// <summary>PyTorch's zips hold a pickle; whatever else is a zip is taken for a model, which says so if it is none.</summary>
    private static bool IsModel(string path)
    {
        try
        {
            using var zip = ZipFile.OpenRead(path);
            return !zip.Entries.Any(entry => entry.Name == "data.pkl");
        }
        catch (InvalidDataException e)
        {
            throw new InvalidDataException($"'{path}' is a damaged or truncated zip: {e.Message}", e);
        }
    }

    private static bool IsFeatureFile(ReadOnlySpan<byte> head)
    {
        var tab = head.IndexOf((byte)'\t');
        return tab > 0 && !head[..tab].ContainsAnyInRange((byte)0, (byte)31);
    }
}
