using MLNet.VisionLanguage.Architectures;

namespace MLNet.VisionLanguage.Encoding;

/// <summary>The states of both streams and the masks over their keys; a single stream leaves the image side empty.</summary>
/// <param name="Text">Text states [B, L, h].</param>
/// <param name="TextMask">Additive mask [B, 1, 1, L]: 0 to attend, -10000 for padding. Null adds nothing.</param>
/// <param name="Image">Region states [B, R, h_v].</param>
/// <param name="ImageMask">Additive mask [B, 1, 1, R]. Null adds nothing.</param>
internal sealed record Streams<T>(T Text, T? TextMask, T? Image = default, T? ImageMask = default)
    where T : class
{
    /// <summary>The text mask as 0/1 floats [B, L]; needed only where the plan gates by the mean text state.</summary>
    public T? TextValidity { get; init; }

    public T State(Modality stream) => stream == Modality.Text ? Text : Image!;

    public T? Mask(Modality stream) => stream == Modality.Text ? TextMask : ImageMask;

    public Streams<T> With(Modality stream, T state) => stream == Modality.Text ? this with { Text = state } : this with { Image = state };
}

/// <summary>Runs an <see cref="EncoderPlan"/> on an engine.</summary>
internal static class EncoderInterpreter
{
    public static Streams<T> Run<T>(IEngine<T> engine, EncoderPlan plan, Streams<T> streams, Recorder<T>? record = null)
        where T : class
    {
        foreach (var sublayer in plan.Sublayers)
        {
            streams = sublayer switch
            {
                AttentionSublayer attention => Attention(engine, attention, streams, record),
                FeedForwardSublayer feedForward => FeedForward(engine, feedForward, streams, record),
                _ => throw new InvalidOperationException($"Unknown sublayer {sublayer.GetType().Name}."),
            };
        }

        return streams;
    }

    /// <summary>The additive form of a 0/1 mask [B, S] (Int64 or float): [B, 1, 1, S], -10000 where it is 0.</summary>
    public static T AdditiveMask<T>(IEngine<T> engine, T mask) =>
        engine.Unsqueeze(engine.Unsqueeze(engine.Affine(engine.ToFloat(mask), 10000f, -10000f), 1), 1);

    private static Streams<T> Attention<T>(IEngine<T> engine, AttentionSublayer sublayer, Streams<T> before, Recorder<T>? record)
        where T : class
    {
        var after = before;
        foreach (var direction in sublayer.Directions)
        {
            var context = Attend(engine, direction, before, record);
            var dense = engine.Dropout(engine.Linear(context, direction.Names.Dense), direction.OutputDropout);
            var state = engine.LayerNorm(engine.Add(dense, before.State(direction.Queries)), direction.Names.LayerNorm);
            if (direction.Mark is not null) record?.Invoke(direction.Mark, state);
            after = after.With(direction.Queries, state);
        }

        return after;
    }

    /// <summary>softmax(q k^T / sqrt(d) + mask) v, heads split and merged again: [B, queries, width].</summary>
    private static T Attend<T>(IEngine<T> engine, Attend direction, Streams<T> streams, Recorder<T>? record)
        where T : class
    {
        T asking = streams.State(direction.Queries), read = streams.State(direction.Keys);
        T query = engine.Linear(asking, direction.Names.Query), key = engine.Linear(read, direction.Names.Key);
        if (direction.Gates is { } gates)
        {
            var mean = MeanText(engine, streams);
            query = engine.Multiply(query, Gate(engine, mean, gates.Query));
            key = engine.Multiply(key, Gate(engine, mean, gates.Key));
        }

        long head = direction.Width / direction.Heads;
        T Split(T x, params int[] order) => engine.Transpose(engine.Reshape(x, 0, 0, direction.Heads, head), order);
        var scores = engine.MatMul(Split(query, 0, 2, 1, 3), Split(key, 0, 2, 3, 1));
        scores = engine.Affine(scores, 1f / MathF.Sqrt(head));
        if (streams.Mask(direction.Keys) is { } mask) scores = engine.Add(scores, mask);
        var probabilities = engine.Softmax(scores);
        if (direction.ProbabilityMark is not null) record?.Invoke(direction.ProbabilityMark, probabilities);
        probabilities = engine.Dropout(probabilities, direction.ProbabilityDropout);

        var values = Split(engine.Linear(read, direction.Names.Value), 0, 2, 1, 3);
        return engine.Reshape(engine.Transpose(engine.MatMul(probabilities, values), 0, 2, 1, 3), 0, 0, direction.Width);
    }

    /// <summary>The mean of the valid text states, [B, 1, h].</summary>
    private static T MeanText<T>(IEngine<T> engine, Streams<T> streams)
        where T : class
    {
        var weights = engine.Unsqueeze(
            streams.TextValidity ?? throw new InvalidOperationException("The plan gates by the text state, but no text validity was given."), 2);
        return engine.Divide(
            engine.Sum(engine.Multiply(streams.Text, weights), 1, keepAxis: true), engine.Sum(weights, 1, keepAxis: true));
    }

    private static T Gate<T>(IEngine<T> engine, T mean, string name) =>
        engine.Affine(engine.Activate(engine.Linear(mean, name), Activation.Sigmoid), 1f, 1f);

    private static Streams<T> FeedForward<T>(IEngine<T> engine, FeedForwardSublayer sublayer, Streams<T> streams, Recorder<T>? record)
        where T : class
    {
        var input = streams.State(sublayer.Stream);
        var inner = engine.Activate(engine.Linear(input, sublayer.Intermediate), sublayer.Activation);
        var dense = engine.Dropout(engine.Linear(inner, sublayer.Output + ".dense"), sublayer.Dropout);
        var state = engine.LayerNorm(engine.Add(dense, input), sublayer.Output + ".LayerNorm");
        if (sublayer.Mark is not null) record?.Invoke(sublayer.Mark, state);
        return streams.With(sublayer.Stream, state);
    }
}
