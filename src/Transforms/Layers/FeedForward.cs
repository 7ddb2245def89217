using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>LN(dense(act(dense(x))) + x) on one stream.</summary>
/// <param name="Stream">The stream it updates.</param>
/// <param name="Intermediate">Name of the first linear.</param>
/// <param name="Output">Name prefix of the second linear (OUTPUT.dense) and its LayerNorm (OUTPUT.LayerNorm).</param>
/// <param name="Width">Width between the two linears.</param>
/// <param name="Size">Width of the stream.</param>
/// <param name="Activation">The activation between them.</param>
/// <param name="Dropout">Dropout after the second linear, before the residual.</param>
internal sealed record FeedForwardSublayer(
    Modality Stream,
    string Intermediate,
    string Output,
    int Width,
    int Size,
    Activation Activation,
    double Dropout) : Sublayer
{
    /// <summary>Added to the LayerNorm's variance.</summary>
    public double Epsilon { get; init; } = 1e-12;

    /// <summary>Name under which the updated state is recorded; null when nobody asks for it.</summary>
    public string? Mark { get; init; }

    protected override IReadOnlyList<Modality>? Updates => [Stream];

    public override Streams<T> Run<T>(IEngine<T> engine, Streams<T> streams, Recorder<T>? record)
    {
        var input = streams.State(Stream);
        var inner = engine.Activate(engine.Linear(input, Intermediate, Width), Activation);
        var dense = engine.Dropout(engine.Linear(inner, Output + ".dense", Size), Dropout);
        var state = engine.LayerNorm(engine.Add(dense, input), Output + ".LayerNorm", Epsilon);
        if (Mark is not null) record?.Invoke(Mark, state);
        return streams.With(Stream, state);
    }
}
