using System.Globalization;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Files;
using PureHDF;
using PureHDF.Selections;

namespace MLNet.VisionLanguage.Regions;

/// <summary>
/// The bottom-up features of Anderson's in HDF5, as the VQA models of 2018 share them: data sets image_features, image_bb and spatial_features,
/// either a row a region with pos_boxes saying which rows are an image's (trainval.hdf5), or a block an image of a fixed number of regions
/// (train36.hdf5); beside it NAME_imgid2idx.pkl, a pickled dictionary from an image's number to its place. The image's size is in image_w and
/// image_h where a writer put it there, else it follows from the boxes in pixels and in parts of the image.
/// </summary>
internal sealed class Hdf5RegionReader : RegionFeatureReader
{
    public const string Features = "image_features";
    public const string Boxes = "image_bb";
    public const string Spatial = "spatial_features";
    public const string Places = "pos_boxes";
    public const string Widths = "image_w";
    public const string Heights = "image_h";
    public const string IndexSuffix = "_imgid2idx.pkl";

    private const int LargestIndex = 64 << 20;

    /// <summary>Two million images need some five steps each.</summary>
    private const int MostSteps = 1 << 24;

    private readonly Lock _reading = new();
    private readonly IDisposable _file;
    private readonly IH5Group _root;
    private readonly Dictionary<string, long> _places = new(StringComparer.Ordinal);
    private readonly string[] _imageIds;

    private Hdf5RegionReader(string path, IDisposable file, IH5Group root, int? featureSize, int? maxImages)
        : base(path, featureSize)
    {
        (_file, _root) = (file, root);
        foreach (var name in new[] { Features, Boxes, Spatial }) Data(name);
        foreach (var (id, place) in ReadIndex(path).OrderBy(entry => entry.Place).Take(maxImages ?? int.MaxValue))
        {
            if (!_places.TryAdd(id, place)) throw new InvalidDataException($"{IndexOf(path)}: image '{id}' is there twice.");
        }

        _imageIds = [.. _places.Keys];
    }

    public override string Format => "HDF5 of bottom-up features";

    public override IReadOnlyList<string> ImageIds => _imageIds;

