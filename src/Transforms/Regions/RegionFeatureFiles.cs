using System.Collections.Concurrent;

namespace MLNet.VisionLanguage.Regions;

/// <summary>Several feature files seen as one. Open files are shared: indexing one means reading it once from end to end.</summary>
internal sealed class RegionFeatureFiles
{
    private static readonly ConcurrentDictionary<(string Path, long Length, DateTime Written), WeakReference<BottomUpTsvReader>> Opened = new();

    private readonly BottomUpTsvReader[] _files;

    public RegionFeatureFiles(IReadOnlyList<string> paths)
    {
        _files = [.. paths.Select(Open)];
        var owner = new Dictionary<string, BottomUpTsvReader>(StringComparer.Ordinal);
        foreach (var file in _files)
        {
            foreach (var id in file.ImageIds)
            {
                if (!owner.TryAdd(id, file))
                    throw new InvalidDataException($"Image '{id}' is both in '{owner[id].Path}' and in '{file.Path}'.");
            }
        }

        Owners = owner;
    }

    public IReadOnlyDictionary<string, BottomUpTsvReader> Owners { get; }

    public override string ToString() => string.Join(", ", _files.Select(f => $"{f.Path} ({f.ImageIds.Count} images)"));

    private static BottomUpTsvReader Open(string path)
    {
        var info = new FileInfo(path);
        if (!info.Exists) return BottomUpTsvReader.Open(path);
        var key = (info.FullName, info.Length, info.LastWriteTimeUtc);
        if (Opened.TryGetValue(key, out var reference) && reference.TryGetTarget(out var opened)) return opened;
        var reader = BottomUpTsvReader.Open(path);
        Opened[key] = new WeakReference<BottomUpTsvReader>(reader);
        return reader;
    }
}
