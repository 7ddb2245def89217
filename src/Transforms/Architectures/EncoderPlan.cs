using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage.Architectures;

/// <summary>
/// An encoder as data: sublayers in the order they run. Every transformer of this library that reads two modalities is such a
/// list (the observation of VOLTA, Bugliarello et al. 2021), so an engine that can run the two kinds of sublayer can run them all.
/// </summary>
/// <param name="TextSize">Width of the text stream.</param>
/// <param name="ImageSize">Width of the image stream; 0 for a single stream.</param>
/// <param name="Sublayers">What runs, in order.</param>
internal sealed record EncoderPlan(int TextSize, int ImageSize, IReadOnlyList<Sublayer> Sublayers)
{
    public int SizeOf(Modality stream) => stream == Modality.Text ? TextSize : ImageSize;

    /// <summary>The parameters the sublayers own, each once, in the order of their first use.</summary>
    public IEnumerable<ParameterSpec> Parameters() =>
        Sublayers.SelectMany(sublayer => sublayer.Parameters(this)).DistinctBy(parameter => parameter.Name);
}

/// <summary>One residual step of an encoder; its output goes through a LayerNorm (post-norm, as in BERT).</summary>
internal abstract record Sublayer
{
    public abstract IEnumerable<ParameterSpec> Parameters(EncoderPlan plan);
}

/// <summary>
/// Attention in one or more directions. All directions read the states from before the sublayer, so two opposite directions are an
/// exchange (co-attention) in which neither stream sees the other's update.
/// </summary>
internal sealed record AttentionSublayer(params IReadOnlyList<Attend> Directions) : Sublayer
{
    public override IEnumerable<ParameterSpec> Parameters(EncoderPlan plan) =>
        Directions.SelectMany(direction => direction.Parameters(plan));
}

/// <summary>
/// LN(dense(attention(queries, keys)) + queries). Self-attention when both are the same stream.
/// </summary>
/// <param name="Queries">The stream that asks and is updated.</param>
/// <param name="Keys">The stream that is read.</param>
/// <param name="Names">The reference's parameter names.</param>
/// <param name="Heads">Number of heads.</param>
/// <param name="Width">Total width of the projections; a head has Width / Heads.</param>
/// <param name="ProbabilityDropout">Dropout on the attention probabilities.</param>
/// <param name="OutputDropout">Dropout after the output dense, before the residual.</param>
internal sealed record Attend(
    Modality Queries,
    Modality Keys,
    AttentionNames Names,
    int Heads,
    int Width,
    double ProbabilityDropout,
    double OutputDropout)
{
    /// <summary>Names of the two linears that gate queries and keys by the mean text state (ViLBERT's dynamic attention).</summary>
    public (string Query, string Key)? Gates { get; init; }

    /// <summary>Name under which the updated state is recorded; null when nobody asks for it.</summary>
    public string? Mark { get; init; }

    /// <summary>Name under which the attention probabilities are recorded.</summary>
    public string? ProbabilityMark { get; init; }

    public IEnumerable<ParameterSpec> Parameters(EncoderPlan plan)
    {
        int queries = plan.SizeOf(Queries), keys = plan.SizeOf(Keys);
        var own = new[]
        {
            Specs.Linear(Names.Query, queries, Width),
            Specs.Linear(Names.Key, keys, Width),
            Specs.Linear(Names.Value, keys, Width),
            Gates is { } gates ? [.. Specs.Linear(gates.Query, plan.TextSize, Width), .. Specs.Linear(gates.Key, plan.TextSize, Width)] : [],
            Specs.Linear(Names.Dense, Width, queries),
            Specs.LayerNorm(Names.LayerNorm, queries),
        };
        return own.SelectMany(parameters => parameters);
    }
}

/// <summary>Parameter names of one attention direction, without ".weight" and ".bias".</summary>
internal sealed record AttentionNames(string Query, string Key, string Value, string Dense, string LayerNorm)
{
    /// <summary>BERT's spelling: PREFIX.self.query ..., PREFIX.output.dense, PREFIX.output.LayerNorm.</summary>
    public static AttentionNames Bert(string prefix, string inner = "self") => new(
        $"{prefix}.{inner}.query", $"{prefix}.{inner}.key", $"{prefix}.{inner}.value", $"{prefix}.output.dense", $"{prefix}.output.LayerNorm");
}

/// <summary>LN(dense(act(dense(x))) + x) on one stream.</summary>
/// <param name="Stream">The stream it updates.</param>
/// <param name="Intermediate">Name of the first linear.</param>
/// <param name="Output">Name prefix of the second linear (OUTPUT.dense) and its LayerNorm (OUTPUT.LayerNorm).</param>
/// <param name="Width">Width between the two linears.</param>
/// <param name="Activation">The activation between them.</param>
/// <param name="Dropout">Dropout after the second linear, before the residual.</param>
internal sealed record FeedForwardSublayer(
    Modality Stream,
    string Intermediate,
    string Output,
    int Width,
    Activation Activation,
    double Dropout) : Sublayer
{
    /// <summary>Name under which the updated state is recorded; null when nobody asks for it.</summary>
    public string? Mark { get; init; }

    public override IEnumerable<ParameterSpec> Parameters(EncoderPlan plan)
    {
        var size = plan.SizeOf(Stream);
        return
        [
            .. Specs.Linear(Intermediate, size, Width),
            .. Specs.Linear(Output + ".dense", Width, size),
            .. Specs.LayerNorm(Output + ".LayerNorm", size),
        ];
    }
}
