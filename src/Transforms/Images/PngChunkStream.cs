using System.Buffers.Binary;
using System.IO.Hashing;

namespace MLNet.VisionLanguage.Images;

/// <summary>
/// The content of a PNG chunk, or of the picture data chunks that follow each other, as a stream that checks their checksums.
/// </summary>
internal sealed class PngChunkStream : Stream
{
    public const string PictureData = "IDAT";

    private readonly ByteReader _bytes;
    private readonly Crc32 _checksum = new();
    private long _left;

    private PngChunkStream(ByteReader bytes) => _bytes = bytes;

    /// <summary>Four letters; a small first one marks a chunk that a decoder may pass over.</summary>
    public string Type { get; private set; } = "";

    /// <summary>Bytes of the chunk that are not read yet.</summary>
    public long Left => _left;

    /// <summary>Whether the checksum was wrong, where that is no error.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>The chunk that was found behind the picture data; null before.</summary>
    public PngChunkStream? Next { get; private set; }

    /// <summary>Opens the chunk that begins here.</summary>
    /// <exception cref="BadImageException">There is none.</exception>
    public static PngChunkStream Open(ByteReader bytes)
    {
        var chunk = new PngChunkStream(bytes);
        chunk.ReadHead();
        return chunk;
    }

    /// <summary>Writes a chunk.</summary>
    public static void Write(Stream to, string type, ReadOnlySpan<byte> data)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        to.Write(number);
        var checksum = new Crc32();
        checksum.Append(Letters(type));
        checksum.Append(data);
        to.Write(Letters(type));
        to.Write(data);
        BinaryPrimitives.WriteUInt32BigEndian(number, checksum.GetCurrentHashAsUInt32());
        to.Write(number);
    }

    /// <summary>Reads what is left, and the checksum.</summary>
    /// <exception cref="BadImageException">The file ends before, or the chunk matters and its checksum is wrong.</exception>
    public void Finish()
    {
        Span<byte> buffer = stackalloc byte[4096];
        while (_left > 0) Take(buffer);
        Span<byte> stored = stackalloc byte[4];
        _bytes.Read(stored, $"the {Type} chunk of its PNG");
        IsDamaged = BinaryPrimitives.ReadUInt32BigEndian(stored) != _checksum.GetCurrentHashAsUInt32();

        // Of the chunks that may be passed over only tRNS changes the picture; libpng and browsers show a picture with a damaged comment.
        if (IsDamaged && (char.IsAsciiLetterUpper(Type[0]) || Type == "tRNS"))
            throw BadImageException.Damaged($"the checksum of the {Type} chunk of its PNG is wrong");
    }

    /// <summary>Reads all of the chunk.</summary>
    public byte[] ReadAll()
    {
        var data = new byte[_left];
        for (var read = 0; read < data.Length;) read += Take(data.AsSpan(read));
        Finish();
        return data;
    }

    /// <summary>Reads the content; of picture data that of the following such chunks too.</summary>
    public override int Read(Span<byte> buffer)
    {
        while (_left == 0)
        {
            if (Type != PictureData || Next is not null) return 0;
            Finish();
            var next = Open(_bytes);
            if (next.Type != PictureData)
            {
                Next = next;
                return 0;
            }

            _checksum.Reset();
            _checksum.Append(Letters(next.Type));
            _left = next._left;
        }

        return Take(buffer);
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    private int Take(Span<byte> buffer)
    {
        buffer = buffer[..(int)Math.Min(buffer.Length, _left)];
        _bytes.Read(buffer, $"the {Type} chunk of its PNG");
        _checksum.Append(buffer);
        _left -= buffer.Length;
        return buffer.Length;
    }

    private void ReadHead()
    {
        Span<byte> head = stackalloc byte[8];
        var read = _bytes.ReadUpTo(head);
        if (read < head.Length) throw BadImageException.CutOff("without the end chunk of a PNG (IEND)");
        var length = BinaryPrimitives.ReadUInt32BigEndian(head);
        foreach (var letter in head[4..])
        {
            if (!char.IsAsciiLetter((char)letter)) throw BadImageException.Damaged($"there is no PNG chunk at byte {_bytes.Position - 8}");
        }

        Type = System.Text.Encoding.ASCII.GetString(head[4..]);
        if (length > int.MaxValue) throw BadImageException.Damaged($"the {Type} chunk of its PNG has the length {length}");
        if (length + 4L > _bytes.Remaining) throw BadImageException.CutOff($"in the {Type} chunk of its PNG");
        _checksum.Append(head[4..]);
        _left = length;
    }

    private static byte[] Letters(string type) => System.Text.Encoding.ASCII.GetBytes(type);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
