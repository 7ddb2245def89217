using Microsoft.ML;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Onnx.Proto;
using MLNet.VisionLanguage.Tests.Scoring;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Engine;

/// <summary>Weights that a model file stores as float16 or int8.</summary>
[Collection(TorchCollection.Name)]
public sealed class StoredTypeTests
{
    // The largest of a row becomes 127, so these come back as they are: rows 127 · 0.5, 127 · 2, and zeros.
    private static readonly float[] Exact = [63.5f, -1, 0.5f, -254, 4, 0, 0, 0, 0];

    [Theory]
    [InlineData(TensorElementType.Float16, 10, 2)]
    [InlineData(TensorElementType.Int8, 3, 1)]
    public void Matrices_and_tables_are_stored_in_the_type_and_used_as_floats(TensorElementType type, int asType, int bytes)
    {
        var source = new Weights(type, new() { ["m.weight"] = ([3, 3], Exact), ["m.bias"] = ([3], [1, 2, 3]) });
        var graph = new GraphBuilder("types");
        var engine = new GraphEngine(graph, source);
        var x = graph.Input("x", OnnxType.Float, "B", 3);
        graph.Output("linear", engine.Linear(x, "m", 3), "B", 3);
        graph.Output("tied", engine.TiedLinear(x, "m.weight", 3, "m.bias"), "B", 3);
        graph.Output("rows", engine.Embedding("m", engine.Constant([2L, 0, 1, 0], 2, 2), 3, 3), 2, 2, 3);

        var file = graph.ToArray();
        var stored = ModelProto.Parser.ParseFrom(file).Graph.Initializer.ToDictionary(tensor => tensor.Name);
        foreach (var name in new[] { "m.weight", "m.weight.transposed" })
        {
            Assert.Equal((asType, 9 * bytes), (stored[name].DataType, stored[name].RawData.Length));
            Assert.Equal([3, 3], stored[name].Dims);
        }

        Assert.Equal(type == TensorElementType.Int8 ? (int)OnnxType.Float : asType, stored["m.bias"].DataType);
        using var runner = new OnnxRunner(file, new OnnxRunnerOptions { Threads = 1 });
        var found = runner.Run(new Dictionary<string, OnnxTensor> { ["x"] = OnnxTensor.Of([1f, 2, 4, 0, 0, 0], 2, 3) });
        float[] expected = [1 + 63.5f - 2 + 2, 2 - 254 + 8, 3, 1, 2, 3];
        GoldenAssert.Close(expected, found["linear"].Singles, 1e-5, "linear");
        GoldenAssert.Close(expected, found["tied"].Singles, 1e-5, "tied");
        GoldenAssert.Close([0, 0, 0, 63.5f, -1, 0.5f, -254, 4, 0, 63.5f, -1, 0.5f], found["rows"].Singles, 1e-5, "rows");
    }

    [Fact]
    public void Int8_is_off_by_half_a_step_of_its_row_at_most_whatever_the_shape()
    {
        var random = new Random(4);
        foreach (long[] shape in (long[][])[[3, 50], [50, 1], [4, 3, 2, 2], [0, 5], [5, 0]])
        {
            var rows = (int)shape[0];
            var count = (int)shape.Aggregate(1L, (all, size) => all * size);
            float[] values = [.. Enumerable.Range(0, count).Select(i => (random.NextSingle() * (1 << (i % 9))) - 3)];
            var width = values.Length / Math.Max(1, rows);
            var graph = new GraphBuilder("int8");
            graph.Output("y", new GraphEngine(graph, new Weights(TensorElementType.Int8, new() { ["w"] = (shape, values) }))
                .Parameter("w", shape, ParameterRole.Weight));
            using var runner = new OnnxRunner(graph.ToArray(), new OnnxRunnerOptions { Threads = 1 });
            var found = runner.Run(new Dictionary<string, OnnxTensor>())["y"];
            Assert.Equal(shape, found.Dims);
            for (var row = 0; row < rows; row++)
            {
                var expected = values[(row * width)..((row + 1) * width)];
                var step = expected.Select(Math.Abs).DefaultIfEmpty().Max() / 127;
                GoldenAssert.Close(expected, found.Singles[(row * width)..((row + 1) * width)], (0.5001 * step) + 1e-12, $"row {row}");
            }
        }
    }

    [Fact]
    public void What_is_not_finite_or_of_another_type_is_refused_by_name()
    {
        foreach (var bad in new[] { float.NaN, float.NegativeInfinity })
        {
            var graph = new GraphBuilder("int8");
            graph.Int8Weight("w", [1, 2], () => [1, bad]);
            Assert.Contains("'w'", Assert.Throws<InvalidDataException>(graph.ToArray).Message, StringComparison.Ordinal);
        }

        var engine = new GraphEngine(new GraphBuilder("other"), new Weights(TensorElementType.Int16, new() { ["w"] = ([1, 1], [1]) }));
        var error = Assert.Throws<NotSupportedException>(() => engine.Parameter("w", [1, 1], ParameterRole.Weight));
        Assert.Contains("'w'", error.Message, StringComparison.Ordinal);
        var twice = new GraphBuilder("twice");
        twice.HalfWeight("w", [2], () => [1, 2]);
        Assert.Throws<ArgumentException>(() => twice.Weight("w", [2], () => [1, 2]));
    }

