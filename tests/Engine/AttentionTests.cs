using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Engine;

[Collection(TorchCollection.Name)]
public sealed class AttentionTests
{
    private const int Heads = 2;
    private const int HeadSize = 3;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Equals_the_formula_whether_or_not_probabilities_are_asked_for(bool masked)
    {
        var random = new Random(3);
        float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(2 * random.NextDouble() - 1))];
        float[] query = Draw(2 * 4 * 6), key = Draw(2 * 5 * 6), value = Draw(2 * 5 * 6);
        float[]? mask = masked ? [0, 0, 0, -10000, -10000, 0, -10000, 0, 0, 0] : null;
        var (torch, onnx) = BothEngines.Run(new Piece(query, key, value, mask, 2));
        var (expected, probabilities) = ByHand(query, key, value, mask);
        foreach (var results in new[] { torch, onnx })
        {
            Assert.Equal([2, 4, 6], results["context"].Shape);
            Assert.Equal([2, Heads, 4, 5], results["probabilities"].Shape);
            GoldenAssert.Close(expected, results["context"].Values, 1e-5, "context");
            GoldenAssert.Close(expected, results["seen"].Values, 1e-5, "context with probabilities");
            GoldenAssert.Close(probabilities, results["probabilities"].Values, 1e-5, "probabilities");
        }
    }

    [Fact]
    public void Keys_that_are_all_masked_are_read_as_if_none_were()
    {
        float[] query = [1, 2, 3, 4, 5, 6], key = [1, 0, 1, 0, 1, 0, 0, 1, 0, 1, 0, 1], value = [.. Enumerable.Range(0, 12)];
        var (expected, _) = ByHand(query, key, value, null, rows: 1, asking: 1, read: 2);
        var (torch, onnx) = BothEngines.Run(new Piece(query, key, value, [-10000, -10000], 1));
        // At -10000 a float's last place is 1e-3.
        GoldenAssert.Close(expected, torch["context"].Values, 1e-2, "torch");
        GoldenAssert.Close(expected, onnx["context"].Values, 1e-2, "onnx");
    }

    [Fact]
    public void Widths_that_are_no_heads_are_refused()
    {
        var error = Assert.Throws<ArgumentException>(() => Lister.List(engine =>
            engine.Attention(new(2, 4, 6), new(2, 5, 6), new(2, 5, 5), Heads, HeadSize, null)));
        Assert.Contains("2 heads of 3", error.Message, StringComparison.Ordinal);
    }

    private static (float[] Context, float[] Probabilities) ByHand(
        float[] query, float[] key, float[] value, float[]? mask, int rows = 2, int asking = 4, int read = 5)
    {
        const int Width = Heads * HeadSize;
        var context = new float[rows * asking * Width];
        var probabilities = new List<float>();
        for (var b = 0; b < rows; b++)
            for (var h = 0; h < Heads; h++)
                for (var q = 0; q < asking; q++)
                {
                    double[] scores =
                    [
                        .. Enumerable.Range(0, read).Select(k =>
                    (Head(h).Sum(d => (double)query[Place(b * asking + q, d)] * key[Place(b * read + k, d)]) / Math.Sqrt(HeadSize))
                    + (mask?[(b * read) + k] ?? 0)),
            ];
                    double[] weights = [.. scores.Select(score => Math.Exp(score - scores.Max()))];
                    weights = [.. weights.Select(weight => weight / weights.Sum())];
                    probabilities.AddRange(weights.Select(weight => (float)weight));
                    foreach (var d in Head(h))
                        context[Place(b * asking + q, d)] = (float)weights.Select((weight, k) => weight * value[Place(b * read + k, d)]).Sum();
                }

        return (context, [.. probabilities]);

        static IEnumerable<int> Head(int h) => Enumerable.Range(h * HeadSize, HeadSize);
        static int Place(int row, int d) => (row * Width) + d;
    }

    private sealed class Piece(float[] query, float[] key, float[] value, float[]? mask, int rows) : IPiece
    {
        public IReadOnlyDictionary<string, T> Run<T>(IRegionEngine<T> engine)
            where T : class
        {
            T Of(float[] values) => engine.Constant(values, rows, values.Length / rows / (Heads * HeadSize), Heads * HeadSize);
            var additive = mask is null ? null : engine.Constant(mask, rows, 1, 1, mask.Length / rows);
            T? seen = null;
            return new Dictionary<string, T>
            {
                ["context"] = engine.Attention(Of(query), Of(key), Of(value), Heads, HeadSize, additive),
                ["seen"] = engine.Attention(Of(query), Of(key), Of(value), Heads, HeadSize, additive, probabilities: p => seen = p),
                ["probabilities"] = seen!,
            };
        }
    }
}
