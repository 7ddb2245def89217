using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage.Regions;

/// <summary>Tells the formats of region features apart by what is in a file.</summary>
internal static class RegionFeatureFormats
{
    public const string LmdbName = "data.mdb";

    private const string CoordinatesName = "coordinates.mdb";

    private static readonly byte[] Hdf5Start = [0x89, .. "HDF\r\n"u8, 0x1A, (byte)'\n'];

    /// <summary>What a path stands for: itself, or the index of the shards that bear its name; null when there is neither.</summary>
    public static string? Find(string path)
    {
        if (Path.Exists(path)) return path;
        var index = path + RegionShards.IndexExtension;
        return File.Exists(index) ? index : null;
    }

    /// <summary>Opens what is there, see <see cref="RegionFeatureReader.Open"/>.</summary>
    public static RegionFeatureReader Open(string path, int? featureSize, int? maxImages)
    {
        path = Find(path) ?? throw new FileNotFoundException($"The region feature file '{path}' does not exist.", path);
        if (Directory.Exists(path)) return OpenFolder(path, featureSize, maxImages);
        var head = Head(path);
        if (LmdbFile.IsHead(head)) return OpenLmdb(path, path, featureSize, maxImages);
        if (head.StartsWith(Hdf5Start)) return Hdf5RegionReader.Open(path, featureSize, maxImages);
        if (NpyFile.IsHead(head)) return NumpyRegionReader.OfFile(path, NumpyRegionReader.Array, featureSize);
        if (head.StartsWith("PK\x03\x04"u8)) return NumpyRegionReader.OfFile(path, NumpyRegionReader.Archive, featureSize);
        return SafeTensorsReader.IsHead(head) || head.TrimStart(" \t\r\n"u8) is [(byte)'{', ..]
            ? ShardedRegionReader.Open(path, featureSize, maxImages)
            : BottomUpTsvReader.Open(path, featureSize, maxImages);
    }

    /// <summary>Whether a file or folder is one of region features, by its first bytes or names; a .tsv is left to whoever asks.</summary>
    public static bool IsKnown(string path)
    {
        if (Find(path) is not { } found) return false;
        if (Directory.Exists(found))
        {
            return File.Exists(Path.Combine(found, LmdbName)) || File.Exists(Path.Combine(found, CoordinatesName))
                || Directory.EnumerateFiles(found, "*" + NumpyRegionReader.Archive).Any()
                || Directory.EnumerateFiles(found, "*" + NumpyRegionReader.BoxesSuffix + NumpyRegionReader.Array).Any();
        }

        var head = Head(found);
        return LmdbFile.IsHead(head) || head.StartsWith(Hdf5Start) || NpyFile.IsHead(head) || IsShards(found, head) || IsArchive(found, head);
    }

    private static bool IsShards(string path, ReadOnlySpan<byte> head)
    {
        if (!SafeTensorsReader.IsHead(head) && !path.EndsWith(RegionShards.IndexExtension, StringComparison.OrdinalIgnoreCase)) return false;
        try
        {
            using var tensors = Checkpoint.Open(path);
            return tensors.Names.Any(name => name.EndsWith("." + RegionShards.ImageIds, StringComparison.Ordinal));
        }
        catch (CheckpointFormatException)
        {
            // Whoever opens it as a checkpoint says what is wrong.
            return false;
        }
    }

    /// <summary>A zip file of arrays alone.</summary>
    private static bool IsArchive(string path, ReadOnlySpan<byte> head)
    {
        if (!head.StartsWith("PK\x03\x04"u8)) return false;
        try
        {
            using var file = new MappedFile(path);
            return new ZipDirectory(file, path).Names.All(name => name.EndsWith(NumpyRegionReader.Array, StringComparison.Ordinal));
        }
        catch (CheckpointFormatException)
        {
            return false;
        }
    }

    private static RegionFeatureReader OpenFolder(string path, int? featureSize, int? maxImages)
    {
        var lmdb = Path.Combine(path, LmdbName);
        if (File.Exists(lmdb)) return OpenLmdb(lmdb, path, featureSize, maxImages);
        if (File.Exists(Path.Combine(path, CoordinatesName))) return TensorLmdbReader.Open(path, featureSize, maxImages);
        return NumpyRegionReader.OfFolder(path, featureSize, maxImages)
            ?? throw new InvalidDataException($"{path}: the folder has no region features: {LmdbName}, coordinates.mdb, or files .npz or .npy are expected.");
    }

    private static RegionFeatureReader OpenLmdb(string file, string path, int? featureSize, int? maxImages)
    {
        var lmdb = LmdbFile.Open(file);
        var isTensors = false;
        try
        {
            if (lmdb.Keys.Count == 0) throw new InvalidDataException($"{path}: the LMDB file has no entries.");
            var value = lmdb.Value(lmdb.Keys[0]);
            ReadOnlySpan<byte> head = value.ToArray(0, (int)Math.Min(value.Length, 64));
            isTensors = head.StartsWith("PK\x03\x04"u8) || TorchLegacyReader.IsHead(head);
            if (!isTensors) return new LmdbRegionReader(path, lmdb, featureSize, maxImages);
        }
        catch
        {
            lmdb.Dispose();
            throw;
        }

        lmdb.Dispose();
        return TensorLmdbReader.Open(path, featureSize, maxImages);
    }

    private static ReadOnlySpan<byte> Head(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        var head = new byte[ForeignFile.HeadLength];
        return head.AsSpan(0, file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false));
    }
}
