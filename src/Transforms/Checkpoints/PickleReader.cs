using System.Buffers.Binary;
using System.Globalization;
using System.Numerics;
using System.Text;
using System.Text.Unicode;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Checkpoints;

/// <summary>Reads the arguments of pickle opcodes; a length is checked against the bytes left before anything is allocated.</summary>
internal sealed class PickleReader(string path, StorageView view, long length)
{
    private const int MaxNumberLength = 1024;
    private const int LineWindow = 1 << 12;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    public long Position { get; private set; }

    public byte ReadByte() => Take(1)[0];

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(Take(2));

    public int ReadInt32() => BinaryPrimitives.ReadInt32LittleEndian(Take(4));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32LittleEndian(Take(4));

    public ulong ReadUInt64() => BinaryPrimitives.ReadUInt64LittleEndian(Take(8));

    public double ReadDouble() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    public ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)(length - Position)) throw Bad($"{count} bytes are announced, {length - Position} are left");
        var bytes = view.Slice(Position, checked((int)count));
        Position += (long)count;
        return bytes;
    }

    public string ReadUtf8(ulong count)
    {
        try
        {
            return Strict.GetString(Take(count));
        }
        catch (DecoderFallbackException e)
        {
            throw Bad("a string is not valid UTF-8", e);
        }
    }

    public string ReadLatin1(ulong count) => TextEncoding.Latin1.GetString(Take(count));

    /// <summary>A string of Python 2, which is bytes: UTF-8 where they are, as almost always, or Latin-1.</summary>
    public string ReadByteText(ulong count) => ByteText(Take(count));

    /// <summary>A little-endian two's complement number; a long where it fits, as almost always.</summary>
    public object ReadLong(ulong count)
    {
        if (count > MaxNumberLength) throw Bad($"an integer of {count} bytes is announced; at most {MaxNumberLength} are allowed");
        return Narrow(new BigInteger(Take(count)));
    }

    /// <summary>The text up to the next line feed.</summary>
    public string ReadLine()
    {
        for (var end = Position; end < length;)
        {
            var window = view.Slice(end, (int)Math.Min(LineWindow, length - end));
            var at = window.IndexOf((byte)'\n');
            if (at >= 0)
            {
                var line = ReadLatin1((ulong)(end + at - Position));
                Position++;
                return line;
            }

            end += window.Length;
        }

        throw Bad("a line has no end");
    }

    /// <summary>The argument of INT, which protocols 0 and 1 also used for True and False.</summary>
    public object ReadDecimalOrFlag()
    {
        var line = ReadLine();
        return line is "01" or "00" ? line == "01" : ParseDecimal(line);
    }

    public object ReadDecimal() => ParseDecimal(ReadLine());

    private object ParseDecimal(string line)
    {
        if (line.EndsWith('L')) line = line[..^1];
        if (line.Length > MaxNumberLength || !BigInteger.TryParse(line, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            throw Bad($"expected a decimal number; found '{PickleMachine.Shorten(line)}'");
        return Narrow(number);
    }

    public double ReadDecimalFloat()
    {
        var line = ReadLine();
        if (line.Length > MaxNumberLength || !double.TryParse(line, NumberStyles.Float, CultureInfo.InvariantCulture, out var number))
            throw Bad($"expected a number; found '{PickleMachine.Shorten(line)}'");
        return number;
    }

    /// <summary>A line of text with backslash escapes: Python's repr (quoted), or raw-unicode-escape.</summary>
    public string ReadEscaped(bool quoted)
    {
        var line = ReadLine().AsSpan();
        if (quoted)
        {
            line = line.Trim();
            if (line.Length < 2 || line[0] is not ('\'' or '"') || line[^1] != line[0]) throw Bad("expected a quoted string");
            line = line[1..^1];
        }

        var text = new StringBuilder(line.Length);
        while (line.Length > 0)
        {
            var (value, used) = line[0] == '\\' && line.Length > 1 ? Escape(line, quoted) : (line[0], 1);
            if (value is < 0 or > 0x10FFFF) throw Bad("a string has a bad escape");
            text.Append(value is > 0xFFFF ? char.ConvertFromUtf32(value) : (char)value);
            line = line[used..];
        }

        var whole = text.ToString();
        return quoted && whole.All(c => c <= 0xFF) ? ByteText(TextEncoding.Latin1.GetBytes(whole)) : whole;
    }

    public CheckpointFormatException Bad(string problem, Exception? inner = null) =>
        new(path, $"the pickled data is not as Python writes it: {problem} (at byte {Position} of it).", inner);

    private static string ByteText(ReadOnlySpan<byte> bytes) =>
        (Utf8.IsValid(bytes) ? TextEncoding.UTF8 : TextEncoding.Latin1).GetString(bytes);

    private static (int Value, int Used) Escape(ReadOnlySpan<char> text, bool quoted) => (text[1], quoted) switch
    {
        ('u', false) => (Hex(text, 4), 6),
        ('U', false) => (Hex(text, 8), 10),
        (_, false) => ('\\', 1),
        ('x', _) => (Hex(text, 2), 4),
        ('n', _) => ('\n', 2),
        ('r', _) => ('\r', 2),
        ('t', _) => ('\t', 2),
        (var other, _) => (other, 2),
    };

    private static int Hex(ReadOnlySpan<char> text, int digits) =>
        text.Length >= 2 + digits && int.TryParse(text.Slice(2, digits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            ? value
            : -1;

    private static object Narrow(BigInteger number) => number >= long.MinValue && number <= long.MaxValue ? (object)(long)number : number;
}
