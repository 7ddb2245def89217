namespace MLNet.VisionLanguage.Engine;

/// <summary>A value together with its engine, so that a formula can be written as one. It goes wherever the bare value goes.</summary>
internal readonly struct Value<T>(IEngine<T> engine, T item)
    where T : class
{
    private readonly IEngine<T> _engine = engine;
    private readonly T _item = item;

    public static implicit operator T(Value<T> value) => value._item;

    public static Value<T> operator +(Value<T> a, Value<T> b) => a.With(a._engine.Add(a, b));

    public static Value<T> operator -(Value<T> a, Value<T> b) => a.With(a._engine.Subtract(a, b));

    public static Value<T> operator *(Value<T> a, Value<T> b) => a.With(a._engine.Multiply(a, b));

    public static Value<T> operator /(Value<T> a, Value<T> b) => a.With(a._engine.Divide(a, b));

    public static Value<T> operator +(Value<T> a, float b) => a.With(a._engine.Affine(a, 1, b));

    public static Value<T> operator -(Value<T> a, float b) => a.With(a._engine.Affine(a, 1, -b));

    public static Value<T> operator *(Value<T> a, float b) => a.With(a._engine.Affine(a, b));

    public static Value<T> operator -(float a, Value<T> b) => b.With(b._engine.Affine(b, -1, a));

    /// <summary>1.0 where the two are equal, else 0.0.</summary>
    public Value<T> Is(Value<T> other) => With(_engine.Equal(this, other));

    /// <summary>1.0 where this is less, else 0.0.</summary>
    public Value<T> IsBelow(Value<T> other) => With(_engine.Less(this, other));

    /// <summary>Entry <paramref name="i"/> of the last axis, which stays with size 1.</summary>
    public Value<T> Column(int i) => With(_engine.Slice(this, -1, i, i + 1));

    private Value<T> With(T item) => new(_engine, item);
}

internal static class ValueExtensions
{
    /// <summary>Gives a value its engine for a formula.</summary>
    public static Value<T> Of<T>(this IEngine<T> engine, T item)
        where T : class => new(engine, item);
}
