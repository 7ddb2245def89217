using System.Buffers.Binary;

namespace MLNet.VisionLanguage.Regions;

/// <summary>
/// Writes an LMDB file (see <see cref="LmdbLayout"/>) in one go, from keys in ascending order of their bytes: values in pages of their own where
/// they are long, then the leaves, then the branches above them. LMDB's library of today writes a data version that Python's lmdb does not
/// read, so the pages are laid out here.
/// </summary>
internal sealed class LmdbFileWriter
{
    private const int PageSize = 4096;

    /// <summary>LMDB wants two entries at least in a page.</summary>
    private const int LongestEntry = ((PageSize - LmdbLayout.PageHeader) / 2) - 2;

    private readonly Stream _stream;
    private readonly byte[] _page = new byte[PageSize];
    private readonly List<(byte[] Key, byte[] Node)> _entries = [];
    private readonly List<(byte[] Key, long Page)> _children = [];
    private byte[]? _last;
    private int _room = PageSize - LmdbLayout.PageHeader;
    private long _next = 2;
    private long _count;
    private long _overflowPages;

    /// <param name="stream">An empty file that can seek.</param>
    public LmdbFileWriter(Stream stream)
    {
        _stream = stream;
        stream.SetLength(0);
        stream.Write(new byte[2 * PageSize]);
    }

    /// <summary>Adds an entry.</summary>
    /// <param name="key">Greater than the one before.</param>
    /// <param name="value">Its value.</param>
    /// <exception cref="ArgumentException">The key is not in order, empty, or longer than LMDB takes.</exception>
    public void Add(byte[] key, ReadOnlySpan<byte> value)
    {
        if (key.Length is 0 or > LmdbLayout.LongestKey)
            throw new ArgumentException($"A key of {key.Length} bytes: LMDB takes 1 to {LmdbLayout.LongestKey}.", nameof(key));
        if (_last is not null && _last.AsSpan().SequenceCompareTo(key) >= 0) throw new ArgumentException("The keys are not in ascending order.", nameof(key));
        _last = key;
        _count++;
        var isLong = LmdbLayout.NodeHeader + key.Length + value.Length > LongestEntry;
        var node = new byte[Even(LmdbLayout.NodeHeader + key.Length + (isLong ? sizeof(long) : value.Length))];
        Head(node, value.Length & 0xFFFF, value.Length >> 16, isLong ? LmdbLayout.LongValue : 0, key);
        if (isLong)
            BinaryPrimitives.WriteInt64LittleEndian(node.AsSpan(LmdbLayout.NodeHeader + key.Length), WriteLong(value));
        else
            value.CopyTo(node.AsSpan(LmdbLayout.NodeHeader + key.Length));
        Place(key, node, LmdbLayout.Leaf, _children);
    }

    /// <summary>Writes what is left, and the first two pages, by which the file is whole.</summary>
    public void Complete()
    {
        Flush(LmdbLayout.Leaf, _children);
        long leaves = _children.Count, branches = 0;
        var depth = leaves > 0 ? 1 : 0;
        var level = _children;
        for (; level.Count > 1; depth++)
        {
            List<(byte[] Key, long Page)> above = [];
            foreach (var group in Branches(level))
            {
                // The first key of a branch is below all others, and is not written; it is that of the page above.
                foreach (var (i, (key, page)) in group.Index()) Place(key, Child(i == 0 ? [] : key, page), LmdbLayout.Branch, above);
                Flush(LmdbLayout.Branch, above);
            }

            branches += above.Count;
            level = above;
        }

        var root = level.Count == 0 ? LmdbLayout.NoPage : level[0].Page;
        for (var i = 0; i < 2; i++) WriteMeta(i, root, depth, branches, leaves);
    }

    /// <summary>What each branch has of a level's pages: as many as fit, and two at least.</summary>
    private static List<List<(byte[] Key, long Page)>> Branches(List<(byte[] Key, long Page)> level)
    {
        List<List<(byte[] Key, long Page)>> groups = [[]];
        var room = PageSize - LmdbLayout.PageHeader;
        foreach (var child in level)
        {
            var length = Even(LmdbLayout.NodeHeader + child.Key.Length) + 2;
            if (length > room)
            {
                groups.Add([]);
                room = PageSize - LmdbLayout.PageHeader;
            }

            groups[^1].Add(child);
            room -= length;
        }

        if (groups is [.., var before, { Count: 1 } last])
        {
            last.Insert(0, before[^1]);
            before.RemoveAt(before.Count - 1);
        }

        return groups;
    }

    private static byte[] Child(byte[] key, long page)
    {
        var node = new byte[Even(LmdbLayout.NodeHeader + key.Length)];
        Head(node, (int)(page & 0xFFFF), (int)((page >> 16) & 0xFFFF), (int)(page >> 32), key);
        return node;
    }

