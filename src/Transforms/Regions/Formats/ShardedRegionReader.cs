using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage.Regions;

/// <summary>Region features in .safetensors shards, see <see cref="RegionShards"/>: by their index, or one of them alone. The files are mapped.</summary>
internal sealed class ShardedRegionReader : RegionFeatureReader
{
    private readonly Checkpoint _tensors;
    private readonly List<Shard> _shards = [];
    private readonly Dictionary<string, (int Shard, int Place)> _places = new(StringComparer.Ordinal);
    private readonly string[] _imageIds;

    private ShardedRegionReader(string path, Checkpoint tensors, int? featureSize, int? maxImages)
        : base(path, featureSize)
    {
        _tensors = tensors;
        var suffix = "." + RegionShards.ImageIds;
        foreach (var name in tensors.Names.Where(name => name.EndsWith(suffix, StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            var shard = ReadShard(name[..^suffix.Length]);
            foreach (var (place, id) in RegionShards.Lines(Bytes(tensors[name])).Index())
            {
                if (_places.Count == maxImages) break;
                if (!_places.TryAdd(id, (_shards.Count, place))) throw new InvalidDataException($"{path}: image '{id}' is there twice.");
            }

            _shards.Add(shard);
        }

        if (_shards.Count == 0)
        {
            throw new InvalidDataException(
                $"{path}: there are no region features among its {tensors.Names.Count} tensors: '00001.{RegionShards.ImageIds}' is expected.");
        }

        _imageIds = [.. _places.Keys];
    }

    public override string Format => $".safetensors of region features, {_shards.Count} {(_shards.Count == 1 ? "shard" : "shards")}";

    public override IReadOnlyList<string> ImageIds => _imageIds;

    /// <param name="path">The index, or one shard.</param>
    /// <param name="featureSize">How many values a region must have; null when nothing is known of it.</param>
    /// <param name="maxImages">How many images are read, from the first.</param>
    /// <exception cref="InvalidDataException">The files are damaged, or hold something else.</exception>
    public static new ShardedRegionReader Open(string path, int? featureSize, int? maxImages)
    {
        Checkpoint? tensors = null;
        try
        {
            tensors = Checkpoint.Open(path);
            return new(path, tensors, featureSize, maxImages);
        }
        catch (CheckpointFormatException e)
        {
            tensors?.Dispose();
            throw new InvalidDataException($"{e.Path}: {e.Problem}", e);
        }
        catch
        {
            tensors?.Dispose();
            throw;
        }
    }

    public override bool Contains(string imageId) => _places.ContainsKey(imageId);

    public override void Dispose() => _tensors.Dispose();

    internal override IEnumerable<RegionVariant> Variants(string imageId, int? featureSize)
    {
        if (!_places.TryGetValue(imageId, out var at)) throw Unknown(imageId);
        var place = $"{Path}: shard {_shards[at.Shard].Number}, image '{imageId}'";
        return [new RegionVariant(place, () => Decode(place, imageId, _shards[at.Shard], at.Place, featureSize))];
    }

    private static byte[] Bytes(CheckpointTensor tensor)
    {
        var bytes = new byte[tensor.ByteLength];
        tensor.CopyBytesTo(bytes);
        return bytes;
    }

    private static ImageRegions Decode(string place, string imageId, Shard shard, int image, int? featureSize)
    {
        var (start, count) = (shard.Starts[image], shard.Starts[image + 1] - shard.Starts[image]);
        return RegionValues.Checked(place, new(
            imageId, (int)shard.Sizes[2 * image], (int)shard.Sizes[(2 * image) + 1], shard.Boxes.Rows(start, count).ToSingles(),
            shard.Features.Rows(start, count).ToSingles())
        {
            ObjectIds = shard.ObjectIds?.Rows(start, count).ToInt64s(),
            ObjectConfidences = shard.ObjectConfidences?.Rows(start, count).ToSingles(),
            AttributeIds = shard.AttributeIds?.Rows(start, count).ToInt64s(),
            AttributeConfidences = shard.AttributeConfidences?.Rows(start, count).ToSingles(),
        }, featureSize, RegionValues.HalfTolerance);
    }

    private Shard ReadShard(string number)
    {
        var (starts, sizes) = (Needed(RegionShards.Starts).ToInt64s(), Needed(RegionShards.Sizes).ToInt64s());
        var shard = new Shard(number, starts, sizes, Needed(RegionShards.Boxes), Needed(RegionShards.Features))
        {
            ObjectIds = Find(RegionShards.ObjectIds),
            ObjectConfidences = Find(RegionShards.ObjectConfidences),
            AttributeIds = Find(RegionShards.AttributeIds),
            AttributeConfidences = Find(RegionShards.AttributeConfidences),
        };
        var images = RegionShards.Lines(Bytes(Needed(RegionShards.ImageIds))).Length;
        var regions = shard.Boxes.Shape is [var rows, 4]
            ? rows
            : throw Bad($"its {RegionShards.Boxes} have shape {TensorElements.Describe(shard.Boxes.Shape)}");
        CheckpointTensor?[] others = [shard.Features, shard.ObjectIds, shard.ObjectConfidences, shard.AttributeIds, shard.AttributeConfidences];
        if (others.FirstOrDefault(tensor => tensor is not null && (tensor.Shape.Count == 0 || tensor.Shape[0] != regions)) is { } other)
            throw Bad($"'{other.Name}' has shape {TensorElements.Describe(other.Shape)} for {regions} regions");
        if (starts.Length != images + 1 || sizes.Length != 2 * images || starts[0] != 0 || starts[^1] != regions)
            throw Bad($"it has {images} names, {starts.Length} starts and {sizes.Length} sizes for {regions} regions");
        if (Enumerable.Range(0, images).Any(i => starts[i] >= starts[i + 1]) || sizes.Any(side => side is < 1 or > int.MaxValue))
            throw Bad("an image has no region, or no size");
        return shard;

        CheckpointTensor? Find(string name) => _tensors.TryGet($"{number}.{name}", out var tensor) ? tensor : null;

        CheckpointTensor Needed(string name) => Find(name) ?? throw Bad($"'{number}.{name}' is missing");

        InvalidDataException Bad(string problem) => new($"{Path}: shard {number}: {problem}.");
    }

    private sealed record Shard(string Number, long[] Starts, long[] Sizes, CheckpointTensor Boxes, CheckpointTensor Features)
    {
        public CheckpointTensor? ObjectIds { get; init; }

        public CheckpointTensor? ObjectConfidences { get; init; }

        public CheckpointTensor? AttributeIds { get; init; }

        public CheckpointTensor? AttributeConfidences { get; init; }
    }
}
