using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace MLNet.VisionLanguage.Files;

/// <summary>Text files are UTF-8, with or without its byte order mark; what else they turn out to be is named.</summary>
internal static class TextBytes
{
    public static ReadOnlySpan<byte> Mark => "\uFEFF"u8;

    /// <summary>How many bytes at the beginning of a file are no text: those of the mark.</summary>
    public static int MarkLength(ReadOnlySpan<byte> start) => start.StartsWith(Mark) ? Mark.Length : 0;

    /// <summary>The encoding that the beginning of a text shows; null when nothing speaks against UTF-8.</summary>
    public static string? OtherEncoding(ReadOnlySpan<byte> start) => start switch
    {
        [0xFF, 0xFE, 0, 0, ..] or [0, 0, 0xFE, 0xFF, ..] => "UTF-32",
        [0xFF, 0xFE, ..] => "UTF-16 (little-endian)",
        [0xFE, 0xFF, ..] => "UTF-16 (big-endian)",
        [not 0, 0, not 0, 0, ..] => "UTF-16 (little-endian, without a mark)",
        [0, not 0, 0, not 0, ..] => "UTF-16 (big-endian, without a mark)",
        _ => null,
    };

    /// <summary>What keeps a whole file from being UTF-8, with the line; null when it is.</summary>
    public static string? ProblemOf(ReadOnlySpan<byte> text)
    {
        if (OtherEncoding(text) is { } encoding) return $"it is text in {encoding}; UTF-8 is expected";
        if (Utf8.IsValid(text)) return null;
        for (var number = 1; ; number++)
        {
            var end = text.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..end];
            if (!Utf8.IsValid(line)) return $"line {number} is not text in UTF-8: {Invalid(line)}";
            text = text[(end + 1)..];
        }
    }

    /// <summary>Tells the first byte of a text that is no UTF-8.</summary>
    public static string Invalid(ReadOnlySpan<byte> text)
    {
        var place = 0;
        while (Rune.DecodeFromUtf8(text[place..], out _, out var length) == OperationStatus.Done) place += length;
        return $"its byte {place + 1} is 0x{text[place]:X2}, as Latin-1 and Windows-1252 have it";
    }
}
