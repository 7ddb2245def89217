using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace MLNet.VisionLanguage.Data;

/// <summary>
/// The region blocks of a data set, in a temporary file. Rows of one image share a block (found by content), so a data set of many
/// questions on few images stays small; and the file, not the process, holds what is not in use.
/// </summary>
internal sealed class RegionStore : IDisposable
{
    private readonly int _featureSize;
    private readonly FileStream _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly IncrementalHash _all = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Dictionary<UInt128, int> _byContent = [];
    private readonly List<(long Offset, int Regions)> _blocks = [];

    /// <param name="featureSize">Numbers in a region feature.</param>
    /// <param name="folder">Where the temporary file goes.</param>
    public RegionStore(int featureSize, string folder)
    {
        _featureSize = featureSize;
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"regions-{Guid.NewGuid():N}.tmp");
        var options = OperatingSystem.IsWindows() ? FileOptions.DeleteOnClose : FileOptions.None;
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, options);
        // An open file without a name stays until it is closed, also by a kill: nobody has to clean up after one.
        if (!OperatingSystem.IsWindows()) File.Delete(path);
    }

    /// <summary>Number of different blocks.</summary>
    public int Count => _blocks.Count;

    /// <summary>A digest of all blocks added so far.</summary>
    public string Digest => Convert.ToHexString(_all.GetCurrentHash());

    /// <summary>Regions of a block.</summary>
    public int Regions(int block) => _blocks[block].Regions;

    /// <summary>Adds a block unless the same is there already.</summary>
    /// <param name="features">N × featureSize numbers.</param>
    /// <param name="boxes">N × 4 pixels.</param>
    /// <param name="imageSize">Width and height.</param>
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
        _blocks.Add((_file.Length, boxes.Length / 4));
        _file.Seek(0, SeekOrigin.End);
        _file.Write(MemoryMarshal.AsBytes(features));
        _file.Write(MemoryMarshal.AsBytes(boxes));
        _file.Write(MemoryMarshal.AsBytes(imageSize));
        _file.Flush();
        _byContent.Add(content, block);
        return block;
    }

    /// <summary>
    /// Reads a block into the beginning of the given spans. Safe to call from several threads once nothing is added any more.
    /// </summary>
    public void Read(int block, Span<float> features, Span<float> boxes, Span<float> imageSize)
    {
        var (offset, regions) = _blocks[block];
        offset += Fill(_file.SafeFileHandle, features[..(regions * _featureSize)], offset);
        offset += Fill(_file.SafeFileHandle, boxes[..(regions * 4)], offset);
        Fill(_file.SafeFileHandle, imageSize[..2], offset);
    }

    public void Dispose()
    {
        _file.Dispose();
        _hash.Dispose();
        _all.Dispose();
    }

    private static int Fill(SafeFileHandle file, Span<float> target, long offset)
    {
        var bytes = MemoryMarshal.AsBytes(target);
        for (var done = 0; done < bytes.Length;)
        {
            var read = RandomAccess.Read(file, bytes[done..], offset + done);
            if (read == 0) throw new EndOfStreamException("The temporary file of region features was cut short while training.");
            done += read;
        }

        return bytes.Length;
    }
}
