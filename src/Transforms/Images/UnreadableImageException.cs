namespace MLNet.VisionLanguage;

/// <summary>An image file that is missing, cut off, damaged, too large or of a format that is not read.</summary>
public sealed class UnreadableImageException : FormatException
{
    internal UnreadableImageException(string filePath, string reason, Exception? inner = null, string where = "")
        : base($"{where}'{filePath}' cannot be read as an image: {reason}.", inner)
    {
        FilePath = filePath;
        Reason = reason;
    }

    /// <summary>The file.</summary>
    public string FilePath { get; }

    /// <summary>Whether the message names the row.</summary>
    internal bool IsNamed { get; init; }

    /// <summary>What is wrong with it, as the end of a sentence: "it is cut off: it ends without the end marker of a JPEG".</summary>
    public string Reason { get; }
}
