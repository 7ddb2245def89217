using MLNet.VisionLanguage.Architectures;

namespace MLNet.VisionLanguage.Encoding;

/// <summary>VL-BERT's packed sequence: text, objects and [END] without gaps, then padding.</summary>
/// <param name="Embeddings">[B, P, h] after LayerNorm and dropout.</param>
/// <param name="Mask">1.0 for text, objects and [END], [B, P].</param>
/// <param name="TextPlaces">1.0 where a packed position holds text, [B, P].</param>
/// <param name="ObjectPlaces">1.0 where a packed position holds an object, [B, P].</param>
/// <param name="PositionIds">Int64 [B, P].</param>
/// <param name="TokenTypeIds">Int64 [B, P].</param>
/// <param name="ObjectSelection">[B, P, N]: 1.0 where packed position p holds object n.</param>
internal sealed record VlBertPacking<T>(
    T Embeddings, T Mask, T TextPlaces, T ObjectPlaces, T PositionIds, T TokenTypeIds, T ObjectSelection);

/// <summary>
/// VL-BERT's trunk (Su et al. 2020; common/visual_linguistic_bert.py, VisualLinguisticBert): one stream of BERT layers over text and objects.
/// </summary>
internal sealed class VlBertModel<T>(IEngine<T> engine, VlBertConfig config, string prefix = "vlbert.")
    where T : class
{
    private readonly EncoderPlan _plan = VlBertPlan.Encoder(config, prefix);

    /// <summary>The last layer's packed states [B, P, h] (layers are recorded as encoded_layers.i), for a packing of the inputs.</summary>
    public T Encode(VlBertPacking<T> packing, Recorder<T>? record = null) =>
        EncoderInterpreter.Run(
            engine, _plan, new Streams<T>(packing.Embeddings, EncoderInterpreter.AdditiveMask(engine, packing.Mask)), record).Text;

    /// <summary>tanh(dense(first position)).</summary>
    public T Pool(T states) =>
        engine.Activate(engine.Linear(engine.Squeeze(engine.Slice(states, 1, 0, 1), 1), prefix + "pooler.dense"), Activation.Tanh);

    /// <summary>
    /// The text part of packed states: their first T positions as they are (for shorter texts that runs into objects, as in the reference).
    /// </summary>
    public T TextPart(T states, T textIds) => engine.Take(states, 1, engine.Length(textIds, 1));

    /// <summary>The object part of packed states, scattered back to [B, N, h] with zeros at invalid objects.</summary>
    public T ObjectPart(T states, VlBertPacking<T> packing) =>
        engine.MatMul(engine.Transpose(packing.ObjectSelection, 0, 2, 1), states);

    /// <param name="ids">Int64 [B, T].</param>
    /// <param name="types">Int64 [B, T].</param>
    /// <param name="textVisual">Visual part of every text token [B, T, visual_size].</param>
    /// <param name="textMask">1 for a token, [B, T].</param>
    /// <param name="objects">Visual part, then linguistic part, of every object [B, N, visual_size + h].</param>
    /// <param name="objectMask">1 for an object, [B, N].</param>
    public VlBertPacking<T> Pack(T ids, T types, T textVisual, T textMask, T objects, T objectMask)
    {
        T text = engine.ToFloat(textMask), present = engine.ToFloat(objectMask);
        T textCount = engine.Sum(text, 1, keepAxis: true), objectCount = engine.Sum(present, 1, keepAxis: true);
        var end = engine.Add(textCount, objectCount);
        var length = engine.ToInt64(engine.Affine(engine.Max(end), 1, 1));
        var place = engine.Unsqueeze(engine.ToFloat(engine.Range(length)), 0);

        // A row of a selection picks, by a product with ones and zeros, the source that belongs to a packed position.
        var fromText = Selection(text, engine.CumulativeSum(text, 1), place);
        var fromObjects = Selection(present, engine.Add(engine.CumulativeSum(present, 1), textCount), place);
        T isText = engine.Less(place, textCount), isEnd = engine.Equal(place, end);
        var isObject = engine.Subtract(engine.Less(place, end), isText);
        var mask = engine.Add(engine.Less(place, end), isEnd);

        var elements = engine.Add(
            engine.Add(
                engine.MatMul(fromText, TextElements(ids, textVisual)),
                engine.MatMul(fromObjects, ObjectElements(objects))),
            engine.Multiply(engine.Unsqueeze(isEnd, 2), engine.Parameter(prefix + "end_embedding.weight")));

        // All objects share the position after the text, [END] has the next one, padding keeps its own index.
        var positions = engine.ToInt64(engine.Add(
            engine.Add(
                engine.Multiply(isObject, textCount),
                engine.Multiply(isEnd, engine.Affine(textCount, 1, 1))),
            engine.Multiply(engine.Subtract(engine.Affine(isText, 0, 1), engine.Add(isObject, isEnd)), place)));
        var textTypes = engine.Squeeze(engine.MatMul(fromText, engine.Unsqueeze(engine.ToFloat(types), 2)), 2);
        var segments = engine.ToInt64(engine.Add(textTypes, engine.Affine(engine.Add(isObject, isEnd), ObjectSegment)));

        var sum = engine.Add(
            engine.Add(elements, engine.Embedding(prefix + "position_embeddings", positions)),
            engine.Embedding(prefix + "token_type_embeddings", segments));
        var embeddings = engine.Dropout(engine.LayerNorm(sum, prefix + "embedding_LayerNorm"), config.Dropout);
        return new(embeddings, mask, isText, isObject, positions, segments, fromObjects);
    }

    /// <summary>[B, P, S]: 1.0 where source s is valid and is the one that goes to packed position p.</summary>
    /// <param name="valid">Which sources are valid, [B, S].</param>
    /// <param name="ordinal">One more than the packed position of each valid source, [B, S].</param>
    /// <param name="place">The packed positions, [1, P].</param>
    private T Selection(T valid, T ordinal, T place) => engine.Multiply(
        engine.Equal(engine.Unsqueeze(place, 2), engine.Unsqueeze(engine.Affine(ordinal, 1, -1), 1)), engine.Unsqueeze(valid, 1));

    private T TextElements(T ids, T visual) =>
        engine.Add(engine.Embedding(prefix + "word_embeddings", ids), VisualPart(visual, "text"));

    private T ObjectElements(T objects) => engine.Add(
        engine.Slice(objects, -1, config.VisualSize, null), VisualPart(engine.Slice(objects, -1, 0, config.VisualSize), "object"));

    private T VisualPart(T visual, string side)
    {
        if (config.VisualSize != config.HiddenSize) visual = engine.Linear(visual, $"{prefix}visual_1x1_{side}");
        return config.VisualLayerNorm
            ? engine.LayerNorm(visual, $"{prefix}visual_ln_{side}")
            : engine.Multiply(visual, engine.Parameter($"{prefix}visual_scale_{side}"));
    }

    /// <summary>Segment id of objects and [END].</summary>
    private const float ObjectSegment = 2;
}
