using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace MLNet.VisionLanguage.Checkpoints;

/// <summary>A run of bytes that tensors lie in: a range of a mapped file, or an inflated zip entry.</summary>
internal abstract class TensorStorage
{
    public abstract long Length { get; }

    /// <summary>Opens a window; the caller has checked that it lies inside the storage.</summary>
    public abstract StorageView View(long offset, long length);

    public TensorStorage Range(long offset, long length) => new RangeStorage(this, offset, length);

    public byte[] ToArray(long offset, int length)
    {
        using var view = View(offset, length);
        return view.Slice(0, length).ToArray();
    }

    private sealed class RangeStorage(TensorStorage whole, long start, long length) : TensorStorage
    {
        public override long Length => length;

        public override StorageView View(long offset, long viewLength)
        {
            if (offset < 0 || viewLength < 0 || offset > length - viewLength) throw new ArgumentOutOfRangeException(nameof(offset));
            return whole.View(start + offset, viewLength);
        }
    }
}

/// <summary>A window on a storage. Slices are valid until it is disposed.</summary>
internal sealed unsafe class StorageView(byte* pointer, long length, Action? release) : IDisposable
{
    private Action? _release = release;

    public ReadOnlySpan<byte> Slice(long offset, int count)
    {
        if (offset < 0 || count < 0 || offset > length - count) throw new ArgumentOutOfRangeException(nameof(offset));
        return new ReadOnlySpan<byte>(pointer + offset, count);
    }

    public void Dispose()
    {
        _release?.Invoke();
        _release = null;
    }
}

/// <summary>
/// A file mapped into memory. Windows are mapped one read at a time, so that the resident size of the process grows by the
/// tensor being read and not by the file.
/// </summary>
internal sealed unsafe class MappedFile : TensorStorage, IDisposable
{
    private readonly MemoryMappedFile _map;

    public MappedFile(string path)
    {
        Path = path;
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        try
        {
            Length = stream.Length;
            if (Length == 0) throw new CheckpointFormatException(path, "it is an empty file: nothing was downloaded or written.");
            _map = MemoryMappedFile.CreateFromFile(
                stream, mapName: null, capacity: 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public string Path { get; }

    public override long Length { get; }

    public override StorageView View(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > Length - length) throw new ArgumentOutOfRangeException(nameof(offset));
        if (length == 0) return new StorageView(null, 0, null);
        var accessor = _map.CreateViewAccessor(offset, length, MemoryMappedFileAccess.Read);
        byte* pointer = null;
        accessor.SafeMemoryMappedViewHandle.AcquirePointer(ref pointer);
        return new StorageView(pointer + accessor.PointerOffset, length, () =>
        {
            accessor.SafeMemoryMappedViewHandle.ReleasePointer();
            accessor.Dispose();
        });
    }

    public void Dispose() => _map.Dispose();
}

/// <summary>Bytes in memory.</summary>
internal sealed unsafe class MemoryStorage(byte[] bytes) : TensorStorage
{
    public override long Length => bytes.Length;

    public override StorageView View(long offset, long length)
    {
        if (offset < 0 || length < 0 || offset > bytes.Length - length) throw new ArgumentOutOfRangeException(nameof(offset));
        var handle = GCHandle.Alloc(bytes, GCHandleType.Pinned);
        return new StorageView((byte*)handle.AddrOfPinnedObject() + offset, length, handle.Free);
    }
}
