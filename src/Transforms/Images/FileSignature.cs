namespace MLNet.VisionLanguage.Images;

/// <summary>Tells by a file's first bytes what it is; names do not matter.</summary>
internal static class FileSignature
{
    /// <summary>So many bytes are looked at.</summary>
    public const int Length = 512;

    private const string Readable = "JPEG, PNG, GIF, WebP and BMP are read";

    private static ReadOnlySpan<byte> Png => [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A];

    private static ReadOnlySpan<byte> Jpeg => [0xFF, 0xD8, 0xFF];

    /// <summary>Formats that begin with fixed bytes and are not read.</summary>
    private static readonly (byte[] Start, string What)[] Others =
    [
        (Bytes("II*\u0000"), "a TIFF picture (or a camera's raw data)"),
        (Bytes("MM\u0000*"), "a TIFF picture (or a camera's raw data)"),
        (Bytes("II+\u0000"), "a TIFF picture (BigTIFF)"),
        (Bytes("MM\u0000+"), "a TIFF picture (BigTIFF)"),
        (Bytes("8BPS"), "a Photoshop picture (PSD)"),
        (Bytes("\u0000\u0000\u0001\u0000"), "an icon (ICO)"),
        (Bytes("\u0000\u0000\u0002\u0000"), "a mouse pointer (CUR)"),
        (Bytes("icns"), "an icon (ICNS)"),
        (Bytes("\u0000\u0000\u0000\fjP  "), "a JPEG 2000 picture"),
        (Bytes("\u00FF\u004F\u00FF\u0051"), "a JPEG 2000 picture"),
        (Bytes("\u0000\u0000\u0000\fJXL "), "a JPEG XL picture"),
        (Bytes("\u00FF\n"), "a JPEG XL picture"),
        (Bytes("II\u00BC"), "a JPEG XR picture"),
        (Bytes("\u008AMNG"), "an MNG animation"),
        (Bytes("\u008BJNG"), "a JNG picture"),
        (Bytes("v/1\u0001"), "an OpenEXR picture"),
        (Bytes("#?RADIANCE"), "a Radiance picture (HDR)"),
        (Bytes("DDS "), "a DirectDraw picture (DDS)"),
        (Bytes("qoif"), "a QOI picture"),
        (Bytes("farbfeld"), "a farbfeld picture"),
        (Bytes("SIMPLE  ="), "a FITS picture"),
        (Bytes("BPG\u00FB"), "a BPG picture"),
        (Bytes("gimp xcf"), "a GIMP picture (XCF)"),
        (Bytes("FUJIFILM"), "a camera's raw data"),
        (Bytes("\u00D7\u00CD\u00C6\u009A"), "a Windows drawing (WMF)"),
        (Bytes("%PDF"), "a PDF document"),
        (Bytes("%!PS"), "a PostScript document"),
        (Bytes("\u00C5\u00D0\u00D3\u00C6"), "a PostScript document"),
        (Bytes("PK\u0003\u0004"), "a zip archive"),
        (Bytes("\u001F\u008B"), "a gzip archive"),
        (Bytes("Rar!"), "a RAR archive"),
        (Bytes("7z\u00BC\u00AF"), "a 7-Zip archive"),
        (Bytes("RIFF"), "a RIFF file (sound or film) that is no WebP"),
        (Bytes("\u001A\u0045\u00DF\u00A3"), "a film (Matroska)"),
        (Bytes("version https://git-lfs"), "a Git LFS pointer, not the picture itself: fetch it with 'git lfs pull'"),
        (Bytes("\u0089PNG\n"), "a PNG that was damaged when it was copied as text"),
        (Bytes("\u0089PNG\r\r"), "a PNG that was damaged when it was copied as text"),
    ];

