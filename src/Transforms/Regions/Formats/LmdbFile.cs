using System.Buffers.Binary;
using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage.Regions;

/// <summary>
/// Reads an LMDB file (see <see cref="LmdbLayout"/>) without LMDB's own library, which takes what a file says for granted and ends the process
/// where it is damaged or was cut off: here every number is checked against the length of the file. The file is mapped.
/// </summary>
internal sealed class LmdbFile : IDisposable
{
    private const int MostLevels = 32;
    private const int LeastPage = 256;
    private const int MostPage = 1 << 16;

    private readonly MappedFile _file;
    private readonly string _path;
    private readonly int _pageSize;
    private readonly long _pages;
    private readonly Dictionary<string, (long Offset, int Length)> _values = new(StringComparer.Ordinal);
    private readonly List<string> _keys = [];
    private readonly HashSet<long> _visited = [];

    private LmdbFile(MappedFile file, string path)
    {
        _file = file;
        _path = path;
        var first = ReadMeta(0);
        _pageSize = first.PageSize;
        _pages = file.Length / _pageSize;
        var second = ReadMeta(_pageSize);
        var (root, depth) = second.Transaction > first.Transaction ? (second.Root, second.Depth) : (first.Root, first.Depth);
        if (depth > MostLevels) throw Bad(0, $"its tree is to have {depth} levels");
        if (root != LmdbLayout.NoPage) Walk(root, depth);
        _visited.Clear();
    }

    /// <summary>The keys, in their order in the file.</summary>
    public IReadOnlyList<string> Keys => _keys;

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file: data.mdb, or what a writer without a folder called it.</param>
    /// <exception cref="InvalidDataException">It is damaged, cut off, or of another version.</exception>
    public static LmdbFile Open(string path)
    {
        var length = new FileInfo(path).Length;
        if (length < LmdbLayout.MetaEnd) throw new InvalidDataException($"{path}: it has {length} bytes, no LMDB file.");
        var file = new MappedFile(path);
        try
        {
            return new(file, path);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether a file begins as this format does.</summary>
    public static bool IsHead(ReadOnlySpan<byte> head) =>
        head.Length > LmdbLayout.VersionAt && BinaryPrimitives.ReadUInt32LittleEndian(head[LmdbLayout.MagicAt..]) == LmdbLayout.Magic;

    public bool Contains(string key) => _values.ContainsKey(key);

    /// <summary>The bytes of a value, which lie in the file.</summary>
    public TensorStorage Value(string key)
    {
        var (offset, length) = _values[key];
        return _file.Range(offset, length);
    }

    public void Dispose() => _file.Dispose();

    private (int PageSize, long Root, int Depth, long Transaction) ReadMeta(long offset)
    {
        if (offset > _file.Length - LmdbLayout.MetaEnd) throw Bad(offset, "it ends before its second page: the file was cut off");
        ReadOnlySpan<byte> page = _file.ToArray(offset, LmdbLayout.MetaEnd);
        if (UInt32(page, LmdbLayout.MagicAt) != LmdbLayout.Magic) throw Bad(offset + LmdbLayout.MagicAt, "LMDB's magic number is not there");
        if (UInt32(page, LmdbLayout.VersionAt) is not LmdbLayout.Version and var version)
            throw Bad(offset + LmdbLayout.VersionAt, $"its data version is {version}; {LmdbLayout.Version}, that of LMDB 0.9, is read");
        var size = UInt32(page, LmdbLayout.FreeTreeAt);
        if (size is < LeastPage or > MostPage || (size & (size - 1)) != 0) throw Bad(offset + LmdbLayout.FreeTreeAt, $"its pages are to have {size} bytes");
        return (
            (int)size, Int64(page, LmdbLayout.MainTreeAt + LmdbLayout.TreeRoot), UInt16(page, LmdbLayout.MainTreeAt + LmdbLayout.TreeDepth),
            Int64(page, LmdbLayout.TransactionAt));
    }

    private void Walk(long number, int levels)
    {
        if (!_visited.Add(number)) throw Bad(0, $"its tree comes to page {number} twice");
        var page = Page(number, 1);
        var kind = UInt16(page, LmdbLayout.KindAt) & 0xFF;
        var end = UInt16(page, LmdbLayout.LowerAt);
        if ((kind & (LmdbLayout.Branch | LmdbLayout.Leaf)) == 0 || end < LmdbLayout.PageHeader || end > _pageSize || levels < 1)
            throw BadPage(number, $"it is of kind {kind}, where a part of the tree is expected");
        for (var at = LmdbLayout.PageHeader; at + 2 <= end; at += 2)
        {
            int node = UInt16(page, at);
            if (node > _pageSize - LmdbLayout.NodeHeader) throw BadPage(number, "an entry begins beyond its end");
            if ((kind & LmdbLayout.Branch) != 0)
                Walk(UInt16(page, node) | ((long)UInt16(page, node + 2) << 16) | ((long)UInt16(page, node + LmdbLayout.NodeFlagsAt) << 32), levels - 1);
            else
                Add(number, page, node);
        }
    }

    private void Add(long number, byte[] page, int node)
    {
        var length = UInt16(page, node) | ((long)UInt16(page, node + 2) << 16);
        var flags = UInt16(page, node + LmdbLayout.NodeFlagsAt);
        var keyLength = UInt16(page, node + LmdbLayout.NodeKeyLengthAt);
        var start = node + LmdbLayout.NodeHeader + keyLength;
        if (start > _pageSize || length > int.MaxValue) throw BadPage(number, $"an entry has a key of {keyLength} and a value of {length} bytes");
        var offset = (number * _pageSize) + start;
        if (flags == LmdbLayout.LongValue)
        {
            if (start > _pageSize - 8) throw BadPage(number, "the place of a long value does not fit into it");
            var first = Int64(page, start);
            var pages = (LmdbLayout.PageHeader + length + _pageSize - 1) / _pageSize;
            if (first < 2 || first > _pages - pages)
                throw BadPage(number, $"a value is to lie in {pages} pages from page {first}; the file has {_pages}: cut off?");
            if ((UInt16(_file.ToArray(first * _pageSize, LmdbLayout.PageHeader), LmdbLayout.KindAt) & LmdbLayout.Overflow) == 0)
                throw BadPage(first, "a long value is expected there");
            offset = (first * _pageSize) + LmdbLayout.PageHeader;
        }
        else if (flags != 0)
        {
            throw BadPage(number, "it has databases or several values under a key; one value each is read");
        }
        else if (length > _pageSize - start)
        {
            throw BadPage(number, $"a value of {length} bytes does not fit into it");
        }

        var key = System.Text.Encoding.UTF8.GetString(page, node + LmdbLayout.NodeHeader, keyLength);
        if (!_values.TryAdd(key, (offset, (int)length))) throw BadPage(number, $"the key '{PickleMachine.Shorten(key)}' is there twice");
        _keys.Add(key);
    }

    private byte[] Page(long number, long count) => number >= 2 && number <= _pages - count
        ? _file.ToArray(number * _pageSize, (int)(count * _pageSize))
        : throw Bad(0, $"its tree leads to page {number}; the file has {_pages}: it was cut off or is damaged");

    private InvalidDataException BadPage(long number, string problem) => Bad(number * _pageSize, $"page {number}: {problem}");

    private InvalidDataException Bad(long offset, string problem) => new($"{_path}: byte {offset}: this LMDB file cannot be read: {problem}.");

    private static ushort UInt16(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint UInt32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static long Int64(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadInt64LittleEndian(bytes[at..]);
}
