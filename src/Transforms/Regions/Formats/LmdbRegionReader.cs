using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage.Regions;

/// <summary>
/// ViLBERT's and VOLTA's LMDB: under each image's name a pickled dictionary with features, boxes and the image's size (image_h or img_h, ...),
/// arrays as base64 or as NumPy's; under "keys" a list of the names. Pickles are imitated, not run.
/// </summary>
internal sealed class LmdbRegionReader : RegionFeatureReader
{
    /// <summary>The list of names, and what tensorpack keeps beside the records.</summary>
    private static readonly string[] Beside = ["keys", "__keys__", "__len__"];

    private readonly LmdbFile _file;
    private readonly string[] _imageIds;

    public LmdbRegionReader(string path, LmdbFile file, int? featureSize, int? maxImages)
        : base(path, featureSize)
    {
        _file = file;
        _imageIds = [.. file.Keys.Where(key => !Beside.Contains(key)).Take(maxImages ?? int.MaxValue)];
    }

    public override string Format => "LMDB of pickled records";

    public override IReadOnlyList<string> ImageIds => _imageIds;

    public override bool Contains(string imageId) => !Beside.Contains(imageId) && _file.Contains(imageId);

    public override void Dispose() => _file.Dispose();

    internal override IEnumerable<RegionVariant> Variants(string imageId, int? featureSize)
    {
        if (!Contains(imageId)) throw Unknown(imageId);
        return [new RegionVariant($"{Path}: image '{imageId}'", () => Decode(imageId, featureSize))];
    }

    private ImageRegions Decode(string imageId, int? featureSize)
    {
        var place = $"{Path}: image '{imageId}'";
        var value = _file.Value(imageId);
        object? record;
        try
        {
            using var view = value.View(0, value.Length);
            record = new PickleMachine(place, view, value.Length, readsArrays: true).Load();
        }
        catch (CheckpointFormatException e)
        {
            throw new InvalidDataException($"{place}: its value is no pickle that can be read: {e.Problem}", e);
        }

        return record is PickleDict dictionary
            ? new RegionRecord(place, name => dictionary.TryGet(name, out var found) ? found : null).Read(imageId, featureSize)
            : throw new InvalidDataException($"{place}: a dictionary is expected but it is {PickleGlobals.Describe(record)}.");
    }
}
