using MLNet.VisionLanguage.Objectives;

namespace MLNet.VisionLanguage.Data;

/// <summary>An image, what is said of it, and where what is meant is.</summary>
/// <param name="Pixels">Blue, green and red of each pixel, row by row.</param>
/// <param name="Height">Rows of the image.</param>
/// <param name="Width">Columns of the image.</param>
/// <param name="Text">What is said; null where the names of classes are.</param>
/// <param name="Boxes">x1, y1, x2, y2 of each object; the far corners are pixels of it.</param>
/// <param name="Phrases">The part of the text that says so of each object, or its class; empty where the whole text does.</param>
internal sealed record GroundedRow(byte[] Pixels, int Height, int Width, string? Text, float[] Boxes, string[] Phrases);

/// <summary>A row as it is learnt from this time.</summary>
/// <param name="Row">The row.</param>
/// <param name="Size">The size that the image is resized to.</param>
/// <param name="IsFlipped">Whether the image is mirrored.</param>
/// <param name="Ids">The tokens of what is said.</param>
/// <param name="Boxes">The objects in the resized image.</param>
/// <param name="Tokens">The places of each object's tokens.</param>
internal sealed record DrawnRow(GroundedRow Row, (int Height, int Width) Size, bool IsFlipped, long[] Ids, float[] Boxes, int[][] Tokens);

/// <summary>Rows that are learnt from together.</summary>
internal sealed record GroundedBatch(IReadOnlyList<DrawnRow> Rows, int Padding) : IDisposable
{
    /// <summary>
    /// Tokens of the longest text and one more, so that the last is padding in every row: places without an object are asked for it.
    /// </summary>
    public int Length => Rows.Max(row => row.Ids.Length) + 1;

    /// <summary>The tokens, [rows, length].</summary>
    public long[] Ids() => [.. Rows.SelectMany(row => row.Ids.Concat(Enumerable.Repeat((long)Padding, Length - row.Ids.Length)))];

    /// <summary>1 for a token, 0 for padding, [rows, length].</summary>
    public float[] Mask() => [.. Rows.SelectMany(row => Enumerable.Range(0, Length).Select(i => i < row.Ids.Length ? 1f : 0))];

    /// <summary>What is in each image, and which tokens say so.</summary>
    public IReadOnlyList<GroundedObjects> Truth() =>
        [.. Rows.Select(row => new GroundedObjects(row.Boxes, Tokenization.TokenSpans.Map(row.Tokens, Length)))];

    /// <summary>Nothing is held that is not collected; batches are prepared ahead as others are.</summary>
    public void Dispose()
    {
    }
}