    /// <summary>The brands of an ISO media file (its bytes 8 to 11) that are pictures; the others are films.</summary>
    private static readonly Dictionary<string, string> Brands = new(StringComparer.Ordinal)
    {
        ["heic"] = "a HEIC picture",
        ["heix"] = "a HEIC picture",
        ["heim"] = "a HEIC picture",
        ["heis"] = "a HEIC picture",
        ["hevc"] = "a HEIC picture",
        ["hevx"] = "a HEIC picture",
        ["mif1"] = "a HEIF picture",
        ["msf1"] = "a HEIF picture",
        ["avif"] = "an AVIF picture",
        ["avis"] = "an AVIF picture",
        ["crx "] = "a camera's raw data",
    };

    /// <summary>The format of a file that begins so.</summary>
    /// <exception cref="BadImageException">It is of none that is read; the message says what it is.</exception>
    public static ImageFormat Find(ReadOnlySpan<byte> start)
    {
        if (start.Length == 0) throw new BadImageException("the file is empty");
        if (start.StartsWith(Png)) return ImageFormat.Png;
        if (start.StartsWith(Jpeg)) return ImageFormat.Jpeg;
        if (start.StartsWith("GIF87a"u8) || start.StartsWith("GIF89a"u8)) return ImageFormat.Gif;
        if (start.StartsWith("RIFF"u8) && start.Length >= 12 && start[8..].StartsWith("WEBP"u8)) return ImageFormat.WebP;
        if (start.StartsWith("BM"u8)) return ImageFormat.Bmp;
        throw new BadImageException(Describe(start));
    }

    private static string Describe(ReadOnlySpan<byte> start)
    {
        foreach (var (bytes, what) in Others)
        {
            if (start.StartsWith(bytes)) return $"it is {what}; {Readable}";
        }

        if (start.Length >= 12 && start[4..].StartsWith("ftyp"u8))
        {
            var brand = System.Text.Encoding.Latin1.GetString(start.Slice(8, 4));
            return $"it is {Brands.GetValueOrDefault(brand, "a film (MP4 or the like)")}; {Readable}";
        }

        if (start.Length < Png.Length && (Png.StartsWith(start) || Jpeg.StartsWith(start) || "GIF89a"u8.StartsWith(start)))
            return $"it is cut off: it has only {start.Length} bytes";
        if (start.IndexOfAnyExcept((byte)0) < 0) return "it has nothing but zeros, as a download that did not finish";
        return DescribeText(start) is { } text
            ? $"it is {text}, not a picture; {Readable}"
            : $"it is of no known format (it begins with the bytes {Convert.ToHexString(start[..Math.Min(start.Length, 8)])}); {Readable}";
    }

    private static string? DescribeText(ReadOnlySpan<byte> start)
    {
        var text = System.Text.Encoding.UTF8.GetString(start).TrimStart('\uFEFF', ' ', '\t', '\r', '\n');
        if (text.Any(letter => letter == '\uFFFD' || (char.IsControl(letter) && !char.IsWhiteSpace(letter))) && !text.StartsWith('<'))
            return null;
        if (Begins("<!doctype html", "<html", "<head", "<body", "<script", "<title", "<h1", "<p>")) return "a web page (HTML)";
        if (Begins("<svg") || (text.StartsWith('<') && text.Contains("<svg", StringComparison.OrdinalIgnoreCase))) return "an SVG drawing";
        if (text.StartsWith('<')) return text.Contains("<html", StringComparison.OrdinalIgnoreCase) ? "a web page (HTML)" : "XML";
        if (text.Length > 2 && text[0] == 'P' && text[1] is >= '1' and <= '7' && char.IsWhiteSpace(text[2]))
            return "a portable bitmap (PNM)";
        return text.StartsWith('{') || text.StartsWith('[') ? "JSON, perhaps a server's error" : "text";

        bool Begins(params ReadOnlySpan<string> starts)
        {
            foreach (var one in starts)
            {
                if (text.StartsWith(one, StringComparison.OrdinalIgnoreCase)) return true;
            }

            return false;
        }
    }

    private static byte[] Bytes(string latin1) => System.Text.Encoding.Latin1.GetBytes(latin1);
}
