using System.Runtime.CompilerServices;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Engine;

// What libtorch does otherwise than the graph, or ends the process over.
internal sealed partial class TorchEngine
{
    /// <summary>Gives <paramref name="a"/>; refuses to mix whole numbers with floats, which libtorch would convert and the graph refuses.</summary>
    private static Tensor Like(Tensor a, Tensor b, [CallerMemberName] string operation = "") => IsWhole(a) == IsWhole(b)
        ? a
        : throw new ArgumentException($"{operation} takes two tensors of one type; found {a.dtype} and {b.dtype}.");

    private static Tensor[] OfOneType(Tensor[] parts)
    {
        if (parts.Length == 0) throw new ArgumentException("Nothing to concatenate.", nameof(parts));
        foreach (var part in parts) Like(parts[0], part, nameof(Concat));
        return parts;
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
            reason = "both need two axes at least";
        else if (left[^1] != right[^2])
            reason = "the inner sizes differ";
        else if (!left.SkipLast(2).Reverse().Zip(right.SkipLast(2).Reverse()).All(pair => Broadcast(pair.First, pair.Second)))
            reason = "the outer sizes do not broadcast";
        else if (IsWhole(a) != IsWhole(b))
            reason = $"the types differ ({a.dtype}, {b.dtype})";
        if (reason is not null) throw new ArgumentException($"Matrix product of {Describe(a)} and {Describe(b)}: {reason}.");
    }

    /// <summary>Attention is two such products.</summary>
    private static void CheckAttention(Tensor query, Tensor key, Tensor value, Tensor? mask)
    {
        var fits = query.dim() == 3 && key.dim() == 3 && value.dim() == 3
            && key.shape[0] == query.shape[0] && key.shape[..2].SequenceEqual(value.shape[..2])
            && (mask is null || (mask.shape[^1] == key.shape[1] && (mask.shape[0] == 1 || mask.shape[0] == query.shape[0])));
        if (!fits)
        {
            throw new ArgumentException(
                $"Attention of queries {Describe(query)} to keys {Describe(key)} and values {Describe(value)}"
                + (mask is null ? "" : $" with a mask {Describe(mask)}") + ": the rows or the keys differ in number.");
        }
    }

    private static bool Broadcast(long a, long b) => a == b || a == 1 || b == 1;

    private static long[] Filled(int count, long[] shape) =>
        shape.All(size => size >= 0) && shape.Aggregate(1L, (product, size) => checked(product * size)) == count
            ? shape
            : throw new ArgumentException($"{count} values do not fill [{string.Join(", ", shape)}].", nameof(shape));

    /// <summary>
    /// The sizes that 0 (keep) and -1 (infer) stand for. Behind kept sizes, -1 follows from the sizes that are not kept, so that it is
    /// known for an empty batch too, where libtorch would not infer it.
    /// </summary>
    private static long[] Resolved(long[] input, long[] shape)
    {
        var kept = shape.TakeWhile(size => size == 0).Count();
        if (kept > input.Length || shape.Where((size, i) => size == 0 && i >= input.Length).Any())
            throw new ArgumentException($"Reshape of [{string.Join(", ", input)}] to [{string.Join(", ", shape)}]: a kept axis does not exist.");
        long[] sizes = [.. shape.Select((size, i) => size == 0 ? input[i] : size)];
        if (kept == 0 || !shape.Contains(-1) || shape.Skip(kept).Contains(0)) return sizes;
        var known = shape.Skip(kept).Where(size => size > 0).Aggregate(1L, (product, size) => product * size);
        sizes[Array.IndexOf(sizes, -1)] = input.Skip(kept).Aggregate(1L, (product, size) => product * size) / known;
        return sizes;
    }

    private static string Describe(Tensor x) => $"[{string.Join(", ", x.shape)}]";
}
