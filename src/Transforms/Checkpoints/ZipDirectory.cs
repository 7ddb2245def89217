using System.Buffers.Binary;
using System.IO.Compression;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Checkpoints;

/// <summary>
/// The directory of a zip file (with zip64), read so that stored entries can be used where they lie: System.IO.Compression
/// does not tell where an entry's data begins.
/// </summary>
internal sealed class ZipDirectory
{
    private const int EndLength = 22;
    private const int EntryLength = 46;
    private const int LocalLength = 30;

    /// <summary>Deflate cannot compress better than about 1:1032.</summary>
    private const long MaxRatio = 1040;

    private readonly TensorStorage _file;
    private readonly string _path;
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<string, TensorStorage> _opened = new(StringComparer.Ordinal);
    private long _inflated;

    /// <param name="file">The file, or a part of one that is a zip file itself.</param>
    /// <param name="path">What messages call it.</param>
    public ZipDirectory(TensorStorage file, string path)
    {
        _file = file;
        _path = path;
        ReadEntries(FindDirectory());
    }

    public IEnumerable<string> Names => _entries.Keys;

    public bool Contains(string name) => _entries.ContainsKey(name);

    public long LengthOf(string name) => _entries[name].Length;

    /// <summary>The bytes of an entry: a range of the file if it is stored, a copy if it is deflated.</summary>
    public TensorStorage Open(string name)
    {
        if (!_opened.TryGetValue(name, out var storage)) _opened[name] = storage = OpenEntry(name, _entries[name]);
        return storage;
    }

    private TensorStorage OpenEntry(string name, Entry entry)
    {
        if (entry.Offset > _file.Length - LocalLength)
            throw Bad($"entry '{name}' begins at byte {entry.Offset}, beyond the end of the file");
        var local = _file.ToArray(entry.Offset, LocalLength);
        var nameLength = UInt16(local, 26);
        var start = entry.Offset + LocalLength + nameLength + UInt16(local, 28);
        if (UInt32(local, 0) != 0x04034b50 || start > _file.Length - entry.CompressedLength)
            throw Bad($"entry '{name}' has no valid header at byte {entry.Offset}, or does not fit into the file");
        if (TextEncoding.UTF8.GetString(_file.ToArray(entry.Offset + LocalLength, nameLength)) != name)
            throw Bad($"entry '{name}' has another name in its own header");
        if (entry.Encrypted) throw Bad($"entry '{name}' is encrypted");
        if (entry.Method == 8) return Inflate(name, entry, start);
        if (entry.Method != 0 || entry.CompressedLength != entry.Length)
            throw Bad($"entry '{name}' has compression method {entry.Method}; expected stored or deflated");
        return _file.Range(start, entry.Length);
    }

    private MemoryStorage Inflate(string name, Entry entry, long start)
    {
        _inflated = checked(_inflated + entry.Length);
        if (entry.Length / MaxRatio > entry.CompressedLength || _inflated > Math.Max(64L << 20, 16 * _file.Length) || entry.Length > Array.MaxLength)
            throw Bad($"entry '{name}' says that its {entry.CompressedLength} bytes inflate to {entry.Length}, which is not plausible");
        var bytes = new byte[entry.Length];
        try
        {
            using var view = _file.View(start, entry.CompressedLength);
            using var source = new MemoryStream(view.Slice(0, checked((int)entry.CompressedLength)).ToArray());
            using var inflate = new DeflateStream(source, CompressionMode.Decompress);
            inflate.ReadExactly(bytes);
        }
        catch (Exception e) when (e is IOException or InvalidDataException or OverflowException)
        {
            throw new CheckpointFormatException(_path, $"the zip entry '{name}' does not inflate to {entry.Length} bytes.", e);
        }

        return new MemoryStorage(bytes);
    }

