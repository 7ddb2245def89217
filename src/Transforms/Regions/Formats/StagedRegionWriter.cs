using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage.Regions;

/// <summary>
/// Writes a format that is laid out in one go: images wait in shards in a folder beside it, which an interruption leaves there, until the file
/// is completed.
/// </summary>
internal sealed class StagedRegionWriter : RegionFeatureWriter
{
    private readonly Action<string, RegionFeatureReader> _write;
    private readonly string _folder;
    private readonly RegionFeatureWriterOptions _options;
    private readonly HashSet<string> _written = new(StringComparer.Ordinal);
    private ShardedRegionWriter? _shards;

    /// <param name="path">The file.</param>
    /// <param name="write">Writes all images of a reader to it, whole or not at all.</param>
    /// <param name="options">Sizes of shards.</param>
    public StagedRegionWriter(string path, Action<string, RegionFeatureReader> write, RegionFeatureWriterOptions options)
        : base(path)
    {
        _write = write;
        _folder = path + ".parts";
        _options = new() { ImagesPerShard = options.ImagesPerShard };
        if (Directory.Exists(_folder))
        {
            _shards = OpenShards();
        }
        else if (System.IO.Path.Exists(path))
        {
            using var reader = RegionFeatureReader.Open(path);
            _written.UnionWith(reader.ImageIds);
        }
    }

    public override int Count => _shards?.Count ?? _written.Count;

    private string ShardsPath => System.IO.Path.Combine(_folder, "regions" + RegionShards.Extension);

    public override bool Contains(string imageId) => _shards?.Contains(imageId) ?? _written.Contains(imageId);

    public override void Complete()
    {
        if (_shards is null) return;
        _shards.Complete();
        if (_shards.Count > 0)
        {
            using var reader = RegionFeatureReader.Open(ShardsPath + RegionShards.IndexExtension);
            _write(Path, reader);
        }

        _written.UnionWith(_shards.Count > 0 ? RegionIds() : []);
        _shards = null;
        TemporaryFiles.Remove(_folder);
    }

    public override void Dispose() => _shards?.Dispose();

    private protected override void Write(ImageRegions regions)
    {
        if (_shards is null)
        {
            _shards = OpenShards();
            if (_written.Count > 0)
            {
                // What is there is laid out anew with what comes.
                using var reader = RegionFeatureReader.Open(Path);
                foreach (var known in reader.ReadAll()) _shards.Add(known);
            }
        }

        _shards.Add(regions);
    }

    private ShardedRegionWriter OpenShards() => new(ShardsPath, _options);

    private IReadOnlyList<string> RegionIds()
    {
        using var reader = RegionFeatureReader.Open(Path);
        return reader.ImageIds;
    }
}
