using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage.Regions;

/// <summary>
/// AllenNLP's cache of images' features: two LMDB files beside each other, coordinates and features, with a tensor that torch.save wrote under
/// each image's name. Where the file of features is missing there are boxes alone, of no features. The image's size is not in it; the box
/// that reaches furthest stands for it.
/// </summary>
internal sealed class TensorLmdbReader : RegionFeatureReader
{
    private const string CoordinatesName = "coordinates";
    private const string FeaturesName = "features";

    private readonly LmdbFile _coordinates;
    private readonly LmdbFile? _features;
    private readonly string[] _imageIds;

    private TensorLmdbReader(string path, LmdbFile coordinates, LmdbFile? features, int? featureSize, int? maxImages)
        : base(path, featureSize)
    {
        (_coordinates, _features) = (coordinates, features);
        _imageIds = [.. coordinates.Keys.Where(key => features?.Contains(key) ?? true).Take(maxImages ?? int.MaxValue)];
    }

    public override string Format => _features is null ? "LMDB of box tensors" : "LMDB of box and feature tensors";

    public override IReadOnlyList<string> ImageIds => _imageIds;

    /// <summary>Opens a file of such a pair with the one beside it.</summary>
    /// <param name="path">The folder of both, or one of the two files.</param>
    /// <param name="featureSize">How many values a region must have; null when nothing is known of it.</param>
    /// <param name="maxImages">How many images are read, from the first.</param>
    /// <exception cref="InvalidDataException">The coordinates are missing, or a file is damaged.</exception>
    public static new TensorLmdbReader Open(string path, int? featureSize, int? maxImages)
    {
        var (folder, extension) = Directory.Exists(path) ? (path, ".mdb") : (System.IO.Path.GetDirectoryName(path) ?? "", System.IO.Path.GetExtension(path));
        var (coordinates, features) = (Beside(CoordinatesName), Beside(FeaturesName));
        if (!Directory.Exists(path) && System.IO.Path.GetFileNameWithoutExtension(path) is not (CoordinatesName or FeaturesName)) coordinates = path;
        if (!File.Exists(coordinates))
            throw new InvalidDataException($"{path}: its values are tensors, and '{coordinates}', which has the boxes of them, does not exist.");
        var boxes = LmdbFile.Open(coordinates);
        LmdbFile? values = null;
        try
        {
            if (features != coordinates && File.Exists(features)) values = LmdbFile.Open(features);
            return new(path, boxes, values, featureSize, maxImages);
        }
        catch
        {
            boxes.Dispose();
            values?.Dispose();
            throw;
        }

        string Beside(string name) => System.IO.Path.Combine(folder, name + extension);
    }

    public override bool Contains(string imageId) => _coordinates.Contains(imageId) && (_features?.Contains(imageId) ?? true);

    public override void Dispose()
    {
        _coordinates.Dispose();
        _features?.Dispose();
    }

    internal override IEnumerable<RegionVariant> Variants(string imageId, int? featureSize)
    {
        if (!Contains(imageId)) throw Unknown(imageId);
        return [new RegionVariant($"{Path}: image '{imageId}'", () => Decode(imageId, featureSize))];
    }

    private ImageRegions Decode(string imageId, int? featureSize)
    {
        var place = $"{Path}: image '{imageId}'";
        var (boxes, boxShape) = Tensor(_coordinates, CoordinatesName);
        if (boxShape is not [> 0, 4]) throw new InvalidDataException($"{place}: {CoordinatesName} must be N x 4 but are {TensorElements.Describe(boxShape)}.");
        var features = Array.Empty<float>();
        if (_features is not null)
        {
            (features, var shape) = Tensor(_features, FeaturesName);
            if (shape.Count != 2 || shape[0] != boxShape[0])
                throw new InvalidDataException($"{place}: {FeaturesName} must be {boxShape[0]} x D but are {TensorElements.Describe(shape)}.");
        }

        var (width, height) = (Furthest(boxes, 2), Furthest(boxes, 3));
        if (!(width <= int.MaxValue / 2 && height <= int.MaxValue / 2)) throw new InvalidDataException($"{place}: {CoordinatesName} are no pixels.");
        var regions = new ImageRegions(imageId, (int)width, (int)height, boxes, features);
        return RegionValues.Checked(place, regions, _features is null ? null : featureSize);

        (float[] Values, IReadOnlyList<long> Shape) Tensor(LmdbFile file, string what)
        {
            try
            {
                var tensor = TorchLegacyReader.ReadTensor(file.Value(imageId), place);
                return (tensor.ToSingles(), tensor.Shape);
            }
            catch (CheckpointFormatException e)
            {
                throw new InvalidDataException($"{place}: its {what} cannot be read: {e.Problem}", e);
            }
        }
    }

    private static float Furthest(float[] boxes, int side)
    {
        var furthest = 1f;
        for (var i = side; i < boxes.Length; i += 4) furthest = MathF.Max(furthest, MathF.Ceiling(boxes[i]));
        return furthest;
    }
}
