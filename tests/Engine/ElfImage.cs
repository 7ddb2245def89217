using System.Buffers.Binary;
using System.Text;

namespace MLNet.VisionLanguage.Tests.Engine;

/// <summary>The smallest ELF file that needs versions of other libraries' symbols: header, names, needs and section table.</summary>
internal static class ElfImage
{
    public const int WeakFlag = 2;

    private const int HeaderSize = 64;
    private const int SectionSize = 64;
    private const int EntrySize = 16;
    private const uint VersionNeeds = 0x6ffffffe;

    /// <summary>An image whose needs are one list of versions for every library.</summary>
    public static byte[] Make(params (string Version, ushort Flags)[][] libraries)
    {
        var names = new MemoryStream();
        names.WriteByte(0);
        var needs = new byte[libraries.Sum(versions => (1 + versions.Length) * EntrySize)];
        var at = 0;
        for (var i = 0; i < libraries.Length; i++)
        {
            var next = (1 + libraries[i].Length) * EntrySize;
            Put16(needs, at, 1);
            Put16(needs, at + 2, (ushort)libraries[i].Length);
            Put32(needs, at + 4, AddName(names, $"lib{i}.so"));
            Put32(needs, at + 8, EntrySize);
            Put32(needs, at + 12, i + 1 < libraries.Length ? (uint)next : 0);
            for (var j = 0; j < libraries[i].Length; j++)
            {
                var version = at + ((j + 1) * EntrySize);
                Put16(needs, version + 4, libraries[i][j].Flags);
                Put32(needs, version + 8, AddName(names, libraries[i][j].Version));
                Put32(needs, version + 12, j + 1 < libraries[i].Length ? EntrySize : 0u);
            }

            at += next;
        }

        // The needs are section 2, their names section 1.
        long namesAt = HeaderSize, needsAt = namesAt + names.Length, table = needsAt + needs.Length;
        byte[] image = [.. Header(table, sections: 3), .. names.ToArray(), .. needs, .. new byte[3 * SectionSize]];
        Section(image, table, 1, type: 3, namesAt, link: 0, info: 0);
        Section(image, table, 2, VersionNeeds, needsAt, link: 1, (uint)libraries.Length);
        return image;
    }

    /// <summary>Where a library's needed version has its flags, found by the version's hash; in a real file.</summary>
    public static int FlagsOf(ReadOnlySpan<byte> image, string version)
    {
        uint hash = 0;
        foreach (var letter in version)
        {
            hash = (hash << 4) + letter;
            hash = (hash ^ ((hash & 0xf0000000) >> 24)) & 0x0fffffff;
        }

        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, hash);
        return image.IndexOf(bytes) is var at and >= 0
            ? at + 4
            : throw new InvalidDataException($"The file needs no {version}.");
    }

    private static byte[] Header(long sectionTable, ushort sections)
    {
        var header = new byte[HeaderSize];
        byte[] kind = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        kind.CopyTo(header, 0);
        BinaryPrimitives.WriteInt64LittleEndian(header.AsSpan(0x28), sectionTable);
        Put16(header, 0x3a, SectionSize);
        Put16(header, 0x3c, sections);
        return header;
    }

    private static void Section(byte[] image, long table, int index, uint type, long offset, uint link, uint info)
    {
        var at = (int)table + (index * SectionSize);
        Put32(image, at + 4, type);
        BinaryPrimitives.WriteInt64LittleEndian(image.AsSpan(at + 24), offset);
        Put32(image, at + 40, link);
        Put32(image, at + 44, info);
    }

    private static uint AddName(MemoryStream names, string name)
    {
        var at = (uint)names.Length;
        names.Write(Encoding.ASCII.GetBytes(name + '\0'));
        return at;
    }

    private static void Put16(byte[] bytes, int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(at), value);

    private static void Put32(byte[] bytes, int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(at), value);
}
