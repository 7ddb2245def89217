using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>Small modules that several models have.</summary>
internal static class Pieces
{
    /// <summary>The first position of a stream, [B, h].</summary>
    public static T First<T>(IEngine<T> engine, T states)
        where T : class => engine.Squeeze(engine.Slice(states, 1, 0, 1), 1);

    /// <summary>BERT's pooler: act(dense(first position)), [B, <paramref name="size"/>].</summary>
    public static T Pool<T>(IEngine<T> engine, T states, string name, int size, Activation activation)
        where T : class => engine.Activate(engine.Linear(First(engine, states), name, size), activation);

    /// <summary>BERT's "prediction head transform": LN(act(dense(x))) as NAME.dense and NAME.LayerNorm.</summary>
    public static T Transform<T>(IEngine<T> engine, T states, string name, int size, Activation activation)
        where T : class => engine.LayerNorm(engine.Activate(engine.Linear(states, name + ".dense", size), activation), name + ".LayerNorm");
}
