using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>
/// An encoder as data: sublayers in the order they run. Every transformer of this library that reads two modalities is such a
/// list (the observation of VOLTA, Bugliarello et al. 2021).
/// </summary>
internal sealed record EncoderPlan(IReadOnlyList<Sublayer> Sublayers)
{
    /// <summary>
    /// The same encoder for those who read the first state of each stream and no other: from the last sublayer on that attends to a stream,
    /// only its first state is computed.
    /// </summary>
    public EncoderPlan ForFirstStates()
    {
        Sublayer[] sublayers = [.. Sublayers];
        foreach (var stream in Enum.GetValues<Modality>())
        {
            var last = Array.FindLastIndex(
                sublayers, sublayer => sublayer is AttentionSublayer attention && attention.Directions.Any(direction => direction.Keys == stream));
            if (last >= 0 && sublayers[last] is AttentionSublayer reader) sublayers[last] = reader with { Cut = [.. reader.Cut, stream] };
        }

        return new(sublayers);
    }

    /// <summary>What ends each layer of a stream, in the order they run, with the mark under which it records the stream's state.</summary>
    public IReadOnlyList<FeedForwardSublayer> LayersOf(Modality stream) =>
        [.. Sublayers.OfType<FeedForwardSublayer>().Where(layer => layer.Stream == stream && layer.Mark is not null)];

    /// <summary>Runs all sublayers.</summary>
    public Streams<T> Run<T>(IEngine<T> engine, Streams<T> streams, Recorder<T>? record = null)
        where T : class
    {
        foreach (var sublayer in Sublayers)
        {
            using (engine.Mark(sublayer.IsFixed ? ParameterMarks.Fixed : ParameterMarks.None))
                streams = record is null ? sublayer.RunAsSegment(engine, streams) : sublayer.Run(engine, streams, record);
        }

        return streams;
    }
}

/// <summary>One residual step of an encoder; its output goes through a LayerNorm (post-norm, as in BERT).</summary>
internal abstract record Sublayer
{
    /// <summary>Whether it runs without gradients.</summary>
    public bool IsFixed { get; init; }

    /// <summary>The streams whose states it replaces; null where it replaces masks as well, and is no segment.</summary>
    protected virtual IReadOnlyList<Modality>? Updates => null;

    /// <summary>The same as <see cref="Run"/>, as a part that may be computed twice.</summary>
    public Streams<T> RunAsSegment<T>(IEngine<T> engine, Streams<T> streams)
        where T : class
    {
        if (Updates is not { } updates) return Run(engine, streams, null);
        Modality[] read = streams.Image is null ? [Modality.Text] : [Modality.Text, Modality.Image];
        var updated = engine.Segment([.. read.Select(streams.State)], states =>
        {
            var after = Run(engine, With(read, states), null);
            return [.. updates.Select(after.State)];
        });
        return With(updates, updated);

        Streams<T> With(IReadOnlyList<Modality> which, IReadOnlyList<T> states) =>
            which.Index().Aggregate(streams, (own, stream) => own.With(stream.Item, states[stream.Index]));
    }

    /// <summary>The streams after this step.</summary>
    public abstract Streams<T> Run<T>(IEngine<T> engine, Streams<T> streams, Recorder<T>? record)
        where T : class;
}
