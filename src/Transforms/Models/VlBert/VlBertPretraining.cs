using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Models;

/// <summary>What VL-BERT's pre-training heads say of a batch: of its captions, then of its texts without an image.</summary>
/// <param name="Matches">Whether captions and images belong together, [B + A, 2]; null without a pooler.</param>
/// <param name="Tokens">Word logits, [B + A, T, vocabulary]; T is at most the length of the packed sequence.</param>
/// <param name="Regions">Class logits of every object, [B + A, N, visual_region_classes].</param>
internal sealed record VlBertPredictions<T>(T? Matches, T Tokens, T Regions)
    where T : class;

/// <summary>
/// VL-BERT's pre-training (pretrain/modules, ResNetVLBERTForPretraining and its multi-task sister): captions with images of which some
/// objects are masked and, where asked for, texts that have no image.
/// </summary>
internal sealed class VlBertPretraining<T>(IEngine<T> engine, VlBertConfig config)
    where T : class
{
    /// <param name="captions">Captions, B rows.</param>
    /// <param name="objects">Their objects, the whole image first.</param>
    /// <param name="imageSize">[B, 2], width and height in pixels.</param>
    /// <param name="masked">1.0 for a masked object, else 0.0, [B, N].</param>
    /// <param name="texts">Texts without an image, A rows; null when there are none.</param>
    /// <param name="record">Receives intermediate states, of all B + A rows.</param>
    public VlBertPredictions<T> Run(
        VlBertText<T> captions, VlBertRegions<T> objects, T imageSize, T masked, VlBertText<T>? texts = null, Recorder<T>? record = null)
    {
        var trunk = new VlBertTrunk<T>(engine, config);
        var hidden = engine.Parameter("object_mask_visual_embedding.weight", [1, config.RegionFeatureSize], ParameterRole.Table);
        var nameless = engine.Parameter("object_mask_word_embedding.weight", [1, config.HiddenSize], ParameterRole.Table);
        var visual = trunk.Represent(objects.Masked(engine, masked, hidden), imageSize);
        var meaning = VlBertRegions<T>.Replace(engine, trunk.Meaning(), masked, nameless);
        T textVisual = engine.Slice(visual, 1, 0, 1), mask = objects.Mask;
        if (texts is not null)
        {
            // A text without an image carries one vector in every token and has no objects.
            var blind = engine.Parameter("aux_text_visual_embedding.weight", [1, config.VisualSize], ParameterRole.Table);
            var zero = engine.Affine(engine.Slice(engine.ToFloat(texts.Ids), 1, 0, 1), 0);
            var zeroVector = engine.Unsqueeze(zero, 2);
            T Below(T above, T zeros) => engine.Concat(0, above, engine.Add(engine.Affine(engine.Slice(above, 0, 0, 1), 0), zeros));
            textVisual = engine.Concat(0, textVisual, engine.Add(zeroVector, blind));
            (visual, meaning, mask) = (Below(visual, zeroVector), Below(meaning, zeroVector), Below(mask, zero));
            captions = captions.Above(engine, texts);
        }

        var states = trunk.Run(captions, textVisual, visual, meaning, mask, hasSlot: false, record);
        var heads = new VlBertHeads<T>(engine, config);
        return new(
            states.PooledText is { } pooled ? heads.Match(pooled) : null,
            heads.PredictTokens(states.Text),
            heads.PredictRegions(states.Image));
    }
}
