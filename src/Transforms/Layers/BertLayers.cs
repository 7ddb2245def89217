using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>The ordinary BERT layer (self-attention, then feed-forward) as sublayers of a plan.</summary>
/// <param name="Stream">The stream the layers run on.</param>
/// <param name="Heads">Number of attention heads.</param>
/// <param name="Size">Width of the stream and of its projections.</param>
/// <param name="Intermediate">Width of the feed-forward step.</param>
/// <param name="Activation">Activation of the feed-forward step.</param>
/// <param name="ProbabilityDropout">Dropout on attention probabilities.</param>
/// <param name="Dropout">Dropout before each residual addition.</param>
/// <param name="Epsilon">Added to the variance of every LayerNorm.</param>
internal sealed record BertLayers(
    Modality Stream, int Heads, int Size, int Intermediate, Activation Activation, double ProbabilityDropout, double Dropout,
    double Epsilon = 1e-12)
{
    /// <summary>The two sublayers of the layer whose parameters start with <paramref name="prefix"/>.</summary>
    /// <param name="prefix">Such as "bert.encoder.layer.0".</param>
    /// <param name="mark">Name under which the layer's output is recorded.</param>
    /// <param name="probabilityMark">Name under which its attention probabilities are recorded.</param>
    /// <param name="gated">Whether the mean text state gates queries and keys (ViLBERT's dynamic attention).</param>
    /// <param name="isFixed">Whether the layer runs without gradients.</param>
    public IEnumerable<Sublayer> Layer(
        string prefix, string? mark = null, string? probabilityMark = null, bool gated = false, bool isFixed = false)
    {
        var attention = prefix + ".attention";
        yield return new AttentionSublayer(
            new Attend(Stream, Stream, AttentionNames.Bert(attention), Heads, Size, Size, ProbabilityDropout, Dropout)
            {
                Gates = gated ? (attention + ".self.dyLinear_q", attention + ".self.dyLinear_k") : null,
                Epsilon = Epsilon,
                ProbabilityMark = probabilityMark,
            })
        {
            IsFixed = isFixed,
        };
        yield return new FeedForwardSublayer(
            Stream, prefix + ".intermediate.dense", prefix + ".output", Intermediate, Size, Activation, Dropout)
        {
            Epsilon = Epsilon,
            Mark = mark,
            IsFixed = isFixed,
        };
    }
}
