using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>Lets each token of a text attend to itself and to those before it.</summary>
internal static class CausalMask
{
    /// <param name="engine">The engine.</param>
    /// <param name="ids">Int64 [B, L].</param>
    /// <param name="mask">1 for a token, 0 for padding, which nothing attends to, [B, L]; null where there is none.</param>
    /// <returns>The additive mask [B or 1, 1, L, L] and the same as 1 where a token may attend, else 0.</returns>
    public static (T Additive, T Allowed) Of<T>(IEngine<T> engine, T ids, T? mask)
        where T : class
    {
        var place = engine.Range(engine.Length(ids, 1));
        T later = engine.Less(engine.Unsqueeze(place, 1), engine.Unsqueeze(place, 0));
        var allowed = engine.Unsqueeze(engine.Unsqueeze(engine.Affine(later, -1, 1), 0), 0);
        if (mask is not null) allowed = engine.Multiply(allowed, engine.Unsqueeze(engine.Unsqueeze(engine.ToFloat(mask), 1), 1));
        return (engine.Affine(allowed, 10000f, -10000f), allowed);
    }
}
