using System.Buffers.Binary;
using System.IO.Compression;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Tests.Checkpoints;

/// <summary>Writes pickles opcode by opcode, and the two files torch.save puts them in.</summary>
internal sealed class PickleBuilder
{
    private readonly MemoryStream _bytes = new();

    public PickleBuilder(int protocol = 2) => Raw(0x80, (byte)protocol);

    public byte[] Stop() => Raw('.')._bytes.ToArray();

    public PickleBuilder Raw(params ReadOnlySpan<byte> bytes)
    {
        _bytes.Write(bytes);
        return this;
    }

    public PickleBuilder Raw(char opcode) => Raw((byte)opcode);

    public PickleBuilder Text(string text) => Sized('X', (uint)TextEncoding.UTF8.GetByteCount(text)).Raw(TextEncoding.UTF8.GetBytes(text));

    public PickleBuilder Int(long value)
    {
        if (value is >= int.MinValue and <= int.MaxValue) return Sized('J', (uint)(int)value);
        var bytes = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        return Raw(0x8a, 8).Raw(bytes);
    }

    public PickleBuilder Global(string module, string name) => Raw('c').Raw(TextEncoding.UTF8.GetBytes($"{module}\n{name}\n"));

    /// <summary>An opcode with a little-endian 32-bit argument.</summary>
    public PickleBuilder Sized(char opcode, uint value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, value);
        return Raw(opcode).Raw(bytes);
    }

    public PickleBuilder Tuple(params ReadOnlySpan<long> values)
    {
        Raw('(');
        foreach (var value in values)
            Int(value);
        return Raw('t');
    }

    public PickleBuilder Storage(string key, string type, long count) =>
        Raw('(').Text("storage").Global("torch", type).Text(key).Text("cpu").Int(count).Raw('t').Raw('Q');

    /// <summary>A call of _rebuild_tensor_v2, as torch.save writes it.</summary>
    public PickleBuilder Tensor(string key, string type, long count, long offset, long[] size, long[] stride) =>
        Global("torch._utils", "_rebuild_tensor_v2").Raw('(').Storage(key, type, count).Int(offset).Tuple(size).Tuple(stride)
            .Raw(0x89).Global("collections", "OrderedDict").Raw(')').Raw('R').Raw('t').Raw('R');

    /// <summary>A dictionary with one tensor "w" over storage "0".</summary>
    public static byte[] OneTensor(string type, long count, long offset, long[] size, long[] stride) =>
        new PickleBuilder().Raw('}').Text("w").Tensor("0", type, count, offset, size, stride).Raw('s').Stop();

    public static byte[] Zip(byte[] pickle, Dictionary<string, byte[]> storages, string prefix = "archive/", bool deflate = false, string? order = null)
    {
        using var bytes = new MemoryStream();
        using (var zip = new ZipArchive(bytes, ZipArchiveMode.Create, leaveOpen: true))
        {
            void Add(string name, byte[] content)
            {
                using var stream = zip.CreateEntry(name, deflate ? CompressionLevel.Optimal : CompressionLevel.NoCompression).Open();
                stream.Write(content);
            }

            Add(prefix + "data.pkl", pickle);
            if (order != null) Add(prefix + "byteorder", TextEncoding.ASCII.GetBytes(order));
            foreach (var (key, content) in storages)
                Add($"{prefix}data/{key}", content);
        }

        return bytes.ToArray();
    }

    public static byte[] Legacy(byte[] pickle, (string Key, long Count, byte[] Bytes)[] storages, bool littleEndian = true)
    {
        using var bytes = new MemoryStream();
        bytes.Write(new PickleBuilder().Raw(0x8a, 10).Raw(0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19).Stop());
        bytes.Write(new PickleBuilder().Int(1001).Stop());
        bytes.Write(new PickleBuilder().Raw('}').Text("little_endian").Raw(littleEndian ? (byte)0x88 : (byte)0x89).Raw('s').Stop());
        bytes.Write(pickle);
        var keys = new PickleBuilder().Raw(']').Raw('(');
        foreach (var (key, _, _) in storages)
            keys.Text(key);
        bytes.Write(keys.Raw('e').Stop());
        foreach (var (_, count, content) in storages)
        {
            bytes.Write(BitConverter.GetBytes(count));
            bytes.Write(content);
        }

        return bytes.ToArray();
    }

    public static byte[] Floats(params float[] values)
    {
        var bytes = new byte[values.Length * 4];
        Buffer.BlockCopy(values, 0, bytes, 0, bytes.Length);
        return bytes;
    }
}
