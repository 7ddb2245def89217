using MLNet.VisionLanguage.Data;

namespace MLNet.VisionLanguage.Training;

/// <summary>The rows of a detector's run on two sides; no image is on both.</summary>
/// <param name="Training">Those that are trained on.</param>
/// <param name="Held">Those that are validated on; none for no validation.</param>
internal sealed record DetectionSplit(IReadOnlyList<DetectionRow> Training, IReadOnlyList<DetectionRow> Held)
{
    /// <summary>Holds out the share of images that the options ask for.</summary>
    /// <exception cref="InvalidDataException">There are too few images for both sides.</exception>
    public static DetectionSplit Of(LearningOptions options, int seed, IReadOnlyList<DetectionRow> rows)
    {
        if (options.ValidationFraction == 0) return new(rows, []);
        DetectionRow[][] images = [.. rows.GroupBy(row => row.Place).Select(image => image.ToArray())];
        new Random(Seeds.Mix(seed, -1)).Shuffle(images);
        var held = (int)Math.Round(images.Length * options.ValidationFraction);
        options.CheckSplit(images.Length - held, held);
        return new([.. images[held..].SelectMany(image => image)], [.. images[..held].SelectMany(image => image)]);
    }
}
