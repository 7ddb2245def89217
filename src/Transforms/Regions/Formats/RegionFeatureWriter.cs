using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage;

/// <summary>Settings of a <see cref="RegionFeatureWriter"/>.</summary>
public sealed class RegionFeatureWriterOptions
{
    /// <summary>Whether features are stored in 16 bits, in .safetensors and .npz and .npy: half the size, three digits.</summary>
    public bool Float16 { get; set; }

    /// <summary>How many images a .safetensors shard has at most; what a process that is killed loses is less than one.</summary>
    public int ImagesPerShard { get; set; } = 256;
}

/// <summary>
/// Writes region features, image by image, in a format that the file's extension says, and goes on where an earlier writer of the same file was
/// interrupted. What was added stays when the writer is disposed; what a process that is killed loses, <see cref="Contains"/> of the next one tells.
/// </summary>
/// <remarks>
/// .safetensors: shards with an index beside them (NAME.safetensors.index.json), the default: read memory-mapped, resumed shard by shard. .tsv:
/// bottom-up attention's layout of ten columns, or of six where nothing is told of objects. .npz and .npy: a folder with files an image. .lmdb: a
/// folder with ViLBERT's records. .hdf5 or .h5: the bottom-up trainval layout with its NAME_imgid2idx.pkl. The last two are made of shards by
/// <see cref="Complete"/>.
/// </remarks>
public abstract class RegionFeatureWriter : IDisposable
{
    private protected RegionFeatureWriter(string path) => Path = path;

    /// <summary>The file or folder.</summary>
    public string Path { get; }

    /// <summary>The number of images written, by this writer and those before.</summary>
    public abstract int Count { get; }

    /// <summary>Opens a file for writing, and finds out what it has.</summary>
    /// <param name="path">The file; its extension is .safetensors, .tsv, .npz, .npy, .lmdb, .hdf5 or .h5.</param>
    /// <param name="options">Sizes; null for the defaults.</param>
    /// <returns>The writer, to be completed and disposed.</returns>
    /// <exception cref="ArgumentException">The extension is none of these.</exception>
    /// <exception cref="InvalidDataException">What is there is of another format, or damaged as a whole.</exception>
    public static RegionFeatureWriter Create(string path, RegionFeatureWriterOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        options ??= new();
        ArgumentOutOfRangeException.ThrowIfLessThan(options.ImagesPerShard, 1, nameof(options));
        path = System.IO.Path.GetFullPath(System.IO.Path.TrimEndingDirectorySeparator(path));
        return System.IO.Path.GetExtension(path).ToUpperInvariant() switch
        {
            ".SAFETENSORS" => new ShardedRegionWriter(path, options),
            ".TSV" => new TsvRegionWriter(path),
            ".NPZ" => new NumpyRegionWriter(path, isArchive: true, options),
            ".NPY" => new NumpyRegionWriter(path, isArchive: false, options),
            ".LMDB" => new StagedRegionWriter(path, LmdbRegionWriter.Write, options),
            ".HDF5" or ".H5" => new StagedRegionWriter(path, Hdf5RegionWriter.Write, options),
            _ => throw new ArgumentException(
                $"'{path}': region features are not written as '{System.IO.Path.GetExtension(path)}'; "
                + ".safetensors, .tsv, .npz, .npy, .lmdb, .hdf5 and .h5 are.",
                nameof(path)),
        };
    }

    /// <summary>Whether an image is there already.</summary>
    /// <param name="imageId">The image's name.</param>
    public abstract bool Contains(string imageId);

    /// <summary>Adds an image.</summary>
    /// <param name="regions">Its regions.</param>
    /// <exception cref="InvalidDataException">
    /// The image is there already, its values are no numbers, its boxes leave it, or it has another number of values a region than those before.
    /// </exception>
    public void Add(ImageRegions regions)
    {
        ArgumentNullException.ThrowIfNull(regions);
        var place = $"{Path}: image '{regions.ImageId}'";
        if (Contains(regions.ImageId)) throw new InvalidDataException($"{place}: it is there already.");
        Write(RegionValues.Checked(place, regions, featureSize: null, RegionValues.HalfTolerance));
    }

    /// <summary>Makes the file whole. Nothing can be added afterwards.</summary>
    public abstract void Complete();

    /// <summary>Keeps what was added; a file that is not complete can be gone on with.</summary>
    public abstract void Dispose();

    private protected abstract void Write(ImageRegions regions);

    private protected InvalidDataException OtherSize(ImageRegions regions, long expected) =>
        new($"{Path}: image '{regions.ImageId}': {regions.FeatureSize} values a region, but {expected} in those before.");
}
