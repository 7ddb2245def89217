using System.Buffers.Binary;

namespace MLNet.VisionLanguage.Images;

/// <summary>Reads a file forwards in small pieces, so that a check of a large file takes no memory.</summary>
internal sealed class ByteReader
{
    private readonly Stream _stream;
    private readonly byte[] _buffer = new byte[1 << 16];
    private int _at;
    private int _end;

    /// <param name="stream">The file; must be seekable, and is read from its beginning.</param>
    public ByteReader(Stream stream)
    {
        _stream = stream;
        _stream.Position = 0;
        Length = stream.Length;
    }

    /// <summary>The file's length in bytes.</summary>
    public long Length { get; }

    /// <summary>How many bytes have been read or skipped.</summary>
    public long Position { get; private set; }

    public long Remaining => Length - Position;

    /// <summary>The next bytes, as far as they have been read from the file; none at its end.</summary>
    public ReadOnlySpan<byte> Peek() => _at < _end || Fill() ? _buffer.AsSpan(_at, _end - _at) : [];

    /// <summary>Passes over bytes that <see cref="Peek"/> showed.</summary>
    public void Advance(int count)
    {
        _at += count;
        Position += count;
    }

    /// <summary>The next byte, or -1 at the end.</summary>
    public int TryRead()
    {
        if (_at == _end && !Fill()) return -1;
        Position++;
        return _buffer[_at++];
    }

    /// <exception cref="BadImageException">The file ends before.</exception>
    public byte Read(string part)
    {
        var value = TryRead();
        return value >= 0 ? (byte)value : throw BadImageException.CutOff($"in {part}");
    }

    /// <summary>Fills the span as far as the file goes.</summary>
    /// <returns>How many bytes were read.</returns>
    public int ReadUpTo(Span<byte> into)
    {
        var read = 0;
        while (read < into.Length && (_at < _end || Fill()))
        {
            var some = Math.Min(into.Length - read, _end - _at);
            _buffer.AsSpan(_at, some).CopyTo(into[read..]);
            _at += some;
            read += some;
        }

        Position += read;
        return read;
    }

    /// <exception cref="BadImageException">The file ends before the span is full.</exception>
    public void Read(Span<byte> into, string part)
    {
        if (ReadUpTo(into) < into.Length) throw BadImageException.CutOff($"in {part}");
    }

    public int ReadBigEndian16(string part)
    {
        Span<byte> bytes = stackalloc byte[2];
        Read(bytes, part);
        return BinaryPrimitives.ReadUInt16BigEndian(bytes);
    }

    /// <exception cref="BadImageException">The file ends before.</exception>
    public void Skip(long count, string part)
    {
        if (count > Remaining) throw BadImageException.CutOff($"in {part}");
        Position += count;
        var buffered = (int)Math.Min(count, _end - _at);
        _at += buffered;
        if (count > buffered) _stream.Seek(Position, SeekOrigin.Begin);
    }

    private bool Fill()
    {
        _at = 0;
        _end = _stream.Read(_buffer, 0, _buffer.Length);
        return _end > 0;
    }
}
