using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage;

/// <summary>
/// Reads region features of a file or folder in any of the formats known here, by image: opening notes where each image lies, an image is
/// decoded when it is asked for, and a damaged one harms only itself. Nothing of a file is run. Safe for use by several threads.
/// </summary>
/// <remarks>
/// Told apart by content: bottom-up-attention .tsv (see <see cref="BottomUpTsvReader"/>); .safetensors shards with an index, as
/// <see cref="RegionFeatureWriter"/> writes them; a folder of NumPy's .npz or .npy files, a name an image; LMDB, a file or its folder, with
/// ViLBERT's and VOLTA's pickled records or AllenNLP's tensors; HDF5 in the bottom-up trainval layout.
/// </remarks>
public abstract class RegionFeatureReader : IDisposable
{
    /// <summary>So many images tell how many values the regions of a file have.</summary>
    private const int Sampled = 16;

    private readonly Lazy<int?> _featureSize;

    private protected RegionFeatureReader(string path, int? featureSize)
    {
        Path = path;
        _featureSize = featureSize is null ? new(UsualFeatureSize) : new(featureSize);
    }

    /// <summary>The file or folder.</summary>
    public string Path { get; }

    /// <summary>The format found: "bottom-up-attention .tsv", "LMDB", ...</summary>
    public abstract string Format { get; }

    /// <summary>The images in the order of the file, each once.</summary>
    public abstract IReadOnlyList<string> ImageIds { get; }

    /// <summary>What names no image, such as a line that was broken off at once, each with its place and what is wrong.</summary>
    public virtual IReadOnlyList<string> Problems => [];

    /// <summary>
    /// The number of values of each region: what opening was told, or what most of the first images have; null when none of them
    /// can be read.
    /// </summary>
    public int? FeatureSize => _featureSize.Value;

    /// <summary>Opens a file or folder and notes where its images lie.</summary>
    /// <param name="path">The file, the folder, or the index of shards.</param>
    /// <param name="featureSize">The number of values every region must have; null to go by the first images.</param>
    /// <param name="maxImages">How many images are read, from the first; null for all.</param>
    /// <returns>The reader, to be disposed.</returns>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    /// <exception cref="InvalidDataException">It is in none of the formats, or damaged as a whole.</exception>
    public static RegionFeatureReader Open(string path, int? featureSize = null, int? maxImages = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (featureSize is { } size) ArgumentOutOfRangeException.ThrowIfLessThan(size, 1, nameof(featureSize));
        if (maxImages is { } most) ArgumentOutOfRangeException.ThrowIfLessThan(most, 1, nameof(maxImages));
        return RegionFeatureFormats.Open(path, featureSize, maxImages);
    }

    /// <summary>Whether the file has this image.</summary>
    /// <param name="imageId">The image's name in the file.</param>
    public abstract bool Contains(string imageId);

    /// <summary>Decodes the regions of an image.</summary>
    /// <param name="imageId">The image's name in the file.</param>
    /// <exception cref="KeyNotFoundException">The file has no such image.</exception>
    /// <exception cref="InvalidDataException">
    /// What it holds is damaged: the message names file, place and column (arrays of a wrong length, values that are not finite,
    /// boxes outside the image, counts that do not agree, another number of values than <see cref="FeatureSize"/>); or the image is there
    /// several times, and not alike.
    /// </exception>
    public ImageRegions Read(string imageId) => RegionVariants.Choose(imageId, Variants(imageId, FeatureSize));

    /// <summary>Decodes all images in the order of the file.</summary>
    /// <exception cref="InvalidDataException">An image is damaged, see <see cref="Read"/>.</exception>
    public IEnumerable<ImageRegions> ReadAll() => ImageIds.Select(Read);

    /// <summary>Closes the file.</summary>
    public abstract void Dispose();

    /// <summary>All that the file has of an image, each to be decoded.</summary>
    /// <exception cref="KeyNotFoundException">The file has no such image.</exception>
    internal abstract IEnumerable<RegionVariant> Variants(string imageId, int? featureSize);

    private protected KeyNotFoundException Unknown(string imageId) => new($"{Path}: there is no image '{imageId}' among its {ImageIds.Count}.");

    private int? UsualFeatureSize()
    {
        var sizes = new List<int>();
        foreach (var imageId in ImageIds)
        {
            try
            {
                sizes.Add(RegionVariants.Choose(imageId, Variants(imageId, featureSize: null)).FeatureSize);
            }
            catch (InvalidDataException)
            {
                // Whoever asks for this image hears of it.
            }

            if (sizes.Count == Sampled) break;
        }

        return sizes.Count == 0 ? null : sizes.CountBy(size => size).MaxBy(count => count.Value).Key;
    }
}
