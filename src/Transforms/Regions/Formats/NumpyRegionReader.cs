using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage.Regions;

/// <summary>
/// A folder with NumPy's files, those of an image under its name: ID.npz with arrays features (or x, feat), boxes (or bbox), image_w and image_h,
/// as the extractors of bottom-up attention in PyTorch write it; or ID.npy with the features, ID_boxes.npy, and ID_size.npy with width and
/// height. Arrays of Python objects are refused when they are asked for.
/// </summary>
internal sealed class NumpyRegionReader : RegionFeatureReader
{
    public const string Archive = ".npz";
    public const string Array = ".npy";
    public const string BoxesSuffix = "_boxes";
    public const string SizeSuffix = "_size";

    private const long LargestArray = 1 << 30;

    /// <summary>What other arrays of an image are called in the same folder.</summary>
    private static readonly string[] Suffixes = [BoxesSuffix, SizeSuffix, "_info"];

    private readonly Dictionary<string, string> _files;
    private readonly string[] _imageIds;
    public string Extension { get; }

    private NumpyRegionReader(string path, string extension, IEnumerable<string> files, int? featureSize, int? maxImages)
        : base(path, featureSize)
    {
        Extension = extension;
        _files = files.Take(maxImages ?? int.MaxValue).ToDictionary(file => System.IO.Path.GetFileNameWithoutExtension(file), StringComparer.Ordinal);
        _imageIds = [.. _files.Keys];
    }

    public override string Format => $"{Extension} of NumPy, a file an image";

    public override IReadOnlyList<string> ImageIds => _imageIds;

    /// <summary>Opens a folder; null when it has no such files.</summary>
    public static NumpyRegionReader? OfFolder(string path, int? featureSize, int? maxImages)
    {
        foreach (var extension in new[] { Archive, Array })
        {
            var files = Directory.EnumerateFiles(path, "*" + extension)
                .Where(file => extension == Archive || !IsBeside(file)).Order(StringComparer.Ordinal).ToList();
            if (files.Count > 0) return new(path, extension, files, featureSize, maxImages);
        }

        return null;
    }

    /// <summary>Opens the file of one image.</summary>
    /// <exception cref="InvalidDataException">It is an array of something else than numbers.</exception>
    public static NumpyRegionReader OfFile(string path, string extension, int? featureSize)
    {
        var reader = new NumpyRegionReader(path, extension, [path], featureSize, maxImages: null);
        if (extension == Array) reader.ReadArray(path);
        return reader;
    }

    public override bool Contains(string imageId) => _files.ContainsKey(imageId);

    public override void Dispose()
    {
    }

    internal override IEnumerable<RegionVariant> Variants(string imageId, int? featureSize)
    {
        if (!_files.TryGetValue(imageId, out var file)) throw Unknown(imageId);
        return [new RegionVariant(file, () => Extension == Archive ? OfArchive(file, imageId, featureSize) : OfArrays(file, imageId, featureSize))];
    }

    private static bool IsBeside(string file) =>
        Suffixes.Any(suffix => System.IO.Path.GetFileNameWithoutExtension(file).EndsWith(suffix, StringComparison.Ordinal));

    private static ImageRegions OfArchive(string file, string imageId, int? featureSize)
    {
        try
        {
            using var mapped = new MappedFile(file);
            var zip = new ZipDirectory(mapped, file);
            return new RegionRecord(file, name => Member(file, zip, name)).Read(imageId, featureSize);
        }
        catch (CheckpointFormatException e)
        {
            throw new InvalidDataException($"{file}: {e.Problem}", e);
        }
    }

    private static NumpyArray? Member(string file, ZipDirectory zip, string name)
    {
        var entry = name + Array;
        if (!zip.Contains(entry)) return null;
        if (zip.LengthOf(entry) > LargestArray)
            throw new InvalidDataException($"{file}: '{name}' has {zip.LengthOf(entry)} bytes; at most {LargestArray} are read.");
        return Of(NpyFile.Parse($"{file}: '{name}'", zip.Open(entry).ToArray(0, (int)zip.LengthOf(entry)), allowsColumnMajor: true));
    }

    private static NumpyArray Of(NpyFile array) =>
        new(array.Type, [.. array.Shape.Select(side => (long)side)], array.Numbers, array.IsColumnMajor);

    private ImageRegions OfArrays(string file, string imageId, int? featureSize)
    {
        var start = file[..^Array.Length];
        long[]? size = null;
        return new RegionRecord(file, name => name switch
        {
            "features" => ReadArray(file),
            "boxes" => ReadArray(start + BoxesSuffix + Array),
            "width" => Size(0),
            "height" => Size(1),
            _ => null,
        }).Read(imageId, featureSize);

        object Size(int side)
        {
            size ??= ReadArray(start + SizeSuffix + Array) is { IsInteger: true, Count: 2 } array
                ? array.ToInt64s()
                : throw new InvalidDataException($"{start + SizeSuffix + Array}: two whole numbers, width and height, are expected.");
            return size[side];
        }
    }

    private NumpyArray ReadArray(string file) => File.Exists(file)
        ? Of(NpyFile.Parse(file, DataFile.ReadAll(file, (int)LargestArray), allowsColumnMajor: true))
        : throw new InvalidDataException(
            $"{Path}: '{file}' does not exist: beside an image's features stand its boxes (ID{BoxesSuffix}{Array}) and size (ID{SizeSuffix}{Array}).");
}
