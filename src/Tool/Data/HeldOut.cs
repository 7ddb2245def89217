using MLNet.VisionLanguage.Datasets;

namespace MLNet.VisionLanguage.Tool.Data;

/// <summary>Questions to train on and questions kept for the measurement after it; no image is on both sides.</summary>
internal sealed record HeldOut(IReadOnlyList<VqaExample> Training, IReadOnlyList<VqaExample> Measured)
{
    /// <summary>Draws the images to keep; the same seed keeps the same images.</summary>
    /// <param name="examples">All questions.</param>
    /// <param name="fraction">The share of the images to keep, 0 for none.</param>
    /// <param name="seed">Decides which.</param>
    public static HeldOut Split(IReadOnlyList<VqaExample> examples, double fraction, int seed)
    {
        if (fraction == 0)
            return new HeldOut(examples, []);
        var images = examples.Select(Image).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        new Random(seed).Shuffle(images);
        var kept = images.Take(Math.Max(1, (int)Math.Round(images.Length * fraction))).ToHashSet(StringComparer.Ordinal);
        var split = examples.ToLookup(example => kept.Contains(Image(example)));
        return split[false].Any()
            ? new HeldOut([.. split[false]], [.. split[true]])
            : throw new InvalidDataException($"--held-out {fraction} leaves nothing to train on: there are only {images.Length} images.");
    }

    private static string Image(VqaExample example) => example.ImagePath.Length > 0 ? example.ImagePath : example.ImageId;
}
