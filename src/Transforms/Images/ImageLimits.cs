namespace MLNet.VisionLanguage.Images;

/// <summary>How large a picture may be, checked from the file's header before memory is taken for it.</summary>
/// <param name="Pixels">The most pixels.</param>
/// <param name="Memory">The most bytes that decoding may take.</param>
/// <param name="ShrinkAbove">Larger pictures are shrunk to about this many pixels; null to leave every size as it is.</param>
internal sealed record ImageLimits(long Pixels, long Memory, int? ShrinkAbove)
{
    public static ImageLimits Default { get; } = From(new LoadImageFilesOptions());

    public static ImageLimits From(LoadImageFilesOptions options) => new(options.PixelLimit, options.MemoryLimit, options.ShrinkAbove);

    /// <exception cref="BadImageException">The picture is empty or has too many pixels.</exception>
    public void CheckSize(long width, long height)
    {
        if (width < 1 || height < 1) throw BadImageException.Damaged($"its size is {width} x {height} pixels");
        if (width > int.MaxValue || height > int.MaxValue || width * height > Pixels)
        {
            throw new BadImageException(
                $"it has {width} x {height} pixels, above the limit of {Pixels} pixels ({nameof(LoadImageFilesOptions.PixelLimit)})");
        }
    }

    /// <exception cref="BadImageException">Decoding takes too much memory.</exception>
    public void CheckMemory(ImageHeader header)
    {
        var (width, height) = Delivered(header);

        // The decoded picture, the copy that ML.NET makes of it and, on the way, one that is turned.
        var bytes = header.WholeBytes + (long)width * height * 4 * (header.Orientation == 1 ? 2 : 3);
        if (bytes > Memory)
        {
            throw new BadImageException(
                $"decoding its {header.Width} x {header.Height} pixels takes {bytes >> 20} MiB of memory, " +
                $"above the limit of {Memory >> 20} MiB ({nameof(LoadImageFilesOptions.MemoryLimit)})");
        }
    }

    /// <summary>The size in which a picture is handed out, before it is turned upright.</summary>
    public (int Width, int Height) Delivered(ImageHeader header)
    {
        var pixels = (double)header.Width * header.Height;
        if (ShrinkAbove is not { } most || pixels <= most) return (header.Width, header.Height);
        var scale = Math.Sqrt(most / pixels);
        return (Shrunk(header.Width), Shrunk(header.Height));

        int Shrunk(int side) => Math.Clamp((int)Math.Round(side * scale), 1, side);
    }
}