    /// <summary>
    /// The whole model scores as with float32 weights of the rounded values. How far the rounding itself takes the probabilities of this
    /// small model, whose weights are drawn large, was measured: 0.002 and 0.072.
    /// </summary>
    [Theory]
    [InlineData(TensorElementType.Float16, 0.004)]
    [InlineData(TensorElementType.Int8, 0.1)]
    public void A_model_scores_as_its_rounded_weights_do(TensorElementType type, double rounding)
    {
        var ml = new MLContext(1);
        var exact = Scores(weights => weights);
        var stored = Scores(weights => new Stored(weights, type, false));
        GoldenAssert.Close(Scores(weights => new Stored(weights, type, true)), stored, 1e-5, "against float32 of the rounded weights");
        GoldenAssert.Close(exact, stored, rounding, "against float32");
        Assert.NotEqual(exact, stored);

        float[] Scores(Func<IParameterSource, IParameterSource> change) => AnswerFixture.WithWeights(weights =>
        {
            using var model = AnswerFixture.Settings.Create(ml, change(weights));
            var scored = model.Transform(ml.Data.LoadFromEnumerable(AnswerFixture.Rows(9)));
            return AnswerFixture.Read(ml, scored).SelectMany(row => row.Score!).ToArray();
        });
    }

    [Fact]
    public void A_half_precision_checkpoint_stays_so_in_the_model_file_and_is_the_same_on_both_engines()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "half.safetensors");
        float[] values = [.. Enumerable.Range(0, 12).Select(i => (float)(Half)(1f / (i + 3)))];
        SafeTensors.Write(path, [new NamedTensor("l.weight", TensorElementType.Float16, [4, 3], stream =>
        {
            foreach (var value in values) { stream.Write(BitConverter.GetBytes((Half)value)); }
        })]);
        using var checkpoint = Checkpoint.Open(path);
        var source = ParameterMatch.Match(checkpoint, [new ParameterSpec("l.weight", [4, 3])]).Source;

        var graph = new GraphBuilder("half");
        graph.Output("y", new GraphEngine(graph, source).Linear(graph.Constant([1f, 10, 100], 1, 3), "l", 4, bias: false), 1, 4);
        Assert.Equal(24, graph.WeightBytes);
        using var runner = new OnnxRunner(graph.ToArray(), new OnnxRunnerOptions { Threads = 1 });
        using var scope = NewDisposeScope();
        using var parameters = new ModelParameters([new ModelParameter("l.weight", [4, 3], ParameterRole.Weight)], CPU);
        parameters.Load(source);
        var torch = new TorchEngine(parameters).Linear(tensor(new float[] { 1, 10, 100 }, [1, 3]), "l", 4, bias: false).detach();
        float[] expected = [.. values.Chunk(3).Select(row => row[0] + (10 * row[1]) + (100 * row[2]))];
        GoldenAssert.Close(expected, runner.Run(new Dictionary<string, OnnxTensor>())["y"].Singles, 1e-5, "graph");
        GoldenAssert.Close(expected, torch.data<float>().ToArray(), 1e-5, "torch");
    }

    private sealed class Weights(TensorElementType type, Dictionary<string, (long[] Shape, float[] Values)> values) : IParameterSource
    {
        public bool Contains(string name) => values.ContainsKey(name);

        public IReadOnlyList<long> ShapeOf(string name) => values[name].Shape;

        public TensorElementType TypeOf(string name) => type;

        public float[] Read(string name) => values[name].Values;
    }

    /// <summary>Asks for a type; or has float32 of what that type would hold.</summary>
    private sealed class Stored(IParameterSource weights, TensorElementType type, bool rounded) : IParameterSource
    {
        public bool Contains(string name) => weights.Contains(name);

        public IReadOnlyList<long> ShapeOf(string name) => weights.ShapeOf(name);

        public TensorElementType TypeOf(string name) => rounded ? TensorElementType.Float32 : type;

        public float[] Read(string name)
        {
            var values = weights.Read(name);
            if (!rounded) return values;
            if (type == TensorElementType.Float16) return [.. values.Select(value => (float)(Half)value)];
            if (ShapeOf(name).Count < 2) return values;
            var width = values.Length / (int)ShapeOf(name)[0];
            return [.. values.Chunk(width).SelectMany(row =>
            {
                var step = row.Max(Math.Abs) / 127;
                return row.Select(value => step == 0 ? 0 : MathF.Round(value / step) * step);
            })];
        }
    }
}
