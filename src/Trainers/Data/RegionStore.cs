using System.Runtime.InteropServices;
using System.Security.Cryptography;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage.Data;

/// <summary>
/// The region blocks of a data set, in a temporary file. Rows of one image share a block (found by content), so a data set of many
/// questions on few images stays small; and the file, not the process, holds what is not in use.
/// </summary>
internal sealed class RegionStore : IDisposable
{
    private readonly int _featureSize;
    private readonly SpillFile _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash _all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Dictionary<UInt128, int> _byContent = [];
    private readonly List<(long Offset, int Numbers, int Regions)> _blocks = [];

    /// <param name="featureSize">Numbers in a region feature.</param>
    /// <param name="folder">Where the temporary file goes.</param>
    public RegionStore(int featureSize, string folder)
    {
        _featureSize = featureSize;
        _file = new SpillFile(folder, "regions");
    }

    /// <summary>Number of different blocks.</summary>
    public int Count => _blocks.Count;

    /// <summary>A digest of all blocks added so far.</summary>
    public string Digest => Convert.ToHexString(_all.GetCurrentHash());

    /// <summary>Regions of a block.</summary>
    public int Regions(int block) => _blocks[block].Regions;

    /// <summary>Adds a block unless the same is there already.</summary>
    /// <param name="features">N × featureSize numbers; featureSize where the image is taken whole, as the only feature.</param>
    /// <param name="boxes">N × 4 pixels; none where the image is taken whole without boxes to look at.</param>
    /// <param name="imageSize">Width and height; likewise.</param>
    /// <returns>The block's number.</returns>
    public int Add(ReadOnlySpan<float> features, ReadOnlySpan<float> boxes, ReadOnlySpan<float> imageSize)
    {
        _hash.AppendData(MemoryMarshal.AsBytes(features));
        _hash.AppendData(MemoryMarshal.AsBytes(boxes));
        _hash.AppendData(MemoryMarshal.AsBytes(imageSize));
        var hash = _hash.GetHashAndReset();
        var content = MemoryMarshal.Read<UInt128>(hash);
        if (_byContent.TryGetValue(content, out var known)) return known;

        _all.AppendData(hash);
        var block = _blocks.Count;
        _blocks.Add((_file.End, features.Length, boxes.IsEmpty ? features.Length / _featureSize : boxes.Length / 4));
        _file.Append(features);
        _file.Append(boxes);
        _file.Append(imageSize);
        _file.Flush();
        _byContent.Add(content, block);
        return block;
    }

    /// <summary>
    /// Reads a block into the beginning of the given spans. Safe to call from several threads once nothing is added any more.
    /// </summary>
    public void Read(int block, Span<float> features, Span<float> boxes, Span<float> imageSize)
    {
        var (offset, numbers, regions) = _blocks[block];
        offset = _file.Read(offset, features[..numbers]);
        if (boxes.IsEmpty) return;
        offset = _file.Read(offset, boxes[..(regions * 4)]);
        _file.Read(offset, imageSize[..2]);
    }

    /// <summary>The mean of a block's features; as safe as <see cref="Read"/>.</summary>
    public float[] Mean(int block)
    {
        var (offset, numbers, _) = _blocks[block];
        var (mean, features, regions) = (new float[_featureSize], new float[numbers], numbers / _featureSize);
        _file.Read<float>(offset, features);
        for (var i = 0; i < features.Length; i++) mean[i % _featureSize] += features[i] / regions;
        return mean;
    }

    public void Dispose()
    {
        _file.Dispose();
        _hash.Dispose();
        _all.Dispose();
    }
}
