namespace MLNet.VisionLanguage.Engine;

/// <summary>The engine behind <see cref="Lister"/>: computes shapes and remembers the parameters.</summary>
internal sealed partial class ShapeEngine : IEngine<ShapeValue>
{
    private readonly List<ModelParameter> _parameters = [];
    private readonly Dictionary<string, int> _places = new(StringComparer.Ordinal);
    private ParameterMarks _marks;

    public IReadOnlyList<ModelParameter> Parameters => _parameters;

    public ShapeValue Linear(ShapeValue x, string name, int outputs, ParameterRole role = ParameterRole.Weight, bool bias = true)
    {
        Use(name + ".weight", [outputs, x.Width], role, isDecayed: true);
        if (bias) Use(name + ".bias", [outputs], ParameterRole.Bias);
        return Replace(x, -1, outputs);
    }

    public ShapeValue TiedLinear(ShapeValue x, string table, int rows, string bias)
    {
        Use(table, [rows, x.Width], ParameterRole.Table, isDecayed: true);
        Use(bias, [rows], ParameterRole.Bias);
        return Replace(x, -1, rows);
    }

    public ShapeValue LayerNorm(ShapeValue x, string name, double epsilon = 1e-12, double gain = 1, bool decayed = false)
    {
        Use(name + ".weight", [x.Width], ParameterRole.Gain, decayed, gain);
        Use(name + ".bias", [x.Width], ParameterRole.Bias);
        return x;
    }

    public ShapeValue Embedding(string name, ShapeValue ids, int rows, int width, long? paddingIndex = null)
    {
        Use(name + ".weight", [rows, width], ParameterRole.Table, isDecayed: true);
        return new([.. ids.Sizes, width]);
    }

    public ShapeValue Parameter(string name, long[] shape, ParameterRole role, double start = 0)
    {
        Use(name, shape, role, role is not (ParameterRole.Bias or ParameterRole.Gain or ParameterRole.Buffer), start);
        return new([.. shape.Select(size => (long?)size)]);
    }

    public void Unused(string name, params long[] shape) => Use(name, shape, ParameterRole.Unused, isDecayed: shape.Length > 1);

    public IDisposable Mark(ParameterMarks marks)
    {
        var end = new MarksEnd(this, _marks);
        _marks |= marks;
        return end;
    }

    public ShapeValue Attention(
        ShapeValue query, ShapeValue key, ShapeValue value, int heads, int headSize, ShapeValue? mask, double dropout = 0,
        Action<ShapeValue>? probabilities = null, bool inGroups = false, ShapeValue? groupMask = null)
    {
        foreach (var part in new[] { query, key, value })
        {
            if (part.Width != (long)heads * headSize)
                throw new ArgumentException($"Attention reads {part}; {heads} heads of {headSize} are expected on the last axis.");
        }

        ShapeValue scores = new([.. query.Sizes.SkipLast(2), heads, query.Sizes[^2], key.Sizes[^2]]);
        if (mask is not null) Broadcast(scores, mask);
        if (groupMask is not null) Broadcast(scores, Unsqueeze(groupMask, 1));
        probabilities?.Invoke(scores);
        return query;
    }

    public ShapeValue Add(ShapeValue a, ShapeValue b) => Broadcast(a, b);

    public ShapeValue Subtract(ShapeValue a, ShapeValue b) => Broadcast(a, b);

    public ShapeValue Multiply(ShapeValue a, ShapeValue b) => Broadcast(a, b);

    public ShapeValue Divide(ShapeValue a, ShapeValue b) => Broadcast(a, b);

    public ShapeValue Affine(ShapeValue x, float factor, float shift = 0) => x;

    public ShapeValue MatMul(ShapeValue a, ShapeValue b)
    {
        if (a.Rank < 2 || b.Rank < 2 || (a.Sizes[^1] is { } left && b.Sizes[^2] is { } right && left != right))
            throw new ArgumentException($"Matrix product of {a} and {b}: the inner sizes differ.");
        var batch = Broadcast(new([.. a.Sizes.SkipLast(2)]), new([.. b.Sizes.SkipLast(2)]));
        return new([.. batch.Sizes, a.Sizes[^2], b.Sizes[^1]]);
    }

    public ShapeValue Softmax(ShapeValue x) => x;

    public ShapeValue Activate(ShapeValue x, Activation activation) => x;

    public ShapeValue Dropout(ShapeValue x, double probability) => x;

    public ShapeValue DropRows(ShapeValue x, double probability) => x;

    public ShapeValue Sum(ShapeValue x, int axis, bool keepAxis) => keepAxis ? Replace(x, axis, 1) : Remove(x, axis);

    public ShapeValue Max(ShapeValue x) => new([]);

    public ShapeValue CumulativeSum(ShapeValue x, int axis) => x;

    public ShapeValue Equal(ShapeValue a, ShapeValue b) => Broadcast(a, b);

    public ShapeValue Less(ShapeValue a, ShapeValue b) => Broadcast(a, b);

