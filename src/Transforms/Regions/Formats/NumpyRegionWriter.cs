using System.IO.Compression;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage.Regions;

/// <summary>Writes a folder with NumPy's files, as <see cref="NumpyRegionReader"/> reads it. Each file is there whole or not at all.</summary>
internal sealed class NumpyRegionWriter : RegionFeatureWriter
{
    /// <summary>NumPy's own time of entries: the same regions are the same bytes whenever they are written.</summary>
    private static readonly DateTimeOffset Epoch = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly bool _isArchive;
    private readonly RegionFeatureWriterOptions _options;
    private readonly HashSet<string> _imageIds = new(StringComparer.Ordinal);

    public NumpyRegionWriter(string path, bool isArchive, RegionFeatureWriterOptions options)
        : base(path)
    {
        (_isArchive, _options) = (isArchive, options);
        if (File.Exists(path)) throw new InvalidDataException($"{path}: it is a file; a folder with a file an image is written.");
        Directory.CreateDirectory(path);
        using var reader = NumpyRegionReader.OfFolder(path, featureSize: null, maxImages: null);
        if (reader is null) return;
        if (reader.Extension != Extension) throw new InvalidDataException($"{path}: the folder has files {reader.Extension}; {Extension} are written.");
        _imageIds.UnionWith(reader.ImageIds);
    }

    public override int Count => _imageIds.Count;

    private string Extension => _isArchive ? NumpyRegionReader.Archive : NumpyRegionReader.Array;

    public override bool Contains(string imageId) => _imageIds.Contains(imageId);

    /// <summary>Every image's files are whole as soon as they are there.</summary>
    public override void Complete()
    {
    }

    public override void Dispose()
    {
    }

    private protected override void Write(ImageRegions regions)
    {
        if (regions.ImageId.AsSpan().ContainsAny(System.IO.Path.GetInvalidFileNameChars()) || regions.ImageId.Contains('\\', StringComparison.Ordinal))
            throw new InvalidDataException($"{Path}: the image's name '{regions.ImageId}' cannot be that of a file.");
        var start = System.IO.Path.Combine(Path, regions.ImageId);
        if (_isArchive)
        {
            AtomicFile.Write(start + Extension, stream =>
            {
                using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
                foreach (var (name, write) in Arrays(regions))
                {
                    var entry = zip.CreateEntry(name + NumpyRegionReader.Array, CompressionLevel.NoCompression);
                    entry.LastWriteTime = Epoch;
                    using var content = entry.Open();
                    write(content);
                }
            });
        }
        else
        {
            // The features come last: by them the reader knows the image.
            long[] size = [regions.Width, regions.Height];
            AtomicFile.Write(start + NumpyRegionReader.SizeSuffix + Extension, stream => NpyWriter.Write(stream, size, 2));
            AtomicFile.Write(start + NumpyRegionReader.BoxesSuffix + Extension, stream => NpyWriter.Write(stream, regions.Boxes, regions.Count, 4));
            AtomicFile.Write(start + Extension, stream => WriteFeatures(stream, regions));
        }

        _imageIds.Add(regions.ImageId);
    }

    private IEnumerable<(string Name, Action<Stream> Write)> Arrays(ImageRegions regions)
    {
        yield return ("features", stream => WriteFeatures(stream, regions));
        yield return ("bbox", stream => NpyWriter.Write(stream, regions.Boxes, regions.Count, 4));
        yield return ("num_bbox", stream => NpyWriter.Write(stream, new long[] { regions.Count }));
        yield return ("image_w", stream => NpyWriter.Write(stream, new long[] { regions.Width }));
        yield return ("image_h", stream => NpyWriter.Write(stream, new long[] { regions.Height }));
        if (regions.ObjectIds is { } objects) yield return ("objects_id", stream => NpyWriter.Write(stream, objects, regions.Count));
        if (regions.ObjectConfidences is { } sure) yield return ("objects_conf", stream => NpyWriter.Write(stream, sure, regions.Count));
        if (regions.AttributeIds is { } attributes) yield return ("attrs_id", stream => NpyWriter.Write(stream, attributes, regions.Count));
        if (regions.AttributeConfidences is { } certain) yield return ("attrs_conf", stream => NpyWriter.Write(stream, certain, regions.Count));
    }

    private void WriteFeatures(Stream stream, ImageRegions regions)
    {
        if (_options.Float16)
            NpyWriter.Write(stream, Array.ConvertAll(regions.Features, value => (Half)value), regions.Count, regions.FeatureSize);
        else
            NpyWriter.Write(stream, regions.Features, regions.Count, regions.FeatureSize);
    }
}
