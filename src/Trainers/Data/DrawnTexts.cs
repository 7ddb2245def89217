using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Tokenization;

namespace MLNet.VisionLanguage.Data;

/// <summary>What is said of an image this time.</summary>
/// <param name="Ids">The tokens.</param>
/// <param name="Boxes">The objects in the resized image; the far corners are pixels of them.</param>
/// <param name="Tokens">The places of each object's tokens.</param>
internal sealed record DrawnText(long[] Ids, float[] Boxes, int[][] Tokens);

/// <summary>The texts of a batch, padded.</summary>
/// <param name="Texts">The texts.</param>
/// <param name="Padding">The token of padding.</param>
internal sealed record DrawnTexts(IReadOnlyList<DrawnText> Texts, long Padding)
{
    /// <summary>
    /// Tokens of the longest text and one more, so that the last is padding in every row: places without an object are asked for it.
    /// </summary>
    public int Length { get; } = Texts.Max(text => text.Ids.Length) + 1;

    /// <summary>The tokens, [texts, length].</summary>
    public long[] Ids() => [.. Texts.SelectMany(text => text.Ids.Concat(Enumerable.Repeat(Padding, Length - text.Ids.Length)))];

    /// <summary>1 for a token, 0 for padding, [texts, length].</summary>
    public float[] Mask() => [.. Texts.SelectMany(text => Enumerable.Range(0, Length).Select(i => i < text.Ids.Length ? 1f : 0))];

    /// <summary>What is in each image, and which tokens say so.</summary>
    public IReadOnlyList<GroundedObjects> Truth() =>
        [.. Texts.Select(text => new GroundedObjects(text.Boxes, TokenSpans.Map(text.Tokens, Length)))];
}
