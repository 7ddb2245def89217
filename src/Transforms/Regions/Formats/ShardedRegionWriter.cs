using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage.Regions;

/// <summary>
/// Writes .safetensors shards with an index, see <see cref="RegionShards"/>. A shard that is full is written whole and then named in the index,
/// which is replaced whole: whatever moment a process is killed at, the index names whole shards alone, and no image twice.
/// </summary>
internal sealed class ShardedRegionWriter : RegionFeatureWriter
{
    /// <summary>Bytes of features that are held until they are a shard.</summary>
    private const long MostBytes = 64 << 20;

    private readonly RegionFeatureWriterOptions _options;
    private readonly HashSet<string> _imageIds = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _files = new(StringComparer.Ordinal);
    private readonly List<ImageRegions> _waiting = [];
    private long _bytes;
    private int _shards;
    private int? _featureSize;

    public ShardedRegionWriter(string path, RegionFeatureWriterOptions options)
        : base(path)
    {
        _options = options;
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        if (!File.Exists(IndexPath)) return;
        using var reader = ShardedRegionReader.Open(IndexPath, featureSize: null, maxImages: null);
        _imageIds.UnionWith(reader.ImageIds);
        _featureSize = reader.FeatureSize;
        using var map = new MappedFile(IndexPath);
        foreach (var (name, file) in ShardIndex.Read(map).Files) _files[name] = file;
        _shards = _files.Keys.Max(name => int.Parse(name.AsSpan(0, name.IndexOf('.')), NumberStyles.None, CultureInfo.InvariantCulture));
    }

    public override int Count => _imageIds.Count;

    private string IndexPath => Path + RegionShards.IndexExtension;

    public override bool Contains(string imageId) => _imageIds.Contains(imageId);

    public override void Complete() => Flush();

    public override void Dispose() => Flush();

    private protected override void Write(ImageRegions regions)
    {
        if (regions.ImageId.Contains('\n', StringComparison.Ordinal))
            throw new InvalidDataException($"{Path}: the image's name '{regions.ImageId}' has a line break.");
        if (_options.Float16 && Array.FindIndex(regions.Features, value => Half.IsInfinity((Half)value)) is >= 0 and var at)
        {
            var (value, region) = (at % regions.FeatureSize, at / regions.FeatureSize);
            throw new InvalidDataException(FormattableString.Invariant(
                $"{Path}: image '{regions.ImageId}': value {value} of region {region} is {regions.Features[at]}, too large for 16 bits."));
        }

        _featureSize ??= regions.FeatureSize;
        if (regions.FeatureSize != _featureSize) throw OtherSize(regions, _featureSize.Value);
        _imageIds.Add(regions.ImageId);
        _waiting.Add(regions);
        _bytes += regions.Features.LongLength * sizeof(float);
        if (_waiting.Count >= _options.ImagesPerShard || _bytes >= MostBytes) Flush();
    }

    private void Flush()
    {
        if (_waiting.Count == 0) return;
        var shard = _shards + 1;
        var file = RegionShards.FileOf(Path, shard);
        var tensors = Tensors(shard).ToList();
        SafeTensors.Write(System.IO.Path.Combine(System.IO.Path.GetDirectoryName(Path)!, file), tensors);
        foreach (var tensor in tensors) _files[tensor.Name] = file;
        AtomicFile.Write(IndexPath, WriteIndex);
        _shards = shard;
        _waiting.Clear();
        _bytes = 0;
    }

    private void WriteIndex(Stream stream)
    {
        using var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteStartObject("metadata");
        json.WriteString("content", "region features");
        json.WriteString("images", _imageIds.Count.ToString(CultureInfo.InvariantCulture));
        json.WriteEndObject();
        json.WriteStartObject("weight_map");
        foreach (var (name, file) in _files) json.WriteString(name, file);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private IEnumerable<NamedTensor> Tensors(int shard)
    {
        var images = _waiting.ToArray();
        long count = images.Sum(image => image.Count);
        var starts = new long[images.Length + 1];
        for (var i = 0; i < images.Length; i++) starts[i + 1] = starts[i] + images[i].Count;
        yield return Singles(RegionShards.Features, [count, _featureSize!.Value], image => image.Features, _options.Float16);
        yield return Singles(RegionShards.Boxes, [count, 4], image => image.Boxes);
        yield return new(RegionShards.Name(shard, RegionShards.Starts), [starts.Length], starts);
        long[] sizes = [.. images.SelectMany(image => new long[] { image.Width, image.Height })];
        yield return new(RegionShards.Name(shard, RegionShards.Sizes), [images.Length, 2], sizes);
        var ids = RegionShards.Lines(images.Select(image => image.ImageId));
        yield return new(RegionShards.Name(shard, RegionShards.ImageIds), TensorElementType.UInt8, [ids.Length], stream => stream.Write(ids));
        if (images.All(image => image.ObjectIds is not null)) yield return Integers(RegionShards.ObjectIds, image => image.ObjectIds!);
        if (images.All(image => image.ObjectConfidences is not null))
            yield return Singles(RegionShards.ObjectConfidences, [count], image => image.ObjectConfidences!);
        if (images.All(image => image.AttributeIds is not null)) yield return Integers(RegionShards.AttributeIds, image => image.AttributeIds!);
        if (images.All(image => image.AttributeConfidences is not null))
            yield return Singles(RegionShards.AttributeConfidences, [count], image => image.AttributeConfidences!);

        NamedTensor Integers(string name, Func<ImageRegions, long[]> values) => new(RegionShards.Name(shard, name), [count], [.. images.SelectMany(values)]);

        NamedTensor Singles(string name, long[] shape, Func<ImageRegions, float[]> values, bool isHalf = false) => new(
            RegionShards.Name(shard, name), isHalf ? TensorElementType.Float16 : TensorElementType.Float32, shape, stream =>
            {
                foreach (var image in images) stream.Write(isHalf ? Halves(values(image)) : MemoryMarshal.AsBytes(values(image).AsSpan()));
            });
    }

    private static ReadOnlySpan<byte> Halves(float[] values) => MemoryMarshal.AsBytes(Array.ConvertAll(values, value => (Half)value).AsSpan());
}
