using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>The streams of a bimodal encoder. A single-stream encoder (BERT, VL-BERT) runs on <see cref="Text"/> alone.</summary>
internal enum Modality
{
    Text,
    Image,
}

/// <summary>The states of both streams and the masks over their keys; a single stream leaves the image side empty.</summary>
/// <param name="Text">Text states [B, L, h].</param>
/// <param name="TextMask">Additive mask [B, 1, 1, L]: 0 to attend, -10000 for padding. Null adds nothing.</param>
/// <param name="Image">Region states [B, R, h_v].</param>
/// <param name="ImageMask">Additive mask [B, 1, 1, R]. Null adds nothing.</param>
internal sealed record Streams<T>(T Text, T? TextMask, T? Image = default, T? ImageMask = default)
    where T : class
{
    /// <summary>The text mask as 0/1 floats [B, L]; needed only where the plan gates by the mean text state.</summary>
    public T? TextValidity { get; init; }

    public T State(Modality stream) => stream == Modality.Text ? Text : Image!;

    public T? Mask(Modality stream) => stream == Modality.Text ? TextMask : ImageMask;

    public Streams<T> With(Modality stream, T state) => stream == Modality.Text ? this with { Text = state } : this with { Image = state };
}

internal static class Masks
{
    /// <summary>The additive form of a 0/1 mask [B, S] (Int64 or float): [B, 1, 1, S], -10000 where it is 0.</summary>
    public static T Additive<T>(IEngine<T> engine, T mask)
        where T : class =>
        engine.Unsqueeze(engine.Unsqueeze(engine.Affine(engine.ToFloat(mask), 10000f, -10000f), 1), 1);
}
