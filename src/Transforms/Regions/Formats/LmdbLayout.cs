namespace MLNet.VisionLanguage.Regions;

/// <summary>
/// The bytes of an LMDB file of data version 1, on 64-bit little-endian machines, as LMDB 0.9 (and with it Python's lmdb) writes it. Pages of
/// one size follow each other; the first two say where the tree of keys begins, and the one with the higher transaction holds.
/// </summary>
internal static class LmdbLayout
{
    public const uint Magic = 0xBEEFC0DE;
    public const uint Version = 1;

    /// <summary>What a page begins with: its number, its kind, and the free room in it (or how many pages a long value has).</summary>
    public const int PageHeader = 16;
    public const int KindAt = 10;
    public const int LowerAt = 12;
    public const int UpperAt = 14;
    public const int OverflowPagesAt = 12;

    public const int Branch = 0x01;
    public const int Leaf = 0x02;
    public const int Overflow = 0x04;
    public const int Meta = 0x08;

    /// <summary>Parts of the first two pages, from the page's begin.</summary>
    public const int MagicAt = 16;
    public const int VersionAt = 20;
    public const int MapSizeAt = 32;
    public const int FreeTreeAt = 40;
    public const int MainTreeAt = 88;
    public const int LastPageAt = 136;
    public const int TransactionAt = 144;
    public const int MetaEnd = 152;

    /// <summary>Parts of what tells of a tree; that of the free pages says the size of a page in its first.</summary>
    public const int TreeFlags = 4;
    public const int TreeDepth = 6;
    public const int TreeBranchPages = 8;
    public const int TreeLeafPages = 16;
    public const int TreeOverflowPages = 24;
    public const int TreeEntries = 32;
    public const int TreeRoot = 40;

    /// <summary>The root of a tree without entries.</summary>
    public const long NoPage = -1;

    /// <summary>What an entry begins with: length of the value (or the page of a branch) in 16-bit parts, flags, length of the key.</summary>
    public const int NodeHeader = 8;
    public const int NodeFlagsAt = 4;
    public const int NodeKeyLengthAt = 6;

    /// <summary>The value lies in pages of its own, of which the first's number stands here.</summary>
    public const int LongValue = 0x01;

    /// <summary>The longest key that LMDB takes as it is built for everyone.</summary>
    public const int LongestKey = 511;
}
