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

    /// <summary>
    /// x W^T + b with W = g v / |v|, where |v| is the norm of the whole matrix (PyTorch's weight_norm with dim None); as NAME.weight_g,
    /// NAME.weight_v and NAME.bias.
    /// </summary>
    public static T NormedLinear<T>(IEngine<T> engine, T x, string name, int inputs, int outputs)
        where T : class
    {
        var gain = engine.Of(engine.Parameter(name + ".weight_g", [], ParameterRole.Gain, start: 1));
        var direction = engine.Of(engine.Parameter(name + ".weight_v", [outputs, inputs], ParameterRole.Weight));
        var square = engine.Sum(engine.Sum(direction * direction, 1, keepAxis: true), 0, keepAxis: true);
        var weight = direction * (gain / engine.Of(engine.Sqrt(square)));
        var bias = engine.Parameter(name + ".bias", [outputs], ParameterRole.Bias);
        return engine.Add(engine.MatMul(x, engine.Transpose(weight, 1, 0)), bias);
    }

    /// <summary>BERT's "prediction head transform": LN(act(dense(x))) as NAME.dense and NAME.LayerNorm.</summary>
    public static T Transform<T>(IEngine<T> engine, T states, string name, int size, Activation activation)
        where T : class => engine.LayerNorm(engine.Activate(engine.Linear(states, name + ".dense", size), activation), name + ".LayerNorm");

    /// <summary>BERT's masked language model: logits of the words at every place, from the transform and the word table.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="states">[B, L, size].</param>
    /// <param name="name">Of the head: NAME.transform and NAME.bias.</param>
    /// <param name="table">The word table, [vocabulary, size].</param>
    /// <param name="vocabulary">Its rows.</param>
    /// <param name="size">Its width.</param>
    /// <param name="activation">That of the transform.</param>
    public static T PredictWords<T>(
        IEngine<T> engine, T states, string name, string table, int vocabulary, int size, Activation activation)
        where T : class =>
        engine.TiedLinear(Transform(engine, states, name + ".transform", size, activation), table, vocabulary, name + ".bias");
}
