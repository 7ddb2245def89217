using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;

namespace MLNet.VisionLanguage.Models;

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

/// <summary>
/// ViLBERT's trunk (Lu et al. 2019; vilbert/vilbert.py, BertModel): text and region embeddings, the encoder plan, two poolers.
/// </summary>
internal sealed class ViLbertTrunk<T>(IEngine<T> engine, ViLbertConfig config, string prefix = "bert.")
    where T : class
{
    private readonly EncoderPlan _plan = ViLbertPlan.Encoder(config, prefix);
    private readonly TextEmbedding _text = new(
        prefix + "embeddings.", config.VocabularySize, config.MaxPositions, config.TokenTypes, config.HiddenSize, config.Dropout);

    /// <param name="inputs">The inputs.</param>
    /// <param name="record">Receives intermediate states.</param>
    /// <param name="jointOnly">Whether the joint vector is all that will be read.</param>
    public ModelStates<T> Run(ViLbertInputs<T> inputs, Recorder<T>? record = null, bool jointOnly = false)
    {
        var text = EmbedText(inputs);
        var image = EmbedRegions(inputs);
        record?.Invoke("embeddings", text);
        record?.Invoke("v_embeddings", image);
        var validity = engine.ToFloat(inputs.AttentionMask);
        if (config.TaskTokens) validity = engine.Concat(1, engine.Affine(engine.Slice(validity, 1, 0, 1), 0, 1), validity);

        var streams = (jointOnly ? _plan.ForFirstStates() : _plan).Run(
            engine,
            new Streams<T>(text, Masks.Additive(engine, validity), image, Masks.Additive(engine, inputs.RegionMask))
            {
                TextValidity = validity,
            },
            record);
        NameUnused();
        var pooledText = PoolText(streams.Text);
        var pooledImage = PoolImage(streams.Image!);
        return new(
            () => streams.Text, () => streams.Image!, streams.TextValidity!,
            config.Meeting.Images(engine, engine.ToFloat(inputs.RegionMask), 2, text))
        {
            PooledText = pooledText,
            PooledImage = pooledImage,
            ReadJoint = () => Fuse(pooledText, pooledImage),
            FirstRegion = 1,
            JointOnly = jointOnly,
        };
    }

    /// <summary>ReLU(dense(first token)).</summary>
    public T PoolText(T states) => Pieces.Pool(engine, states, prefix + "t_pooler.dense", config.CoAttentionSize, Activation.Relu);

    /// <summary>ReLU(dense(global region)).</summary>
    public T PoolImage(T states) => Pieces.Pool(engine, states, prefix + "v_pooler.dense", config.CoAttentionSize, Activation.Relu);

    /// <summary>Both pooled vectors as one: element-wise product or sum, then dropout.</summary>
    private T Fuse(T text, T image) =>
        engine.Dropout(config.Fusion == "mul" ? engine.Multiply(text, image) : engine.Add(text, image), config.FusionDropout);

    private T EmbedText(ViLbertInputs<T> inputs)
    {
        using var marks = engine.Mark(config.FixedTextLayers > 0 ? ParameterMarks.Fixed : ParameterMarks.None);
        var sum = _text.Sum(engine, inputs.InputIds, inputs.TokenTypeIds);
        if (config.TaskTokens)
        {
            // The task's row stands after [CLS]; it has no position and moves nobody else's.
            var task = engine.Embedding(
                prefix + "embeddings.task_embeddings",
                inputs.TaskIds ?? throw new ArgumentException("A ViLBERT with task_specific_tokens needs TaskIds.", nameof(inputs)),
                ViLbertConfig.TaskNumbers, config.HiddenSize);
            sum = engine.Concat(1, engine.Slice(sum, 1, 0, 1), task, engine.Slice(sum, 1, 1, null));
        }

        return _text.Finish(engine, sum);
    }

    private T EmbedRegions(ViLbertInputs<T> inputs)
    {
        using var marks = engine.Mark(config.FixedImageLayers > 0 ? ParameterMarks.Fixed : ParameterMarks.None);
        var linears = prefix + "v_embeddings.";
        var sum = engine.Add(
            engine.Linear(inputs.RegionFeatures, linears + "image_embeddings", config.ImageHiddenSize),
            engine.Linear(inputs.RegionLocations, linears + "image_location_embeddings", config.ImageHiddenSize, ParameterRole.Location));
        return engine.Dropout(engine.LayerNorm(sum, linears + "LayerNorm"), config.Dropout);
    }

    /// <summary>
    /// What the reference builds and saves, but never runs: two linears of each connection layer, all of it where these are off.
    /// </summary>
    private void NameUnused()
    {
        for (var k = 0; k < config.TextLayersBeforeCoAttention.Count; k++)
        {
            var output = $"{prefix}encoder.c_layer.{k}.biOutput.";
            engine.Unused(output + "q_dense1.weight", config.ImageHiddenSize, config.CoAttentionSize);
            engine.Unused(output + "q_dense1.bias", config.ImageHiddenSize);
            engine.Unused(output + "q_dense2.weight", config.HiddenSize, config.CoAttentionSize);
            engine.Unused(output + "q_dense2.bias", config.HiddenSize);
        }

        if (config.CoAttention) return;
        var streams = new Streams<ShapeValue>(new(null, null, config.HiddenSize), null, new(null, null, config.ImageHiddenSize));
        foreach (var parameter in Lister.List(shapes => ViLbertPlan.Connections(config, prefix).Run(shapes, streams)))
            engine.Unused(parameter.Name, [.. parameter.Shape]);
    }

}