    public ShapeValue Above(ShapeValue x, float threshold) => x;

    public ShapeValue ToFloat(ShapeValue x) => x;

    public ShapeValue ToInt64(ShapeValue x) => x;

    public ShapeValue Range(ShapeValue count) => new([null]);

    public ShapeValue Length(ShapeValue x, int axis) => new([]);

    public ShapeValue Constant(float[] values, params long[] shape) => new([.. shape.Select(size => (long?)size)]);

    public ShapeValue Constant(long[] values, params long[] shape) => new([.. shape.Select(size => (long?)size)]);

    public ShapeValue Reshape(ShapeValue x, params long[] shape)
    {
        long?[] sizes = [.. shape.Select((size, axis) => size == 0 ? x.Sizes[axis] : size)];
        var inferred = Array.IndexOf(sizes, -1);
        if (inferred >= 0)
        {
            // Kept leading sizes are left out on both sides: they may be unknown, or 0.
            var kept = shape.TakeWhile(size => size == 0).Count();
            sizes[inferred] = 1;
            sizes[inferred] = Count(x.Sizes.Skip(kept)) is { } all && Count(sizes.Skip(kept)) is { } others and not 0 ? all / others : null;
        }

        return new(sizes);
    }

    public ShapeValue Transpose(ShapeValue x, params int[] order) => new([.. order.Select(axis => x.Sizes[At(x, axis)])]);

    public ShapeValue Unsqueeze(ShapeValue x, int axis)
    {
        List<long?> sizes = [.. x.Sizes];
        sizes.Insert(axis < 0 ? axis + x.Rank + 1 : axis, 1);
        return new(sizes);
    }

    public ShapeValue Squeeze(ShapeValue x, int axis) => Remove(x, axis);

    public ShapeValue Slice(ShapeValue x, int axis, long start, long? end)
    {
        if (x.Sizes[At(x, axis)] is not { } size) return Replace(x, axis, start >= 0 && end >= 0 ? Math.Max(0, end.Value - start) : null);
        long Place(long position) => Math.Clamp(position < 0 ? position + size : position, 0, size);
        return Replace(x, axis, Math.Max(0, Place(end ?? size) - Place(start)));
    }

    public ShapeValue Take(ShapeValue x, int axis, ShapeValue length) => Replace(x, axis, null);

    public ShapeValue Concat(int axis, params ShapeValue[] parts) =>
        Replace(parts[0], axis, parts.Aggregate((long?)0, (sum, part) => sum + part.Sizes[At(part, axis)]));

    public ShapeValue Sin(ShapeValue x) => x;

    public ShapeValue Cos(ShapeValue x) => x;

    public ShapeValue Sqrt(ShapeValue x) => x;

    private void Use(string name, long[] shape, ParameterRole role, bool isDecayed = false, double start = 0)
    {
        if (!_places.TryGetValue(name, out var place))
        {
            _places.Add(name, _parameters.Count);
            _parameters.Add(new(name, shape, role) { Marks = _marks, IsDecayed = isDecayed, Start = start });
            return;
        }

        var known = _parameters[place];
        if (!known.Shape.SequenceEqual(shape))
        {
            throw new InvalidOperationException(
                $"Parameter '{name}' is used as [{string.Join(", ", shape)}], but before as [{string.Join(", ", known.Shape)}].");
        }

        // A head that is tied to the trunk's table is no reason to make the table anew, and one use with gradients is enough to learn.
        _parameters[place] = known with { Marks = known.Marks & (_marks | ParameterMarks.TrunkRate) };
    }

    private static int At(ShapeValue x, int axis) => axis < 0 ? axis + x.Rank : axis;

    private static ShapeValue Replace(ShapeValue x, int axis, long? size) =>
        new([.. x.Sizes.Select((old, i) => i == At(x, axis) ? size : old)]);

    private static ShapeValue Remove(ShapeValue x, int axis) => new([.. x.Sizes.Where((_, i) => i != At(x, axis))]);

    private static long? Count(IEnumerable<long?> sizes) => sizes.Aggregate((long?)1, (product, size) => product * size);

    private static ShapeValue Broadcast(ShapeValue a, ShapeValue b)
    {
        var sizes = new long?[Math.Max(a.Rank, b.Rank)];
        for (var i = 1; i <= sizes.Length; i++)
        {
            long? left = i <= a.Rank ? a.Sizes[^i] : 1, right = i <= b.Rank ? b.Sizes[^i] : 1;
            sizes[^i] = (left, right) switch
            {
                (1, _) => right,
                (_, 1) => left,
                (null, _) => right,
                (_, null) => left,
                _ when left == right => left,
                _ => throw new ArgumentException($"Values of the shapes {a} and {b} do not go together."),
            };
        }

        return new(sizes);
    }

    private sealed class MarksEnd(ShapeEngine engine, ParameterMarks outer) : IDisposable
    {
        public void Dispose() => engine._marks = outer;
    }
}
