using System.Buffers.Binary;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Checkpoints;

/// <summary>Pickles plain values in protocol 3, for Python programs that expect them.</summary>
internal sealed class PickleWriter
{
    private readonly MemoryStream _stream = new();

    private PickleWriter(object value)
    {
        _stream.Write([0x80, 3]);
        Write(value);
        _stream.WriteByte((byte)'.');
    }

    /// <summary>Pickles a text, bytes, a whole number, a list, or a dictionary of these.</summary>
    public static byte[] Dump(object value) => new PickleWriter(value)._stream.ToArray();

    private void Write(object value)
    {
        switch (value)
        {
            case string text:
                WriteBytes((byte)'X', TextEncoding.UTF8.GetBytes(text));
                break;
            case byte[] bytes:
                WriteBytes((byte)'B', bytes);
                break;
            case int or long:
                WriteNumber(Convert.ToInt64(value, System.Globalization.CultureInfo.InvariantCulture));
                break;
            case IReadOnlyCollection<KeyValuePair<object, object>> pairs:
                _stream.Write("}("u8);
                foreach (var (key, item) in pairs)
                {
                    Write(key);
                    Write(item);
                }

                _stream.WriteByte((byte)'u');
                break;
            case IReadOnlyCollection<object> items:
                _stream.Write("]("u8);
                foreach (var item in items) Write(item);
                _stream.WriteByte((byte)'e');
                break;
            default:
                throw new ArgumentException($"Values of type {value.GetType().Name} are not pickled.", nameof(value));
        }
    }

    private void WriteBytes(byte opcode, byte[] bytes)
    {
        _stream.WriteByte(opcode);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        _stream.Write(length);
        _stream.Write(bytes);
    }

    private void WriteNumber(long number)
    {
        // LONG1 with eight bytes holds every number of this type.
        _stream.Write([0x8A, 8]);
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        _stream.Write(bytes);
    }
}