    private static void Head(byte[] node, int low, int high, int flags, byte[] key)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(node, (ushort)low);
        BinaryPrimitives.WriteUInt16LittleEndian(node.AsSpan(2), (ushort)high);
        BinaryPrimitives.WriteUInt16LittleEndian(node.AsSpan(LmdbLayout.NodeFlagsAt), (ushort)flags);
        BinaryPrimitives.WriteUInt16LittleEndian(node.AsSpan(LmdbLayout.NodeKeyLengthAt), (ushort)key.Length);
        key.CopyTo(node.AsSpan(LmdbLayout.NodeHeader));
    }

    private static int Even(int length) => (length + 1) & ~1;

    private void Place(byte[] key, byte[] node, int kind, List<(byte[] Key, long Page)> pages)
    {
        if (node.Length + 2 > _room) Flush(kind, pages);
        _entries.Add((key, node));
        _room -= node.Length + 2;
    }

    /// <summary>Writes a page of the entries at hand: their places from its begin, themselves from its end.</summary>
    private void Flush(int kind, List<(byte[] Key, long Page)> pages)
    {
        if (_entries.Count == 0) return;
        Array.Clear(_page);
        var upper = PageSize;
        foreach (var (i, (_, node)) in _entries.Index())
        {
            upper -= node.Length;
            node.CopyTo(_page.AsSpan(upper));
            BinaryPrimitives.WriteUInt16LittleEndian(_page.AsSpan(LmdbLayout.PageHeader + (2 * i)), (ushort)upper);
        }

        BinaryPrimitives.WriteUInt16LittleEndian(_page.AsSpan(LmdbLayout.LowerAt), (ushort)(LmdbLayout.PageHeader + (2 * _entries.Count)));
        BinaryPrimitives.WriteUInt16LittleEndian(_page.AsSpan(LmdbLayout.UpperAt), (ushort)upper);
        pages.Add((_entries[0].Key, WritePage(kind)));
        _entries.Clear();
        _room = PageSize - LmdbLayout.PageHeader;
    }

    private long WritePage(int kind)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_page, _next);
        BinaryPrimitives.WriteUInt16LittleEndian(_page.AsSpan(LmdbLayout.KindAt), (ushort)kind);
        _stream.Write(_page);
        return _next++;
    }

    private long WriteLong(ReadOnlySpan<byte> value)
    {
        var first = _next;
        var pages = (LmdbLayout.PageHeader + value.Length + PageSize - 1) / PageSize;
        Span<byte> header = stackalloc byte[LmdbLayout.PageHeader];
        header.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(header, first);
        BinaryPrimitives.WriteUInt16LittleEndian(header[LmdbLayout.KindAt..], LmdbLayout.Overflow);
        BinaryPrimitives.WriteInt32LittleEndian(header[LmdbLayout.OverflowPagesAt..], pages);
        _stream.Write(header);
        _stream.Write(value);
        _stream.Write(new byte[(pages * PageSize) - LmdbLayout.PageHeader - value.Length]);
        _next += pages;
        _overflowPages += pages;
        return first;
    }

    private void WriteMeta(int number, long root, int depth, long branches, long leaves)
    {
        Array.Clear(_page);
        BinaryPrimitives.WriteInt64LittleEndian(_page, number);
        BinaryPrimitives.WriteUInt16LittleEndian(_page.AsSpan(LmdbLayout.KindAt), LmdbLayout.Meta);
        BinaryPrimitives.WriteUInt32LittleEndian(_page.AsSpan(LmdbLayout.MagicAt), LmdbLayout.Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(_page.AsSpan(LmdbLayout.VersionAt), LmdbLayout.Version);
        Long(LmdbLayout.MapSizeAt, _next * PageSize);
        BinaryPrimitives.WriteUInt32LittleEndian(_page.AsSpan(LmdbLayout.FreeTreeAt), PageSize);

        // Keys of the tree of free pages are numbers.
        BinaryPrimitives.WriteUInt16LittleEndian(_page.AsSpan(LmdbLayout.FreeTreeAt + LmdbLayout.TreeFlags), 0x08);
        Long(LmdbLayout.FreeTreeAt + LmdbLayout.TreeRoot, LmdbLayout.NoPage);
        BinaryPrimitives.WriteUInt16LittleEndian(_page.AsSpan(LmdbLayout.MainTreeAt + LmdbLayout.TreeDepth), (ushort)depth);
        Long(LmdbLayout.MainTreeAt + LmdbLayout.TreeBranchPages, branches);
        Long(LmdbLayout.MainTreeAt + LmdbLayout.TreeLeafPages, leaves);
        Long(LmdbLayout.MainTreeAt + LmdbLayout.TreeOverflowPages, _overflowPages);
        Long(LmdbLayout.MainTreeAt + LmdbLayout.TreeEntries, _count);
        Long(LmdbLayout.MainTreeAt + LmdbLayout.TreeRoot, root);
        Long(LmdbLayout.LastPageAt, _next - 1);
        Long(LmdbLayout.TransactionAt, number);
        _stream.Position = (long)number * PageSize;
        _stream.Write(_page);

        void Long(int at, long value) => BinaryPrimitives.WriteInt64LittleEndian(_page.AsSpan(at), value);
    }
}
