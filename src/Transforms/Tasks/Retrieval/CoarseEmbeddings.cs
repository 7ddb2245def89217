using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;

namespace MLNet.VisionLanguage.Tasks.Retrieval;

/// <summary>
/// An index's embeddings in 8 bits a number, to see by a quarter of the memory which of them cannot be among the nearest. A number is its
/// code times the embedding's scale, to half a scale, so an inner product is told to half a scale times the sum of the query's magnitudes.
/// </summary>
internal sealed class CoarseEmbeddings
{
    private const float Largest = sbyte.MaxValue;

    /// <summary>A unit in the last place of 1 as a share, twice: sums are rounded here and where they are exact.</summary>
    private const float Rounding = 2 * 1.1920929e-7f;

    private readonly int _dimensions;

    /// <summary>Numbers of an embedding with the zeros that fill up its last vector.</summary>
    private readonly int _stride;
    private readonly sbyte[] _codes;
    private readonly float[] _scales;
    private readonly float[] _norms;

    public CoarseEmbeddings(ReadOnlySpan<float> values, int dimensions)
    {
        _dimensions = dimensions;
        _stride = (dimensions + Vector<sbyte>.Count - 1) / Vector<sbyte>.Count * Vector<sbyte>.Count;
        var count = values.Length / dimensions;
        (_codes, _scales, _norms) = (new sbyte[(long)count * _stride], new float[count], new float[count]);
        for (var item = 0; item < count; item++)
        {
            var own = values.Slice(item * dimensions, dimensions);
            _norms[item] = TensorPrimitives.Norm(own);
            _scales[item] = Math.Abs(TensorPrimitives.MaxMagnitude(own)) / Largest;
            if (_scales[item] == 0) continue;
            var codes = _codes.AsSpan(item * _stride, dimensions);
            for (var i = 0; i < own.Length; i++) codes[i] = (sbyte)Math.Clamp(MathF.Round(own[i] / _scales[item]), -Largest, Largest);
        }
    }

    /// <summary>Whether embeddings of so many numbers in all fit into one array of codes.</summary>
    public static bool HasRoom(long count, int dimensions) => count * (dimensions + Vector<sbyte>.Count) < Array.MaxLength;

    /// <summary>Between which numbers the inner product with each embedding lies.</summary>
    /// <param name="query">The query.</param>
    /// <param name="low">Receives what each is at least.</param>
    /// <param name="high">Receives what each is at most.</param>
    public void Bound(ReadOnlySpan<float> query, Span<float> low, Span<float> high)
    {
        var padded = new float[_stride];
        query.CopyTo(padded);
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(padded);
        var (magnitudes, norm) = (TensorPrimitives.SumOfMagnitudes(query), TensorPrimitives.Norm(query));
        for (var item = 0; item < low.Length; item++)
        {
            var score = _scales[item] * Dot(vectors, MemoryMarshal.Cast<sbyte, Vector<sbyte>>(_codes.AsSpan(item * _stride, _stride)));
            var error = (_scales[item] * 0.5001f * magnitudes) + (_dimensions * Rounding * norm * _norms[item]);
            (low[item], high[item]) = (score - error, score + error);
        }
    }

    private static float Dot(ReadOnlySpan<Vector<float>> query, ReadOnlySpan<Vector<sbyte>> codes)
    {
        Vector<float> first = default, second = default, third = default, fourth = default;
        for (int i = 0, q = 0; i < codes.Length; i++, q += 4)
        {
            Vector.Widen(codes[i], out var lower, out var upper);
            Vector.Widen(lower, out var a, out var b);
            Vector.Widen(upper, out var c, out var d);
            first += Vector.ConvertToSingle(a) * query[q];
            second += Vector.ConvertToSingle(b) * query[q + 1];
            third += Vector.ConvertToSingle(c) * query[q + 2];
            fourth += Vector.ConvertToSingle(d) * query[q + 3];
        }

        return Vector.Sum(first + second + (third + fourth));
    }
}
