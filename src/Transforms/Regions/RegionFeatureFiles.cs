using System.Collections.Concurrent;

namespace MLNet.VisionLanguage.Regions;

/// <summary>Several feature files seen as one. Open files are shared: indexing one means reading it once from end to end.</summary>
internal sealed class RegionFeatureFiles
{
    private static readonly ConcurrentDictionary<(string Path, long Length, DateTime Written, int? Images), WeakReference<RegionFeatureReader>> Opened = new();

    private readonly RegionFeatureReader[] _files;
    private readonly Dictionary<string, RegionFeatureReader> _owners = new(StringComparer.Ordinal);

    /// <summary>Images that are in several files.</summary>
    private readonly Dictionary<string, List<RegionFeatureReader>> _shared = new(StringComparer.Ordinal);

    private readonly Lazy<ImageNames> _names;
    private readonly Lazy<int?> _featureSize;

    /// <param name="paths">The files.</param>
    /// <param name="featureSize">How many values every region must have; null to go by the first file that can be read.</param>
    /// <param name="maxImages">How many images of each file are read, from the first; null for all.</param>
    public RegionFeatureFiles(IReadOnlyList<string> paths, int? featureSize = null, int? maxImages = null)
    {
        _files = [.. paths.Select(Path.GetFullPath).Distinct(StringComparer.Ordinal).Select(path => Open(path, maxImages))];
        foreach (var file in _files)
        {
            foreach (var id in file.ImageIds)
            {
                if (_owners.TryAdd(id, file)) continue;
                if (!_shared.TryGetValue(id, out var owners)) _shared[id] = owners = [_owners[id]];
                owners.Add(file);
            }
        }

        _names = new(() => new ImageNames(_owners.Keys.Select(id => (ImageNames.WithoutExtension(id), id)), "the feature files"));
        _featureSize = featureSize is null
            ? new(() => _files.Select(file => file.FeatureSize).FirstOrDefault(size => size is not null))
            : new(featureSize);
    }

    /// <summary>The images' names, in the order of the files.</summary>
    public IEnumerable<string> ImageIds => _owners.Keys;

    /// <summary>The images, found by identifiers.</summary>
    public ImageNames Names => _names.Value;

    /// <summary>The image's name in the files; null when no file has it.</summary>
    /// <exception cref="InvalidDataException">Several images fit.</exception>
    public string? Find(string imageId) => _owners.ContainsKey(imageId) ? imageId : Names.Find(imageId);

    /// <summary>The regions of an image.</summary>
    /// <param name="imageId">Its name in the files.</param>
    /// <exception cref="InvalidDataException">Its row is damaged, see <see cref="RegionFeatureReader.Read"/>.</exception>
    public ImageRegions Read(string imageId)
    {
        IReadOnlyList<RegionFeatureReader> owners = _shared.TryGetValue(imageId, out var several) ? several : [_owners[imageId]];
        return RegionVariants.Choose(imageId, owners.SelectMany(file => file.Variants(imageId, _featureSize.Value)));
    }

    public override string ToString() => string.Join(", ", _files.Select(f => $"{f.Path} ({f.ImageIds.Count} images)"));

    private static RegionFeatureReader Open(string path, int? maxImages)
    {
        if (RegionFeatureFormats.Find(path) is not { } found) return RegionFeatureReader.Open(path);
        var (length, written) = Directory.Exists(found)
            ? (0, Directory.GetLastWriteTimeUtc(found))
            : (new FileInfo(found).Length, File.GetLastWriteTimeUtc(found));
        var key = (found, length, written, maxImages);
        if (Opened.TryGetValue(key, out var reference) && reference.TryGetTarget(out var opened)) return opened;
        var reader = RegionFeatureReader.Open(found, maxImages: maxImages);
        Opened[key] = new WeakReference<RegionFeatureReader>(reader);
        return reader;
    }
}
