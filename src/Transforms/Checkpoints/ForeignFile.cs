using System.Text.RegularExpressions;
using MLNet.VisionLanguage.Files;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Checkpoints;

/// <summary>
/// Says what a file is that people often have in the place of the one they meant: the pointer that git leaves without Git LFS, the web
/// page that a download ended in, an archive that is still packed.
/// </summary>
internal static partial class ForeignFile
{
    /// <summary>The bytes from the beginning of a file that <see cref="Describe"/> looks at.</summary>
    public const int HeadLength = 1024;

    private static readonly (byte[] Start, string What)[] Starts =
    [
        ([0x1f, 0x8b], "a gzip file: unpack it first"),
        ([0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z'], "an xz file: unpack it first"),
        ([.. "BZh"u8], "a bzip2 file: unpack it first"),
        ([(byte)'7', (byte)'z', 0xbc, 0xaf], "a 7z archive: unpack it first"),
        ([.. "Rar!"u8], "a RAR archive: unpack it first"),
        ([0x89, .. "HDF"u8], "an HDF5 file (Keras, .h5)"),
        ([0x93, .. "NUMPY"u8], "a NumPy array (.npy)"),
        ([.. "GGUF"u8], "a GGUF file"),
        ([.. "%PDF"u8], "a PDF document"),
        ([0x89, .. "PNG"u8], "a PNG image"),
        ([0xff, 0xd8, 0xff], "a JPEG image"),
    ];

    /// <summary>What the file is; null when it is nothing known here.</summary>
    /// <param name="head">Its first <see cref="HeadLength"/> bytes, or all.</param>
    public static string? Describe(ReadOnlySpan<byte> head)
    {
        if (head.IsEmpty) return "an empty file: nothing was downloaded or written";
        foreach (var (start, what) in Starts)
        {
            if (head.StartsWith(start)) return what;
        }

        if (head.Length > 262 && head[257..].StartsWith("ustar"u8)) return "a tar archive: unpack it first";
        if (head.Length >= 16 && !head.ContainsAnyExcept((byte)0)) return "a file of zero bytes, as an interrupted download leaves";
        head = head[TextBytes.MarkLength(head)..];
        var text = TextEncoding.Latin1.GetString(head).TrimStart();
        if (text.StartsWith("version https://git-lfs", StringComparison.Ordinal))
        {
            var size = PointerSize().Match(text);
            return $"a Git LFS pointer{(size.Success ? $" to a file of {size.Groups[1].Value} bytes" : "")}, not the file itself: "
                + "fetch it with 'git lfs pull'";
        }

        if (!Markup().IsMatch(text)) return null;
        var title = Title().Match(text);
        return $"a web page{(title.Success ? $" ('{title.Groups[1].Value.Trim()}')" : "")}, "
            + "which a server sent in place of the file: download it again";
    }

    [GeneratedRegex(@"\nsize (\d{1,20})\s", RegexOptions.CultureInvariant)]
    private static partial Regex PointerSize();

    [GeneratedRegex(@"^<(!doctype|html|head|body|script|meta|title|\?xml|!--|error)", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Markup();

    [GeneratedRegex("<title[^>]{0,80}>([^<]{1,80})", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Title();
}
