using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;

namespace MLNet.VisionLanguage.Models;

/// <summary>
/// LXMERT's trunk (Tan and Bansal 2019; src/lxrt/modeling.py, LXRTModel): text embedding, visual embedding, the encoder plan, a pooler
/// on the first token.
/// </summary>
internal sealed class LxmertTrunk<T>(IEngine<T> engine, LxmertConfig config, string prefix)
    where T : class
{
    private readonly EncoderPlan _plan = LxmertPlan.Encoder(config, prefix);

    // All three tables have padding index 0, so position 0 and segment 0 never learn through the look-up.
    private readonly TextEmbedding _text = new(
        prefix + "embeddings.", config.VocabularySize, config.MaxPositions, config.TokenTypes, config.HiddenSize, config.Dropout)
    {
        PaddingPlace = 0,
    };

    /// <param name="ids">Int64 [B, L].</param>
    /// <param name="types">Int64 [B, L].</param>
    /// <param name="mask">1 for a token, 0 for padding, [B, L].</param>
    /// <param name="features">[B, N, visual_feat_dim].</param>
    /// <param name="boxes">[B, N, 4], fractions of the image.</param>
    /// <param name="regionMask">[B, N]; null attends to every region, as all reference tasks do.</param>
    /// <param name="record">Receives intermediate states.</param>
    /// <param name="jointOnly">Whether the joint vector is all that will be read.</param>
    public ModelStates<T> Run(
        T ids, T types, T mask, T features, T boxes, T? regionMask, Recorder<T>? record = null, bool jointOnly = false)
    {
        var text = _text.Run(engine, ids, types);
        var image = EmbedRegions(features, boxes);
        record?.Invoke("embeddings", text);
        record?.Invoke("visn_fc", image);
        var streams = (jointOnly ? _plan.ForFirstStates() : _plan).Run(
            engine,
            new Streams<T>(text, Masks.Additive(engine, mask), image, regionMask is null ? null : Masks.Additive(engine, regionMask)),
            record);
        var pooled = Pieces.Pool(engine, streams.Text, prefix + "pooler.dense", config.HiddenSize, Activation.Tanh);
        var seen = regionMask ?? engine.Affine(engine.Squeeze(engine.Slice(boxes, 2, 0, 1), 2), 0, 1);
        return new(() => streams.Text, () => streams.Image!, mask, seen)
        {
            PooledText = pooled,
            ReadJoint = () => pooled,
            JointOnly = jointOnly,
        };
    }

    private T EmbedRegions(T features, T boxes)
    {
        var visual = prefix + "encoder.visn_fc.";
        var seen = engine.LayerNorm(engine.Linear(features, visual + "visn_fc", config.HiddenSize), visual + "visn_layer_norm");
        var placed = engine.LayerNorm(
            engine.Linear(boxes, visual + "box_fc", config.HiddenSize, ParameterRole.Location), visual + "box_layer_norm");
        return engine.Dropout(engine.Affine(engine.Add(seen, placed), 0.5f), config.Dropout);
    }
}
