using MLNet.VisionLanguage.Architectures;
using MLNet.VisionLanguage.Encoding;

namespace MLNet.VisionLanguage.Heads;

/// <summary>ViLBERT's task heads (vilbert/vilbert.py, VILBertForVLTasks) on the outputs of its trunk.</summary>
internal sealed class ViLbertHeads<T>(IEngine<T> engine, ViLbertConfig config)
    where T : class
{
    /// <summary>Both pooled vectors as one: element-wise product or sum, then dropout.</summary>
    public T Fuse(ViLbertOutputs<T> outputs) => engine.Dropout(
        config.Fusion == "mul"
            ? engine.Multiply(outputs.PooledText, outputs.PooledImage)
            : engine.Add(outputs.PooledText, outputs.PooledImage),
        config.FusionDropout);

    /// <summary>Answer logits: linear, gelu, LayerNorm, linear. Names: vil_prediction (VQA), vil_prediction_gqa (GQA).</summary>
    public T Classify(T fused, string name)
    {
        var inner = engine.Activate(engine.Linear(fused, name + ".logit_fc.0"), Activation.Gelu);
        return engine.Linear(engine.LayerNorm(inner, name + ".logit_fc.2"), name + ".logit_fc.3");
    }

    /// <summary>Logits of the two-image task: rows 2i and 2i+1 of the fused vectors side by side, [B/2, 2].</summary>
    public T ClassifyPairs(T fused) => Classify(engine.Reshape(fused, -1, 2L * config.CoAttentionSize), "vil_binary_prediction");

    /// <summary>Whether text and image belong together: class 0 a pair, 1 not.</summary>
    public T Align(T fused) => engine.Linear(fused, "cls.bi_seq_relationship");

    /// <summary>One score a row, for ranking options.</summary>
    public T Rank(T fused) => engine.Linear(fused, "vil_logit");

    /// <summary>Three-way entailment logits.</summary>
    public T Entail(T fused) => engine.Linear(fused, "vil_tri_prediction");

    /// <summary>One logit a region [B, R, 1]; padding regions are pushed down by the additive mask.</summary>
    public T ScoreRegions(ViLbertOutputs<T> outputs, T regionMask)
    {
        var push = engine.Unsqueeze(engine.Affine(engine.ToFloat(regionMask), 10000f, -10000f), 2);
        return engine.Add(engine.Linear(engine.Dropout(outputs.Streams.Image!, config.FusionDropout), "vision_logit"), push);
    }

    /// <summary>One logit a token, [B, L, 1].</summary>
    public T ScoreTokens(ViLbertOutputs<T> outputs) =>
        engine.Linear(engine.Dropout(outputs.Streams.Text, config.FusionDropout), "linguisic_logit");

    /// <summary>Masked language modelling logits; the decoder is tied to the word table.</summary>
    public T PredictTokens(ViLbertOutputs<T> outputs) => engine.TiedLinear(
        Transform(outputs.Streams.Text, "cls.predictions.transform"), "bert.embeddings.word_embeddings.weight", "cls.predictions.bias");

    /// <summary>Masked region logits [B, R, v_target_size].</summary>
    public T PredictRegions(ViLbertOutputs<T> outputs) =>
        engine.Linear(Transform(outputs.Streams.Image!, "cls.imagePredictions.transform"), "cls.imagePredictions.decoder");

    /// <summary>LN(act(dense(x))); both streams use the text activation here.</summary>
    private T Transform(T states, string name) => engine.LayerNorm(
        engine.Activate(engine.Linear(states, name + ".dense"), Activations.Parse("hidden_act", config.TextActivation)), name + ".LayerNorm");
}
