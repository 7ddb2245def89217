#if !NET
using System;
using System.Collections.Generic;
using System.IO;
#endif
using System.Text;

namespace MLNet.VisionLanguage.Engine;

/// <summary>
/// The versions of symbols that a Linux library needs of others (gnu.version_r of an ELF file). This one file is compiled twice: into the
/// library, for programs as they run, and by MSBuild against .NET Standard, for the task that builds use (see the targets file beside it).
/// </summary>
internal static class ElfVersions
{
    private const uint VersionNeeds = 0x6ffffffe; // SHT_GNU_verneed
    private const ushort Weak = 2;                // VER_FLG_WEAK
    private const int HeaderSize = 0x40;
    private const int SectionSize = 0x40;
    private const int EntrySize = 0x10;           // of a needed file, and of a needed version

    /// <summary>Marks a needed version as weak: the loader then takes a library that lacks it, if no symbol is bound to it.</summary>
    /// <param name="image">A 64-bit little-endian ELF file, changed in place.</param>
    /// <param name="version">The version's name, such as GLIBCXX_3.4.32.</param>
    /// <returns>
    /// False, with the image as it was, where it does not need the version, needs it weakly, is damaged or is another kind of file.
    /// </returns>
    public static bool Weaken(byte[] image, string version)
    {
        var strong = new List<int>();
        if (!IsElf64LittleEndian(image) || !Collect(image, version, strong)) return false;
        foreach (var at in strong) image[at] |= (byte)Weak;
        return strong.Count > 0;
    }

    private static bool IsElf64LittleEndian(byte[] d) =>
        d.Length >= HeaderSize && d[0] == 0x7f && d[1] == 'E' && d[2] == 'L' && d[3] == 'F' && d[4] == 2 && d[5] == 1;

    /// <summary>The places of the flags of the strong needs; false where something points outside of the file.</summary>
    private static bool Collect(byte[] d, string version, List<int> strong)
    {
        long table = Int64(d, 0x28), size = UInt16(d, 0x3a), count = UInt16(d, 0x3c);
        if (size < SectionSize || !Has(d, table, size * count)) return false;
        for (long i = 0; i < count; i++)
        {
            var section = table + (i * size);
            if (UInt32(d, section + 4) != VersionNeeds) continue;
            long names = UInt32(d, section + 40);
            if (names >= count || !Collect(d, section, Int64(d, table + (names * size) + 24), version, strong)) return false;
        }

        return true;
    }

    private static bool Collect(byte[] d, long section, long names, string version, List<int> strong)
    {
        var file = Int64(d, section + 24);
        for (long files = UInt32(d, section + 44); files > 0; files--)
        {
            if (!Has(d, file, EntrySize)) return false;
            var need = file + UInt32(d, file + 8);
            for (int needs = UInt16(d, file + 2); needs > 0; needs--)
            {
                if (!Has(d, need, EntrySize)) return false;
                var name = names + UInt32(d, need + 8);
                if (!Has(d, names, 0) || !Has(d, name, 1)) return false;
                if ((UInt16(d, need + 4) & Weak) == 0 && IsText(d, name, version)) strong.Add((int)need + 4);
                long next = UInt32(d, need + 12);
                if (next < EntrySize && needs > 1) return false; // the list ends early, or runs in circles
                need += next;
            }

            long nextFile = UInt32(d, file + 12);
            if (nextFile < EntrySize && files > 1) return false;
            file += nextFile;
        }

        return true;
    }

    private static bool IsText(byte[] d, long at, string text)
    {
        var bytes = Encoding.ASCII.GetBytes(text);
        if (!Has(d, at, bytes.Length + 1) || d[at + bytes.Length] != 0) return false;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (d[at + i] != bytes[i]) return false;
        }

        return true;
    }

    private static bool Has(byte[] d, long at, long length) => at >= 0 && length >= 0 && at <= d.Length - length;

    private static ushort UInt16(byte[] d, long at) => BitConverter.ToUInt16(d, (int)at);

    private static uint UInt32(byte[] d, long at) => BitConverter.ToUInt32(d, (int)at);

    private static long Int64(byte[] d, long at) => BitConverter.ToInt64(d, (int)at);
}

#if !NET
/// <summary>The task of builds: copies a file with the needed version marked as weak.</summary>
public sealed class WeakenElfVersion : Microsoft.Build.Utilities.Task
{
    [Microsoft.Build.Framework.Required]
    public string Source { get; set; }

    [Microsoft.Build.Framework.Required]
    public string Destination { get; set; }

    [Microsoft.Build.Framework.Required]
    public string Version { get; set; }

    public override bool Execute()
    {
        var image = File.ReadAllBytes(Source);
        ElfVersions.Weaken(image, Version);
        Directory.CreateDirectory(Path.GetDirectoryName(Destination));

        // A new file takes the old one's name: nothing is written through links, and a build that ends here leaves no half.
        var written = Destination + ".tmp";
        File.WriteAllBytes(written, image);
        File.Delete(Destination);
        File.Move(written, Destination);
        return true;
    }
}
#endif