    /// <summary>Finds the central directory by the record at the end of the file.</summary>
    private (long Offset, long Length, long Count) FindDirectory()
    {
        var tailLength = (int)Math.Min(_file.Length, EndLength + ushort.MaxValue);
        var tail = _file.ToArray(_file.Length - tailLength, tailLength);
        var at = tailLength - EndLength;
        while (at >= 0 && !(UInt32(tail, at) == 0x06054b50 && UInt16(tail, at + 20) == tailLength - at - EndLength))
            at--;
        if (at < 0) throw Bad("the directory at the end is missing (is the file truncated?)");
        var end = _file.Length - tailLength + at;
        long count = UInt16(tail, at + 10);
        long length = UInt32(tail, at + 12);
        long offset = UInt32(tail, at + 16);
        if (count == ushort.MaxValue || length == uint.MaxValue || offset == uint.MaxValue)
            (offset, length, count) = FindDirectory64(end) ?? (offset, length, count);
        if (offset < 0 || length < 0 || offset > end - length || count < 0 || count > length / EntryLength)
            throw Bad($"its directory of {count} entries and {length} bytes at byte {offset} does not fit into the file");
        return (offset, length, count);
    }

    private (long Offset, long Length, long Count)? FindDirectory64(long end)
    {
        if (end < 20) return null;
        var locator = _file.ToArray(end - 20, 20);
        if (UInt32(locator, 0) != 0x07064b50) return null;
        var at = (long)BinaryPrimitives.ReadUInt64LittleEndian(locator.AsSpan(8));
        if (at < 0 || at > end - 56) throw Bad("its zip64 directory record lies outside the file");
        var record = _file.ToArray(at, 56);
        if (UInt32(record, 0) != 0x06064b50) throw Bad("its zip64 directory record is missing");
        return (Int64(record, 48), Int64(record, 40), Int64(record, 32));
    }

    private void ReadEntries((long Offset, long Length, long Count) directory)
    {
        using var view = _file.View(directory.Offset, directory.Length);
        var position = 0L;
        for (var i = 0L; i < directory.Count; i++)
        {
            if (position > directory.Length - EntryLength) throw Bad($"its directory ends after {i} of {directory.Count} entries");
            var head = view.Slice(position, EntryLength);
            var nameLength = UInt16(head, 28);
            var extraLength = UInt16(head, 30);
            var total = EntryLength + nameLength + extraLength + UInt16(head, 32);
            if (UInt32(head, 0) != 0x02014b50 || position > directory.Length - total) throw Bad($"entry {i} of its directory is damaged");
            var name = TextEncoding.UTF8.GetString(view.Slice(position + EntryLength, nameLength));
            var entry = ReadEntry(name, head, view.Slice(position + EntryLength + nameLength, extraLength));
            if (!_entries.TryAdd(name, entry)) throw Bad($"the entry '{name}' stands twice in its directory");
            position += total;
        }
    }

    private Entry ReadEntry(string name, ReadOnlySpan<byte> head, ReadOnlySpan<byte> extra)
    {
        long compressed = UInt32(head, 20);
        long length = UInt32(head, 24);
        long offset = UInt32(head, 42);
        while (extra.Length >= 4)
        {
            var size = UInt16(extra, 2);
            if (size > extra.Length - 4) break;
            if (UInt16(extra, 0) == 1)
            {
                var fields = extra.Slice(4, size);
                length = Wide(length, ref fields);
                compressed = Wide(compressed, ref fields);
                offset = Wide(offset, ref fields);
            }

            extra = extra[(4 + size)..];
        }

        if (length < 0 || compressed < 0 || offset < 0 || compressed > _file.Length)
            throw Bad($"entry '{name}' has {compressed} bytes at byte {offset}; the file has {_file.Length}");
        return new Entry(offset, compressed, length, UInt16(head, 10), (UInt16(head, 8) & 1) != 0);
    }

    /// <summary>A zip64 extra field holds those of the 32-bit fields that are all ones, in order.</summary>
    private static long Wide(long value, ref ReadOnlySpan<byte> fields)
    {
        if (value != uint.MaxValue || fields.Length < 8) return value;
        value = Int64(fields, 0);
        fields = fields[8..];
        return value;
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint UInt32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long Int64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);

    private CheckpointFormatException Bad(string problem) => new(_path, $"it begins as a zip file, but {problem}.");

    private sealed record Entry(long Offset, long CompressedLength, long Length, int Method, bool Encrypted);
}