    /// <exception cref="InvalidDataException">The file is damaged, lacks a data set, or has no index beside it.</exception>
    public static new Hdf5RegionReader Open(string path, int? featureSize, int? maxImages)
    {
        var file = Guarded(path, "its structure", () => H5File.OpenRead(path));
        try
        {
            return new(path, file, file, featureSize, maxImages);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The file beside an HDF5 file that tells its images.</summary>
    public static string IndexOf(string path) => System.IO.Path.Combine(
        System.IO.Path.GetDirectoryName(path) ?? "", System.IO.Path.GetFileNameWithoutExtension(path) + IndexSuffix);

    public override bool Contains(string imageId) => _places.ContainsKey(imageId);

    public override void Dispose() => _file.Dispose();

    internal override IEnumerable<RegionVariant> Variants(string imageId, int? featureSize)
    {
        if (!_places.TryGetValue(imageId, out var place)) throw Unknown(imageId);
        return [new RegionVariant($"{Path}: image '{imageId}'", () => Decode(imageId, place, featureSize))];
    }

    /// <summary>The library tells a damaged file by exceptions of many kinds.</summary>
    private static T Guarded<T>(string place, string what, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is not (OutOfMemoryException or InvalidDataException))
        {
            throw new InvalidDataException($"{place}: this HDF5 file cannot be read: {what}: {e.Message}", e);
        }
    }

    private static IEnumerable<(string Id, long Place)> ReadIndex(string path)
    {
        var index = IndexOf(path);
        if (!File.Exists(index)) throw new InvalidDataException($"{path}: '{index}', which tells its images, does not exist.");
        var bytes = DataFile.ReadAll(index, LargestIndex);
        object? root;
        try
        {
            using var view = new MemoryStorage(bytes).View(0, bytes.Length);
            root = new PickleMachine(index, view, bytes.Length, MostSteps, readsArrays: true).Load();
        }
        catch (CheckpointFormatException e)
        {
            throw new InvalidDataException($"{index}: it is no pickle that can be read: {e.Problem}", e);
        }

        if (root is not PickleDict dictionary)
            throw new InvalidDataException($"{index}: a dictionary of images is expected but it is {PickleGlobals.Describe(root)}.");
        foreach (var (key, value) in dictionary.Items)
        {
            var id = key switch { long number => number.ToString(CultureInfo.InvariantCulture), string text => text, _ => null };
            if (id is null || value is not long place || place < 0)
            {
                throw new InvalidDataException(
                    $"{index}: it has {PickleGlobals.Describe(value)} under {PickleGlobals.Describe(key)}; an image and its place are expected.");
            }

            yield return (id, place);
        }
    }

    private IH5Dataset Data(string name) => Find(name) ?? throw new InvalidDataException($"{Path}: there is no data set '{name}'.");

    private IH5Dataset? Find(string name) =>
        Guarded(Path, $"data set '{name}'", () => _root.LinkExists(name) ? _root.Dataset(name) : null);

    private ImageRegions Decode(string imageId, long place, int? featureSize)
    {
        var where = $"{Path}: image '{imageId}'";
        lock (_reading)
        {
            var data = Data(Features);
            var isFixed = data.Space.Rank == 3;
            var (start, count) = isFixed ? (place, (long)data.Space.Dimensions[1]) : Rows(where, place);
            var features = Numbers(where, data, Features, start, isFixed ? 1 : count);
            var boxes = Numbers(where, Data(Boxes), Boxes, start, isFixed ? 1 : count);
            if (boxes.Length != count * 4) throw new InvalidDataException($"{where}: '{Boxes}' has {boxes.Length} numbers; {count} x 4 are expected.");
            var (width, height) = Find(Widths) is { } widths && Find(Heights) is { } heights
                ? (Numbers(where, widths, Widths, place, 1)[0], Numbers(where, heights, Heights, place, 1)[0])
                : Size(where, boxes, Numbers(where, Data(Spatial), Spatial, start, isFixed ? 1 : count));
            if (!(width is >= 1 and <= int.MaxValue / 2 && height is >= 1 and <= int.MaxValue / 2))
                throw new InvalidDataException(FormattableString.Invariant($"{where}: the image is to have {width} x {height} pixels."));
            return RegionValues.Checked(where, new(imageId, (int)width, (int)height, boxes, features), featureSize, RegionValues.HalfTolerance);
        }
    }

    /// <summary>The rows of an image.</summary>
    private (long Start, long Count) Rows(string where, long place)
    {
        var pair = Numbers(where, Data(Places), Places, place, 1, (data, rows) => data.Type.Size switch
        {
            4 => Array.ConvertAll(data.Read<int[]>(rows), value => (long)value),
            8 => data.Read<long[]>(rows),
            var size => throw new InvalidDataException($"{where}: '{Places}' has numbers of {size} bytes."),
        });
        return pair is [>= 0, var end] && end > pair[0] ? (pair[0], end - pair[0])
            : throw new InvalidDataException($"{where}: '{Places}' has {string.Join(", ", pair)}; first row and the one after the last are expected.");
    }

    private float[] Numbers(string where, IH5Dataset data, string name, long start, long count) =>
        Numbers(where, data, name, start, count, (from, rows) => (from.Type.Class, from.Type.Size) switch
        {
            (H5DataTypeClass.FloatingPoint, 2) => Array.ConvertAll(from.Read<Half[]>(rows), value => (float)value),
            (H5DataTypeClass.FloatingPoint, 4) => from.Read<float[]>(rows),
            (H5DataTypeClass.FloatingPoint, 8) => Array.ConvertAll(from.Read<double[]>(rows), value => (float)value),
            (H5DataTypeClass.FixedPoint, 4) => Array.ConvertAll(from.Read<int[]>(rows), value => (float)value),
            (H5DataTypeClass.FixedPoint, 8) => Array.ConvertAll(from.Read<long[]>(rows), value => (float)value),
            var (kind, size) => throw new InvalidDataException($"{where}: '{name}' is of type {kind} of {size} bytes; floating-point numbers are expected."),
        });

    /// <summary>So many places of the first axis; nothing is allocated for places that are not there.</summary>
    private T[] Numbers<T>(string where, IH5Dataset data, string name, long start, long count, Func<IH5Dataset, Selection, T[]> read)
    {
        var sides = data.Space.Dimensions;
        if (sides.Length == 0 || (ulong)start > sides[0] || (ulong)count > sides[0] - (ulong)start)
            throw new InvalidDataException($"{where}: '{name}' has {(sides.Length == 0 ? 0 : sides[0])} rows; {count} from {start} are asked for.");
        ulong[] starts = [(ulong)start, .. new ulong[sides.Length - 1]];
        ulong[] blocks = [(ulong)count, .. sides[1..]];
        return Guarded(where, $"'{name}'", () => read(data, new HyperslabSelection(sides.Length, starts, blocks)));
    }

    /// <summary>Boxes in pixels over boxes in parts of the image, by the ones that reach furthest.</summary>
    private static (float Width, float Height) Size(string where, float[] boxes, float[] parts)
    {
        if (parts.Length != boxes.Length / 4 * 6)
            throw new InvalidDataException($"{where}: '{Spatial}' has {parts.Length} numbers; {boxes.Length / 4} x 6 are expected.");
        return (Side(2), Side(3));

        float Side(int side)
        {
            var (pixels, share) = (0f, 0f);
            for (var i = 0; i < boxes.Length / 4; i++)
            {
                if (boxes[(i * 4) + side] > pixels) (pixels, share) = (boxes[(i * 4) + side], parts[(i * 6) + side]);
            }

            return MathF.Round(pixels / share);
        }
    }
}
