using Google.Protobuf;

namespace MLNet.VisionLanguage.Onnx;

/// <summary>
/// Walks over the fields of a protobuf message in a stream and skips what nobody asks for without reading it (by seeking, where the
/// stream can). Google's CodedInputStream reads what it skips.
/// </summary>
internal sealed class ProtobufSkimmer(Stream stream)
{
    private const int LongestSmallMessage = 1 << 26;

    private readonly BufferedStream _input = new(stream, 4096);
    private readonly byte[] _scratch = new byte[4096];

    public long Position { get; private set; }

    /// <summary>The tag of the next field; 0 at the end of the stream.</summary>
    public uint ReadTag()
    {
        var first = _input.ReadByte();
        if (first < 0) return 0;
        Position++;
        var tag = first < 0x80 ? (ulong)first : ReadVarint((ulong)first & 0x7F, 7);
        return tag is > 0 and <= uint.MaxValue ? (uint)tag : throw new InvalidDataException($"Not an ONNX model: field tag {tag}.");
    }

    /// <summary>The length that stands before a nested message; gives the position where that message ends.</summary>
    public long ReadEnd(long limit = long.MaxValue)
    {
        var length = ReadVarint(0, 0);
        if (length > int.MaxValue || (long)length > limit - Position)
            throw new InvalidDataException($"Not an ONNX model: at byte {Position} a field claims {length} bytes, more than there are.");
        return Position + (long)length;
    }

    /// <summary>A nested message as bytes, for messages that are small by their nature.</summary>
    public byte[] ReadSmall(long limit)
    {
        var length = ReadEnd(limit) - Position;
        if (length > LongestSmallMessage)
            throw new InvalidDataException($"Not an ONNX model: at byte {Position} a description claims {length} bytes.");
        return ReadBytes(length);
    }

    /// <summary>The next bytes.</summary>
    public byte[] ReadBytes(long length)
    {
        // Memory grows with what really comes, not with what the file claims.
        using var content = new MemoryStream();
        while (content.Length < length)
            content.Write(_scratch, 0, ReadSome(length - content.Length));
        return content.ToArray();
    }

    /// <summary>A number stored as such.</summary>
    public ulong ReadNumber() => ReadVarint(0, 0);

    public void Skip(uint tag, long limit)
    {
        switch (WireFormat.GetTagWireType(tag))
        {
            case WireFormat.WireType.Varint:
                ReadVarint(0, 0);
                break;
            case WireFormat.WireType.Fixed64:
                SkipBytes(8);
                break;
            case WireFormat.WireType.Fixed32:
                SkipBytes(4);
                break;
            case WireFormat.WireType.LengthDelimited:
                SkipBytes(ReadEnd(limit) - Position);
                break;
            default:
                throw new InvalidDataException($"Not an ONNX model: wire type {WireFormat.GetTagWireType(tag)} at byte {Position}.");
        }
    }

    /// <summary>Passes over bytes without a look at them.</summary>
    public void SkipBytes(long count)
    {
        if (_input.CanSeek && count > _scratch.Length)
        {
            if (count > _input.Length - _input.Position) throw CutShort();
            _input.Seek(count, SeekOrigin.Current);
            Position += count;
            return;
        }
        while (count > 0)
            count -= ReadSome(count);
    }

    private int ReadSome(long count)
    {
        var read = _input.Read(_scratch, 0, (int)Math.Min(count, _scratch.Length));
        Position += read;
        return read > 0 ? read : throw CutShort();
    }

    private ulong ReadVarint(ulong value, int shift)
    {
        for (; shift < 64; shift += 7)
        {
            var next = _input.ReadByte();
            if (next < 0) throw CutShort();
            Position++;
            value |= ((ulong)next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
        throw new InvalidDataException($"Not an ONNX model: a number without end at byte {Position}.");
    }

    private InvalidDataException CutShort() => new($"The ONNX model is cut short after {Position} bytes.");
}
