using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>
/// Attention in one or more directions. All directions read the states from before the sublayer, so two opposite directions are an
/// exchange (co-attention) in which neither stream sees the other's update.
/// </summary>
internal sealed record AttentionSublayer(params IReadOnlyList<Attend> Directions) : Sublayer
{
    /// <summary>The streams of which only the first state goes on; see <see cref="EncoderPlan.ForFirstStates"/>.</summary>
    public IReadOnlyList<Modality> Cut { get; init; } = [];

    protected override IReadOnlyList<Modality>? Updates => [.. Directions.Select(direction => direction.Queries).Union(Cut)];

    public override Streams<T> Run<T>(IEngine<T> engine, Streams<T> streams, Recorder<T>? record)
    {
        var asking = Cut.Aggregate(streams, (cut, stream) => cut.With(stream, engine.Slice(cut.State(stream), 1, 0, 1)));
        var after = asking;
        foreach (var direction in Directions)
            after = after.With(direction.Queries, direction.Run(engine, asking.State(direction.Queries), streams, record));
        return after;
    }
}

/// <summary>
/// LN(dense(attention(queries, keys)) + queries). Self-attention when both are the same stream.
/// </summary>
/// <param name="Queries">The stream that asks and is updated.</param>
/// <param name="Keys">The stream that is read.</param>
/// <param name="Names">The reference's parameter names.</param>
/// <param name="Heads">Number of heads.</param>
/// <param name="Width">Total width of the projections; a head has Width / Heads.</param>
/// <param name="Size">Width of the stream that is updated.</param>
/// <param name="ProbabilityDropout">Dropout on the attention probabilities.</param>
/// <param name="OutputDropout">Dropout after the output dense, before the residual.</param>
internal sealed record Attend(
    Modality Queries,
    Modality Keys,
    AttentionNames Names,
    int Heads,
    int Width,
    int Size,
    double ProbabilityDropout,
    double OutputDropout)
{
    /// <summary>Names of the two linears that gate queries and keys by the mean text state (ViLBERT's dynamic attention).</summary>
    public (string Query, string Key)? Gates { get; init; }

    /// <summary>Whether the reference's training script decays the LayerNorm's gain.</summary>
    public bool DecaysGain { get; init; }

    /// <summary>Added to the LayerNorm's variance.</summary>
    public double Epsilon { get; init; } = 1e-12;

    /// <summary>Name under which the updated state is recorded; null when nobody asks for it.</summary>
    public string? Mark { get; init; }

    /// <summary>Name under which the attention probabilities are recorded.</summary>
    public string? ProbabilityMark { get; init; }

    /// <summary>The updated state of the stream that asks.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="asking">The states that ask: all of the stream, or its first.</param>
    /// <param name="streams">The states that are read.</param>
    /// <param name="record">Receives intermediate states.</param>
    public T Run<T>(IEngine<T> engine, T asking, Streams<T> streams, Recorder<T>? record)
        where T : class
    {
        var read = streams.State(Keys);
        T query = engine.Linear(asking, Names.Query, Width), key = engine.Linear(read, Names.Key, Width);
        if (Gates is { } gates)
        {
            var mean = MeanText(engine, streams);
            query = engine.Multiply(query, Gate(engine, mean, gates.Query));
            key = engine.Multiply(key, Gate(engine, mean, gates.Key));
        }

        Action<T>? probabilities = record is not null && ProbabilityMark is { } name ? value => record(name, value) : null;
        var context = engine.Attention(
            query, key, engine.Linear(read, Names.Value, Width), Heads, Width / Heads, streams.Mask(Keys), ProbabilityDropout,
            probabilities);
        var dense = engine.Dropout(engine.Linear(context, Names.Dense, Size), OutputDropout);
        var state = engine.LayerNorm(engine.Add(dense, asking), Names.LayerNorm, Epsilon, decayed: DecaysGain);
        if (Mark is not null) record?.Invoke(Mark, state);
        return state;
    }

    /// <summary>The mean of the valid text states, [B, 1, h].</summary>
    private static T MeanText<T>(IEngine<T> engine, Streams<T> streams)
        where T : class
    {
        var validity = streams.TextValidity
            ?? throw new InvalidOperationException("The plan gates by the text state, but no text validity was given.");
        var weights = engine.Unsqueeze(validity, 2);
        return engine.Divide(
            engine.Sum(engine.Multiply(streams.Text, weights), 1, keepAxis: true), engine.Sum(weights, 1, keepAxis: true));
    }

    private T Gate<T>(IEngine<T> engine, T mean, string name)
        where T : class =>
        engine.Affine(engine.Activate(engine.Linear(mean, name, Width), Activation.Sigmoid), 1f, 1f);
}

/// <summary>Parameter names of one attention direction, without ".weight" and ".bias".</summary>
internal sealed record AttentionNames(string Query, string Key, string Value, string Dense, string LayerNorm)
{
    /// <summary>BERT's spelling: PREFIX.self.query ..., PREFIX.output.dense, PREFIX.output.LayerNorm.</summary>
    public static AttentionNames Bert(string prefix, string inner = "self") => new(
        $"{prefix}.{inner}.query", $"{prefix}.{inner}.key", $"{prefix}.{inner}.value",
        $"{prefix}.output.dense", $"{prefix}.output.LayerNorm");
}
