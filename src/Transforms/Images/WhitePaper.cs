namespace MLNet.VisionLanguage.Images;

/// <summary>Puts transparent pixels on white, as a page shows them.</summary>
internal static class WhitePaper
{
    private const int Opaque = 255;

    /// <summary>Composites a row of blue green red alpha, colours not multiplied by alpha, rounding to the nearest.</summary>
    public static void PutBehind(Span<byte> row)
    {
        for (var i = 0; i + 3 < row.Length; i += 4)
        {
            int alpha = row[i + 3];
            if (alpha == Opaque) continue;
            var white = Opaque * (Opaque - alpha) + Opaque / 2;
            row[i] = (byte)((row[i] * alpha + white) / Opaque);
            row[i + 1] = (byte)((row[i + 1] * alpha + white) / Opaque);
            row[i + 2] = (byte)((row[i + 2] * alpha + white) / Opaque);
            row[i + 3] = Opaque;
        }
    }

    /// <summary>Takes no notice of alpha.</summary>
    public static void Ignore(Span<byte> row)
    {
        for (var i = 3; i < row.Length; i += 4) row[i] = Opaque;
    }
}
