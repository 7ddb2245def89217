using MLNet.VisionLanguage.Architectures;

namespace MLNet.VisionLanguage.Encoding;

/// <summary>What ViLBERT reads, as the reference's forward() takes it.</summary>
/// <param name="InputIds">Int64 [B, L], padded with 0.</param>
/// <param name="TokenTypeIds">Int64 [B, L].</param>
/// <param name="AttentionMask">1 for a token, 0 for padding, [B, L].</param>
/// <param name="RegionFeatures">[B, R, v_feature_size]; row 0 is the global region.</param>
/// <param name="RegionLocations">[B, R, 5], fractions of the image.</param>
/// <param name="RegionMask">1 for a region, 0 for padding, [B, R].</param>
/// <param name="TaskIds">Int64 [B, 1]; needed with task tokens only.</param>
internal sealed record ViLbertInputs<T>(
    T InputIds, T TokenTypeIds, T AttentionMask, T RegionFeatures, T RegionLocations, T RegionMask, T? TaskIds = null)
    where T : class;

/// <summary>The trunk's outputs: both streams, and their first positions pooled to bi_hidden_size.</summary>
internal sealed record ViLbertOutputs<T>(Streams<T> Streams, T PooledText, T PooledImage)
    where T : class;

/// <summary>
/// ViLBERT's trunk (Lu et al. 2019; vilbert/vilbert.py, BertModel): text and region embeddings, the encoder plan, two poolers.
/// </summary>
internal sealed class ViLbertModel<T>(IEngine<T> engine, ViLbertConfig config, string prefix = "bert.")
    where T : class
{
    private readonly EncoderPlan _plan = ViLbertPlan.Encoder(config, prefix);

    public ViLbertOutputs<T> Run(ViLbertInputs<T> inputs, Recorder<T>? record = null)
    {
        var text = EmbedText(inputs);
        var image = EmbedRegions(inputs);
        record?.Invoke("embeddings", text);
        record?.Invoke("v_embeddings", image);
        var validity = engine.ToFloat(inputs.AttentionMask);
        if (config.TaskTokens) validity = engine.Concat(1, engine.Affine(engine.Slice(validity, 1, 0, 1), 0, 1), validity);

        var streams = EncoderInterpreter.Run(
            engine,
            _plan,
            new Streams<T>(
                text, EncoderInterpreter.AdditiveMask(engine, validity), image, EncoderInterpreter.AdditiveMask(engine, inputs.RegionMask))
            {
                TextValidity = validity,
            },
            record);
        return new(streams, Pool(streams.Text, "t_pooler"), Pool(streams.Image!, "v_pooler"));
    }

    /// <summary>ReLU(dense(first position)).</summary>
    public T Pool(T states, string pooler) =>
        engine.Activate(engine.Linear(engine.Squeeze(engine.Slice(states, 1, 0, 1), 1), $"{prefix}{pooler}.dense"), Activation.Relu);

    private T EmbedText(ViLbertInputs<T> inputs)
    {
        var tables = prefix + "embeddings.";
        var sum = engine.Add(
            engine.Add(
                engine.Embedding(tables + "word_embeddings", inputs.InputIds, paddingIndex: 0),
                engine.Embedding(tables + "position_embeddings", engine.Range(engine.Length(inputs.InputIds, 1)))),
            engine.Embedding(tables + "token_type_embeddings", inputs.TokenTypeIds));
        if (config.TaskTokens)
        {
            // The task's row stands after [CLS]; it has no position and moves nobody else's.
            var task = engine.Embedding(
                tables + "task_embeddings",
                inputs.TaskIds ?? throw new ArgumentException("A ViLBERT with task_specific_tokens needs TaskIds.", nameof(inputs)));
            sum = engine.Concat(1, engine.Slice(sum, 1, 0, 1), task, engine.Slice(sum, 1, 1, null));
        }

        return engine.Dropout(engine.LayerNorm(sum, tables + "LayerNorm"), config.Dropout);
    }

    private T EmbedRegions(ViLbertInputs<T> inputs)
    {
        var linears = prefix + "v_embeddings.";
        var sum = engine.Add(
            engine.Linear(inputs.RegionFeatures, linears + "image_embeddings"),
            engine.Linear(inputs.RegionLocations, linears + "image_location_embeddings"));
        return engine.Dropout(engine.LayerNorm(sum, linears + "LayerNorm"), config.Dropout);
    }
}
