namespace MLNet.VisionLanguage.Tool.Data;

/// <summary>Rows to train on and rows kept for the measurement after it; no image is on both sides.</summary>
internal sealed record HeldOut<TRow>(IReadOnlyList<TRow> Training, IReadOnlyList<TRow> Measured)
{
    /// <summary>Draws the images to keep; the same seed keeps the same images.</summary>
    /// <param name="rows">All rows.</param>
    /// <param name="imageOf">The image of a row.</param>
    /// <param name="fraction">The share of the images to keep, 0 for none.</param>
    /// <param name="seed">Decides which.</param>
    public static HeldOut<TRow> Split(IReadOnlyList<TRow> rows, Func<TRow, string> imageOf, double fraction, int seed)
    {
        if (fraction == 0) return new(rows, []);
        var images = rows.Select(imageOf).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        new Random(seed).Shuffle(images);
        var kept = images.Take(Math.Max(1, (int)Math.Round(images.Length * fraction))).ToHashSet(StringComparer.Ordinal);
        var split = rows.ToLookup(row => kept.Contains(imageOf(row)));
        return split[false].Any()
            ? new([.. split[false]], [.. split[true]])
            : throw new InvalidDataException($"--held-out {fraction} leaves nothing to train on: there are only {images.Length} images.");
    }
}
