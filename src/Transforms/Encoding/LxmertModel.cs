using MLNet.VisionLanguage.Architectures;

namespace MLNet.VisionLanguage.Encoding;

/// <summary>
/// LXMERT's trunk (Tan and Bansal 2019; src/lxrt/modeling.py, LXRTModel): text embedding, visual embedding, the encoder plan, a pooler
/// on the first token.
/// </summary>
internal sealed class LxmertModel<T>(IEngine<T> engine, LxmertConfig config, string prefix = "bert.")
    where T : class
{
    private readonly EncoderPlan _plan = LxmertPlan.Encoder(config, prefix);

    /// <param name="ids">Int64 [B, L].</param>
    /// <param name="types">Int64 [B, L].</param>
    /// <param name="mask">1 for a token, 0 for padding, [B, L].</param>
    /// <param name="features">[B, N, visual_feat_dim].</param>
    /// <param name="boxes">[B, N, 4], fractions of the image.</param>
    /// <param name="regionMask">[B, N]; null attends to every region, as all reference tasks do.</param>
    /// <param name="record">Receives intermediate states.</param>
    /// <returns>Both streams and tanh(dense(first token)).</returns>
    public (Streams<T> Streams, T Pooled) Run(T ids, T types, T mask, T features, T boxes, T? regionMask, Recorder<T>? record = null)
    {
        var text = EmbedText(ids, types);
        var image = EmbedRegions(features, boxes);
        record?.Invoke("embeddings", text);
        record?.Invoke("visn_fc", image);
        var streams = EncoderInterpreter.Run(
            engine,
            _plan,
            new Streams<T>(
                text,
                EncoderInterpreter.AdditiveMask(engine, mask),
                image,
                regionMask is null ? null : EncoderInterpreter.AdditiveMask(engine, regionMask)),
            record);
        var first = engine.Squeeze(engine.Slice(streams.Text, 1, 0, 1), 1);
        return (streams, engine.Activate(engine.Linear(first, prefix + "pooler.dense"), Activation.Tanh));
    }

    private T EmbedText(T ids, T types)
    {
        // All three tables have padding index 0, so position 0 and segment 0 never learn through the look-up.
        var tables = prefix + "embeddings.";
        var sum = engine.Add(
            engine.Add(
                engine.Embedding(tables + "word_embeddings", ids, paddingIndex: 0),
                engine.Embedding(tables + "position_embeddings", engine.Range(engine.Length(ids, 1)), paddingIndex: 0)),
            engine.Embedding(tables + "token_type_embeddings", types, paddingIndex: 0));
        return engine.Dropout(engine.LayerNorm(sum, tables + "LayerNorm"), config.Dropout);
    }

    private T EmbedRegions(T features, T boxes)
    {
        var visual = prefix + "encoder.visn_fc.";
        var seen = engine.LayerNorm(engine.Linear(features, visual + "visn_fc"), visual + "visn_layer_norm");
        var placed = engine.LayerNorm(engine.Linear(boxes, visual + "box_fc"), visual + "box_layer_norm");
        return engine.Dropout(engine.Affine(engine.Add(seen, placed), 0.5f), config.Dropout);
    }
}
