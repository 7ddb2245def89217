namespace MLNet.VisionLanguage.Models;

/// <summary>
/// An image with its objects as VL-BERT's data set of VQA prepares them before a batch (vqa/data/datasets/vqa.py,
/// vqa/data/transforms/transforms.py): made as large as all others, perhaps turned round, its boxes kept inside. The whole image is box 0.
/// </summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Boxes">N × 4 pixels, x1 y1 x2 y2.</param>
internal sealed record VlBertImage(int Width, int Height, float[] Boxes)
{
    /// <summary>How the reference sizes images for VQA: the short side, and the most of the long one, in pixels.</summary>
    public const int ShortSide = 600;

    /// <inheritdoc cref="ShortSide"/>
    public const int LongSide = 1000;

    /// <summary>By how much the image was resized, across and down.</summary>
    public (float X, float Y) Ratios { get; private init; } = (1, 1);

    /// <summary>The image as it was read, with the box of the whole in front of its objects'.</summary>
    public static VlBertImage WithWhole(int width, int height, ReadOnlySpan<float> boxes) =>
        new(width, height, [0, 0, width - 1, height - 1, .. boxes]);

    /// <summary>The same at the size whose short side is <see cref="ShortSide"/>, or whose long one is <see cref="LongSide"/>.</summary>
    public VlBertImage Resized()
    {
        int few = Math.Min(Width, Height), many = Math.Max(Width, Height);
        var scale = Math.Min((double)ShortSide / few, (double)LongSide / many);
        int width = Side(Width), height = Side(Height);
        var ratios = (X: (float)width / Width, Y: (float)height / Height);
        return new(width, height, [.. Boxes.Select((place, i) => place * (i % 2 == 0 ? ratios.X : ratios.Y))]) { Ratios = ratios };

        int Side(int length) => length == few && scale * few >= ShortSide ? ShortSide : (int)(length * scale);
    }

    /// <summary>The same with left and right exchanged; the reference exchanges the words as well, and leaves features alone.</summary>
    public VlBertImage Flipped() =>
        this with { Boxes = [.. Boxes.Chunk(4).SelectMany(box => new[] { Width - 1 - box[2], box[1], Width - 1 - box[0], box[3] })] };

    /// <summary>The same with every box inside the image.</summary>
    public VlBertImage Clamped() =>
        this with { Boxes = [.. Boxes.Select((place, i) => Math.Clamp(place, 0, (i % 2 == 0 ? Width : Height) - 1))] };

    /// <summary>Words with "left" and "right" exchanged, for a flipped image.</summary>
    /// <param name="words">Words, or numbers of words.</param>
    /// <param name="left">What "left" is among them.</param>
    /// <param name="right">What "right" is.</param>
    public static T[] Exchange<T>(IEnumerable<T> words, T left, T right)
        where T : IEquatable<T> =>
        [.. words.Select(word => word.Equals(left) ? right : word.Equals(right) ? left : word)];
}
