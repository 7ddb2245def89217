namespace MLNet.VisionLanguage.Images;

/// <summary>The formats that are read.</summary>
internal enum ImageFormat
{
    Jpeg,
    Png,
    Gif,
    WebP,
    Bmp,
}

/// <summary>What a checked image file says about its picture.</summary>
/// <param name="Format">The format by content; file names do not matter.</param>
/// <param name="Width">Pixels of a stored row.</param>
/// <param name="Height">Stored rows.</param>
internal sealed record ImageHeader(ImageFormat Format, int Width, int Height)
{
    /// <summary>EXIF orientation 1 to 8; 1 stands upright.</summary>
    public int Orientation { get; init; } = 1;

    /// <summary>Bytes that decoding takes whatever size is asked for: all coefficients of a progressive JPEG, a whole GIF.</summary>
    public long WholeBytes { get; init; }

    /// <summary>PNG: the rows come in seven passes, which the decoder collects beside its output.</summary>
    public bool Interlaced { get; init; }

    /// <summary>PNG: 16-bit grayscale none of whose samples is above 255.</summary>
    public bool LowSamples { get; init; }

    /// <summary>BMP: there is an alpha channel that is 0 everywhere, which writers mean as none.</summary>
    public bool EmptyAlpha { get; init; }

    /// <summary>WebP: the decoder can shrink exactly while it decodes: one opaque picture that fills the canvas.</summary>
    public bool Shrinkable { get; init; }

    /// <summary>Whether width and height change places when the picture is turned upright.</summary>
    public bool Lies => Orientation >= 5;
}
