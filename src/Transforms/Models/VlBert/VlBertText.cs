using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Models;

internal static class VlBertText
{
    /// <summary>Tokens of the answer slot: [MASK] [SEP].</summary>
    public const int SlotTokens = 2;
}

/// <summary>The text of VL-BERT.</summary>
/// <param name="Ids">Int64 [B, T].</param>
/// <param name="Types">Int64 [B, T].</param>
/// <param name="Mask">1 for a token, then 0 for padding, [B, T].</param>
internal sealed record VlBertText<T>(T Ids, T Types, T Mask)
    where T : class
{
    /// <summary>
    /// The text with a place for its answer: [MASK] and another of its last token, which is [SEP], both in segment 1, so that
    /// [CLS] question [SEP] becomes [CLS] question [SEP] [MASK] [SEP] (vqa/modules/resnet_vlbert_for_vqa.py).
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="maskToken">The word number of [MASK].</param>
    public VlBertText<T> WithSlot(IEngine<T> engine, int maskToken)
    {
        var room = engine.Affine(engine.Slice(engine.ToFloat(Ids), 1, 0, 1), 0);
        Value<T> Longer(T values) => engine.Of(engine.Concat(1, engine.ToFloat(values), room, room));
        Value<T> ids = Longer(Ids), types = Longer(Types), valid = Longer(Mask);
        var count = engine.Of(engine.Sum(valid, 1, keepAxis: true));
        var place = engine.Of(engine.Unsqueeze(engine.ToFloat(engine.Range(engine.Length(ids, 1))), 0));

        Value<T> slot = place.Is(count), end = place.Is(count + 1);
        var separator = engine.Of(engine.Sum(ids * place.Is(count - 1), 1, keepAxis: true));
        return new(
            engine.ToInt64(ids * valid + slot * maskToken + end * separator),
            engine.ToInt64(types * valid + slot + end),
            valid + slot + end);
    }

    /// <summary>These rows, then those of another text, all as long as the longest.</summary>
    public VlBertText<T> Above(IEngine<T> engine, VlBertText<T> below)
    {
        T Size(T ids) => engine.Unsqueeze(engine.Length(ids, 1), 0);
        var longest = engine.Max(engine.Concat(0, Size(Ids), Size(below.Ids)));
        T Stack(T above, T under) => engine.Concat(0, Longer(above, below.Ids), Longer(under, Ids));
        return new(
            engine.ToInt64(Stack(Ids, below.Ids)), engine.ToInt64(Stack(Types, below.Types)), Stack(Mask, below.Mask));

        // As many zeros as the other text is long are never too few.
        T Longer(T values, T other)
        {
            var room = engine.Affine(engine.Slice(engine.ToFloat(values), 1, 0, 1), 0);
            var zeros = engine.Affine(engine.ToFloat(engine.Range(engine.Length(other, 1))), 0);
            return engine.Take(engine.Concat(1, engine.ToFloat(values), engine.Add(room, zeros)), 1, longest);
        }
    }
}
