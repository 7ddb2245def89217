using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>
/// Self-attention that reads the other tower as well, in one softmax: its keys and values follow the own ones (merged attention, of the ablation of
/// Dou et al. 2022).
/// </summary>
internal static class MergedAttention
{
    /// <param name="engine">The engine.</param>
    /// <param name="query">[B, L, heads · head size].</param>
    /// <param name="own">Keys and values of the same tower, [B, S, …].</param>
    /// <param name="other">Those of the other, [B, N, …], all of which are read.</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="headSize">Width of a head.</param>
    /// <param name="mask">Over the own ones, additive, [B or 1, 1, L or 1, S]; null for all.</param>
    /// <param name="dropout">Dropout on the probabilities.</param>
    public static T Run<T>(
        IEngine<T> engine, T query, (T Key, T Value) own, (T Key, T Value) other, int heads, int headSize, T? mask, double dropout = 0)
        where T : class
    {
        if (mask is not null)
        {
            var nothing = engine.Unsqueeze(engine.Unsqueeze(engine.Squeeze(Zeros(engine, engine.Slice(other.Key, 2, 0, 1)), 2), 1), 1);
            mask = engine.Concat(
                3, engine.Add(mask, engine.Slice(nothing, 3, 0, 1)), engine.Add(Zeros(engine, engine.Slice(mask, 3, 0, 1)), nothing));
        }

        return engine.Attention(
            query, engine.Concat(1, own.Key, other.Key), engine.Concat(1, own.Value, other.Value), heads, headSize, mask, dropout);
    }

    /// <summary>The same in the windows of an image, each of which reads its own tokens and all of a text.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="query">[B, windows, tokens, heads · head size].</param>
    /// <param name="own">Keys and values of the windows, of the same shape.</param>
    /// <param name="text">Those of the text, [B, L, heads · head size].</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="headSize">Width of a head.</param>
    /// <param name="bias">Added for two tokens of a window, [1, heads, tokens, tokens].</param>
    /// <param name="apart">Keeps tokens of a window apart, [windows, tokens, tokens]; null for nothing.</param>
    /// <param name="textMask">Over the text, additive, [B, 1, 1, L].</param>
    /// <returns>[B, windows, tokens, heads · head size].</returns>
    public static T InWindows<T>(
        IImageEngine<T> engine, T query, (T Key, T Value) own, (T Key, T Value) text, int heads, int headSize, T bias, T? apart, T textMask)
        where T : class
    {
        var windows = Zeros(engine, engine.Slice(engine.Slice(own.Key, 2, 0, 1), 3, 0, 1));
        var ofTokens = engine.Unsqueeze(bias, 0);
        if (apart is not null) ofTokens = engine.Add(ofTokens, engine.Unsqueeze(engine.Unsqueeze(apart, 1), 0));
        ofTokens = engine.Add(engine.Unsqueeze(windows, 4), ofTokens);
        var ofText = engine.Add(Zeros(engine, engine.Slice(ofTokens, 4, 0, 1)), engine.Unsqueeze(textMask, 1));
        var found = engine.Attention(
            Flat(query), Together(own.Key, text.Key), Together(own.Value, text.Value), heads, headSize, Flat(engine.Concat(4, ofTokens, ofText)));
        return engine.ReshapeLike(found, query);

        // Each window has the text once more.
        T Together(T tokens, T words) => Flat(engine.Concat(2, tokens, engine.Add(engine.Unsqueeze(words, 1), windows)));

        T Flat(T x) => engine.MergeAxes(x, 0);
    }

    private static T Zeros<T>(IEngine<T> engine, T x)
        where T : class => engine.Affine(engine.ToFloat(x), 0);
}
