using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;

namespace MLNet.VisionLanguage.Models;

internal static class VlBertTrunk
{
    public const string Prefix = "vlbert.";
}

/// <summary>VL-BERT's packed sequence: text, objects and [END] without gaps, then padding.</summary>
/// <param name="Embeddings">[B, P, h] after LayerNorm and dropout.</param>
/// <param name="Mask">1.0 for text, objects and [END], [B, P].</param>
/// <param name="TextPlaces">1.0 where a packed position holds text, [B, P].</param>
/// <param name="ObjectPlaces">1.0 where a packed position holds an object, [B, P].</param>
/// <param name="PositionIds">Int64 [B, P].</param>
/// <param name="TokenTypeIds">Int64 [B, P].</param>
/// <param name="ObjectSelection">[B, P, N]: 1.0 where packed position p holds object n.</param>
/// <param name="SlotSelection">[B, 1, P]: 1.0 at the last but one token of the text, the answer slot of a text that has one.</param>
internal sealed record VlBertPacking<T>(
    T Embeddings, T Mask, T TextPlaces, T ObjectPlaces, T PositionIds, T TokenTypeIds, T ObjectSelection, T SlotSelection);

/// <summary>
/// VL-BERT's trunk (Su et al. 2020; common/visual_linguistic_bert.py, VisualLinguisticBert): one stream of BERT layers over text and
/// objects.
/// </summary>
internal sealed class VlBertTrunk<T>(IEngine<T> engine, VlBertConfig config, string prefix = VlBertTrunk.Prefix)
    where T : class
{
    private readonly EncoderPlan _plan = Plan(config, prefix);

    /// <summary>
    /// The states of a text and of an image's objects, the whole image first; each token carries what the whole image, or an object of its
    /// own, looks like.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="objects">The objects.</param>
    /// <param name="imageSize">[B, 2], width and height in pixels.</param>
    /// <param name="hasSlot">Whether the text ends with an answer slot.</param>
    /// <param name="record">Receives intermediate states.</param>
    /// <param name="tags">
    /// The place of each token's object among the objects, Int64 [B, T or without the slot's]; 0, and null for all, is the whole image.
    /// </param>
    public ModelStates<T> Run(
        VlBertText<T> text, VlBertRegions<T> objects, T imageSize, bool hasSlot, Recorder<T>? record = null, T? tags = null)
    {
        var visual = Represent(objects, imageSize);
        T whole = engine.Slice(visual, 1, 0, 1), carried = tags is null ? whole : VlBertRegions<T>.At(engine, visual, tags);
        if (tags is not null && hasSlot) carried = engine.Concat(1, carried, whole, whole);
        return Run(text, carried, visual, Meaning(), objects.Mask, hasSlot, record);
    }

    /// <summary>The states of elements whose parts are given, as <see cref="Pack"/> takes them.</summary>
    public ModelStates<T> Run(
        VlBertText<T> text, T textVisual, T objectVisual, T objectMeaning, T objectMask, bool hasSlot, Recorder<T>? record = null)
    {
        var packing = Pack(text, textVisual, objectVisual, objectMeaning, objectMask);
        record?.Invoke("text.ids", text.Ids);
        record?.Invoke("text.types", text.Types);
        record?.Invoke("text.mask", text.Mask);
        record?.Invoke("object_mask", objectMask);
        record?.Invoke("objects", objectVisual);
        record?.Invoke("text_visual", textVisual);
        record?.Invoke("meaning", objectMeaning);
        record?.Invoke("embeddings", packing.Embeddings);
        record?.Invoke("position_ids", packing.PositionIds);
        record?.Invoke("token_type_ids", packing.TokenTypeIds);
        record?.Invoke("object_selection", packing.ObjectSelection);
        record?.Invoke("slot_selection", packing.SlotSelection);
        var states = Encode(packing, record);
        var pooled = config.Pooler ? Pool(states) : null;
        var slot = hasSlot ? engine.Squeeze(engine.MatMul(packing.SlotSelection, states), 1) : pooled;
        return new(() => TextPart(states, text.Ids), () => ObjectPart(states, packing), text.Mask, objectMask)
        {
            FirstRegion = 1,
            PooledText = pooled,
            ReadJoint = slot is null ? null : () => slot,
        };
    }

    /// <summary>The objects' visual part, [B, N, visual_size].</summary>
    public T Represent(VlBertRegions<T> objects, T imageSize) => objects.Represent(
        engine, imageSize, config.CoordinateSize, config.VisualSize, config.ObjectDropout, "image_feature_extractor.obj_downsample.1");

    /// <summary>The linguistic part that all objects share, [1, h].</summary>
    public T Meaning() => engine.Parameter("object_linguistic_embeddings.weight", [1, config.HiddenSize], ParameterRole.Table);

    /// <summary>The last layer's packed states [B, P, h] (layers are recorded as encoded_layers.i), for a packing of the inputs.</summary>
    public T Encode(VlBertPacking<T> packing, Recorder<T>? record = null) =>
        _plan.Run(engine, new Streams<T>(packing.Embeddings, Masks.Additive(engine, packing.Mask)), record).Text;

    /// <summary>tanh(dense(first position)).</summary>
    public T Pool(T states) => Pieces.Pool(engine, states, prefix + "pooler.dense", config.HiddenSize, Activation.Tanh);

    /// <summary>
    /// The text part of packed states: their first T positions as they are (for shorter texts that runs into objects, as in the reference).
    /// </summary>
    public T TextPart(T states, T textIds) => engine.Take(states, 1, engine.Length(textIds, 1));

    /// <summary>The object part of packed states, scattered back to [B, N, h] with zeros at invalid objects.</summary>
    public T ObjectPart(T states, VlBertPacking<T> packing) =>
        engine.MatMul(engine.Transpose(packing.ObjectSelection, 0, 2, 1), states);

    /// <param name="text">The text.</param>
    /// <param name="textVisual">Visual part of every text token, [B, T, visual_size], or of all, [B, 1, visual_size].</param>
    /// <param name="objectVisual">Visual part of every object, [B, N, visual_size].</param>
    /// <param name="objectMeaning">Linguistic part of every object, [B, N, h], or of all, [1, h].</param>
    /// <param name="objectMask">1 for an object, [B, N].</param>
    public VlBertPacking<T> Pack(VlBertText<T> text, T textVisual, T objectVisual, T objectMeaning, T objectMask)
    {
        Value<T> isToken = engine.Of(engine.ToFloat(text.Mask)), isPresent = engine.Of(engine.ToFloat(objectMask));
        var textCount = engine.Of(engine.Sum(isToken, 1, keepAxis: true));
        var end = textCount + engine.Of(engine.Sum(isPresent, 1, keepAxis: true));
        var place = engine.Of(engine.Unsqueeze(engine.ToFloat(engine.Range(engine.ToInt64(engine.Affine(engine.Max(end), 1, 1)))), 0));

        // A row of a selection picks, by a product with ones and zeros, the source that belongs to a packed position.
        var fromText = Selection(isToken, engine.CumulativeSum(isToken, 1), place);
        var fromObjects = Selection(isPresent, engine.Of(engine.CumulativeSum(isPresent, 1)) + textCount, place);
        Value<T> isText = place.IsBelow(textCount), isEnd = place.Is(end);
        var isObject = place.IsBelow(end) - isText;
        var mask = place.IsBelow(end) + isEnd;

        var tokens = engine.Add(
            engine.Embedding(prefix + "word_embeddings", text.Ids, config.VocabularySize, config.HiddenSize),
            VisualPart(textVisual, "text", config.TextVisualScale));
        var things = engine.Add(VisualPart(objectVisual, "object", config.ObjectVisualScale), objectMeaning);
        var last = engine.Of(engine.Parameter(prefix + "end_embedding.weight", [1, config.HiddenSize], ParameterRole.Table));
        var elements = engine.Of(engine.MatMul(fromText, tokens)) + engine.Of(engine.MatMul(fromObjects, things))
            + engine.Of(engine.Unsqueeze(isEnd, 2)) * last;

        // All objects share the position after the text, [END] has the next one, padding keeps its own index while the table lasts.
        var padding = (1 - mask) * place;
        var most = engine.Of(engine.Constant([config.MaxPositions - 1f], 1));
        var beyond = most.IsBelow(padding);
        var positions = engine.ToInt64(
            isText * place + isObject * textCount + isEnd * (textCount + 1) + padding * (1 - beyond) + most * beyond);
        var textTypes = engine.Of(engine.Squeeze(engine.MatMul(fromText, engine.Unsqueeze(engine.ToFloat(text.Types), 2)), 2));
        var segments = engine.ToInt64(textTypes + (isObject + isEnd) * ObjectSegment);

        var sum = elements
            + engine.Of(engine.Embedding(prefix + "position_embeddings", positions, config.MaxPositions, config.HiddenSize))
            + engine.Of(engine.Embedding(prefix + "token_type_embeddings", segments, config.TokenTypes, config.HiddenSize));
        var embeddings = engine.Dropout(engine.LayerNorm(sum, prefix + "embedding_LayerNorm"), config.Dropout);
        var slot = engine.Unsqueeze(place.Is(textCount - VlBertText.SlotTokens), 1);
        return new(embeddings, mask, isText, isObject, positions, segments, fromObjects, slot);
    }

    /// <summary>[B, P, S]: 1.0 where source s is valid and is the one that goes to packed position p.</summary>
    /// <param name="valid">Which sources are valid, [B, S].</param>
    /// <param name="ordinal">One more than the packed position of each valid source, [B, S].</param>
    /// <param name="place">The packed positions, [1, P].</param>
    private T Selection(T valid, T ordinal, T place) => engine.Multiply(
        engine.Equal(engine.Unsqueeze(place, 2), engine.Unsqueeze(engine.Affine(ordinal, 1, -1), 1)), engine.Unsqueeze(valid, 1));

    private T VisualPart(T visual, string side, double start)
    {
        if (config.VisualSize != config.HiddenSize) visual = engine.Linear(visual, $"{prefix}visual_1x1_{side}", config.HiddenSize);
        return config.VisualLayerNorm
            ? engine.LayerNorm(visual, $"{prefix}visual_ln_{side}", gain: start)
            : engine.Multiply(visual, engine.Parameter($"{prefix}visual_scale_{side}", [], ParameterRole.Gate, start));
    }

    internal static EncoderPlan Plan(VlBertConfig config, string prefix)
    {
        var layers = new BertLayers(
            Modality.Text, config.Heads, config.HiddenSize, config.IntermediateSize,
            Activations.Parse("hidden_act", config.Activation), config.AttentionDropout, config.Dropout);
        return new EncoderPlan(
        [
            .. Enumerable.Range(0, config.Layers).SelectMany(i =>
                layers.Layer($"{prefix}encoder.layer.{i}", $"encoded_layers.{i}", $"attention_probs.{i}")),
        ]);
    }

    /// <summary>Segment id of objects and [END].</summary>
    private const float ObjectSegment = 2;
}
