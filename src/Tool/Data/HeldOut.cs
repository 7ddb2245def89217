namespace MLNet.VisionLanguage.Tool.Data;

/// <summary>Rows to train on and rows kept for the measurement after it; no image is on both sides.</summary>
internal sealed record HeldOut<TRow>(IReadOnlyList<TRow> Training, IReadOnlyList<TRow> Measured)
{
    /// <summary>Draws the images to keep; the same seed keeps the same images.</summary>
    /// <param name="rows">All rows.</param>
    /// <param name="imagesOf">The images of a row; rows that share one stay together.</param>
    /// <param name="fraction">The share of the images to keep, 0 for none.</param>
    /// <param name="seed">Decides which.</param>
    public static HeldOut<TRow> Split(IReadOnlyList<TRow> rows, Func<TRow, IEnumerable<string>> imagesOf, double fraction, int seed)
    {
        if (fraction == 0) return new(rows, []);
        var parents = new Dictionary<string, string>(StringComparer.Ordinal);
        var first = new string[rows.Count];
        for (var i = 0; i < rows.Count; i++)
        {
            foreach (var image in imagesOf(rows[i]))
            {
                parents.TryAdd(image, image);
                first[i] ??= image;
                parents[Root(image)] = Root(first[i]);
            }
        }

        string[] groups = [.. first.Select(Root)];
        var images = groups.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        new Random(seed).Shuffle(images);
        var kept = images.Take(Math.Max(1, (int)Math.Round(images.Length * fraction))).ToHashSet(StringComparer.Ordinal);
        var split = rows.Index().ToLookup(row => kept.Contains(groups[row.Index]), row => row.Item);
        return split[false].Any()
            ? new([.. split[false]], [.. split[true]])
            : throw new InvalidDataException($"--held-out {fraction} leaves nothing to train on: there are only {images.Length} images.");

        string Root(string image)
        {
            while (parents[image] != image) image = parents[image] = parents[parents[image]];
            return image;
        }
    }
}
