using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Engine;

// What libtorch does otherwise than the graph, or ends the process over.
internal sealed partial class TorchEngine
{
    /// <summary>
    /// Gives <paramref name="a"/>; refuses sizes that do not broadcast, and to mix whole numbers with floats, which libtorch would convert
    /// and the graph refuses.
    /// </summary>
    private static Tensor Like(Tensor a, Tensor b, [CallerMemberName] string operation = "")
    {
        if (IsWhole(a) != IsWhole(b))
        {
            throw new ArgumentException($"{operation} takes two tensors of one type; found {a.dtype} and {b.dtype}.");
        }
        return Broadcast(a.shape, b.shape)
            ? a
            : throw new ArgumentException($"{operation} of {Describe(a)} and {Describe(b)}: the sizes do not broadcast.");
    }

    private static Tensor[] Joinable(Tensor[] parts, int axis)
    {
        if (parts.Length == 0) throw new ArgumentException("Concat of nothing.", nameof(parts));
        var place = Position(parts[0], axis, nameof(Concat));
        foreach (var part in parts)
        {
            var fits = IsWhole(part) == IsWhole(parts[0]) && part.dim() == parts[0].dim()
                && part.shape.Zip(parts[0].shape).Where((_, i) => i != place).All(pair => pair.First == pair.Second);
            if (!fits)
            {
                throw new ArgumentException(
                    $"Concat along axis {axis} of {Describe(parts[0])} ({parts[0].dtype}) and {Describe(part)} ({part.dtype}):"
                    + " they differ in type or along another axis.");
            }
        }

        return parts;
    }

    /// <summary>An axis counted from the front.</summary>
    /// <param name="x">The tensor, for the message.</param>
    /// <param name="axis">Negative counts from the end.</param>
    /// <param name="operation">Who asks.</param>
    /// <param name="axes">How many axes there are, where not those of <paramref name="x"/>.</param>
    private static int Position(Tensor x, int axis, [CallerMemberName] string operation = "", int? axes = null)
    {
        var count = axes ?? (int)x.dim();
        return axis >= -count && axis < count
            ? axis < 0 ? axis + count : axis
            : throw new ArgumentOutOfRangeException(nameof(axis), axis, $"{operation} of {Describe(x)}: there is no such axis.");
    }

    private static IEnumerable<long> Permutation(Tensor x, int[] order)
    {
        var places = order.Select(axis => (long)Position(x, axis, nameof(Transpose))).ToList();
        return places.Distinct().Count() == x.dim() && places.Count == x.dim()
            ? places
            : throw new ArgumentException(
                $"Transpose of {Describe(x)}: [{string.Join(", ", order)}] is no order of its axes.", nameof(order));
    }

    private static bool IsWhole(Tensor x) => x.is_integral();

    /// <summary>A number of the type of <paramref name="x"/>: a fraction would turn whole numbers into floats.</summary>
    private static Scalar ScalarLike(Tensor x, float number)
    {
        if (!IsWhole(x)) return number;
        return number == MathF.Floor(number)
            ? (long)number
            : throw new ArgumentException($"A tensor of {x.dtype} takes whole numbers; found {number}.", nameof(number));
    }

    /// <summary>matmul is the operation whose errors libtorch does not hand on: they end the process.</summary>
    private static void CheckProduct(Tensor a, Tensor b)
    {
        long[] left = a.shape, right = b.shape;
        string? reason = null;
        if (left.Length < 2 || right.Length < 2)
        {
            reason = "both need two axes at least";
        }
        else if (left[^1] != right[^2])
        {
            reason = "the inner sizes differ";
        }
        else if (!Broadcast(left[..^2], right[..^2]))
        {
            reason = "the outer sizes do not broadcast";
        }
        else if (IsWhole(a) != IsWhole(b))
        {
            reason = $"the types differ ({a.dtype}, {b.dtype})";
        }
        if (reason is not null) throw new ArgumentException($"Matrix product of {Describe(a)} and {Describe(b)}: {reason}.");
    }

    /// <summary>Attention is two such products.</summary>
    private static void CheckAttention(Tensor query, Tensor key, Tensor value, Tensor? mask, Tensor? groupMask, int heads)
    {
        var fits = query.dim() == 3 && key.dim() == 3 && value.dim() == 3
            && key.shape[0] == query.shape[0] && key.shape[..2].SequenceEqual(value.shape[..2])
            && (mask is null || (mask.dim() == 4 && mask.shape[^1] == key.shape[1] && Fits(mask, 0, query.shape[0]) && Fits(mask, 1, heads)
                && Fits(mask, 2, query.shape[1])))
            && (groupMask is null || (groupMask.dim() == 3 && groupMask.shape[^1] == key.shape[1] && Fits(groupMask, 1, query.shape[1])
                && groupMask.shape[0] > 0 && query.shape[0] % groupMask.shape[0] == 0));
        if (!fits)
        {
            throw new ArgumentException(
                $"Attention of queries {Describe(query)} to keys {Describe(key)} and values {Describe(value)}"
                + (mask is null ? "" : $" with a mask {Describe(mask)}") + (groupMask is null ? "" : $" with masks of groups {Describe(groupMask)}")
                + ": the rows or the keys differ in number.");
        }

        static bool Fits(Tensor x, int axis, long size) => x.shape[axis] == 1 || x.shape[axis] == size;
    }

    private static bool Broadcast(long[] a, long[] b)
    {
        for (var i = 1; i <= Math.Min(a.Length, b.Length); i++)
        {
            if (a[^i] != b[^i] && a[^i] != 1 && b[^i] != 1) return false;
        }

        return true;
    }

    private static long[] Filled(int count, long[] shape) =>
        shape.All(size => size >= 0) && Count(shape) == count
            ? shape
            : throw new ArgumentException($"{count} values do not fill [{string.Join(", ", shape)}].", nameof(shape));

    /// <summary>
    /// The sizes that 0 (keep) and -1 (infer) stand for. Behind kept sizes, -1 follows from the sizes that are not kept, so that it is
    /// known for an empty batch too, where libtorch would not infer it.
    /// </summary>
    private static long[] Resolved(Tensor x, long[] shape)
    {
        var input = x.shape;
        ArgumentException Error(string reason) =>
            new($"Reshape of {Describe(x)} to [{string.Join(", ", shape)}]: {reason}.", nameof(shape));
        if (shape.Where((size, i) => size == 0 && i >= input.Length).Any()) throw Error("a kept axis does not exist");
        if (shape.Count(size => size == -1) > 1 || shape.Any(size => size < -1)) throw Error("at most one size is inferred, by -1");
        long[] sizes = [.. shape.Select((size, i) => size == 0 ? input[i] : size)];
        if (Array.IndexOf(sizes, -1) is var inferred and >= 0)
        {
            var kept = shape.TakeWhile(size => size == 0).Count();
            sizes[inferred] = 1;
            var others = Count(sizes[kept..]);
            if (others == 0) throw Error("-1 may be anything");
            sizes[inferred] = Count(input[kept..]) / others;
        }

        return Count(sizes) == Count(input) ? sizes : throw Error("the numbers of elements differ");
    }

    private static long Count(long[] sizes) => sizes.Aggregate(1L, (product, size) => checked(product * size));

    private static string Describe(Tensor x) => $"[{string.Join(", ", x.shape)}]";
}
