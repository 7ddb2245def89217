using System.Text.Json;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Onnx;

/// <summary>Graph models of TensorFlow.js as ONNX: real ones against what TensorFlow.js computes (Goldens/tfjs), a made-up one by hand.</summary>
public sealed class TfjsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableTheory]
    [InlineData("nanodet", 1e-5)]
    [InlineData("centernet", 1e-5)]
    public void A_model_of_a_package_computes_what_TensorFlow_js_computes(string name, double tolerance)
    {
        var path = TestData.Package($"human-models-3.0.4/models/{name}.json", "detectors");
        var file = _folder.File("model.onnx");
        TensorFlowJsModel.ToOnnx(path, file);
        var input = OnnxSignature.Read(file).Inputs.Single();
        long[] shape = [.. input.Dims.Select(dim => dim.Size!.Value)];
        using var runner = new OnnxRunner(file);
        var found = runner.Run(new Dictionary<string, OnnxTensor> { [input.Name] = OnnxTensor.Of(Pattern(shape), shape) });
        using var expected = JsonDocument.Parse(File.ReadAllBytes(TestData.Golden("tfjs", name + ".json")));
        Assert.Equal(expected.RootElement.EnumerateObject().Select(output => output.Name).Order(), found.Keys.Order());
        foreach (var output in expected.RootElement.EnumerateObject())
        {
            Assert.Equal(output.Value.GetProperty("shape").EnumerateArray().Select(side => side.GetInt64()), found[output.Name].Dims);
            var (values, step) = (found[output.Name].Singles, output.Value.GetProperty("step").GetInt32());
            foreach (var (value, i) in output.Value.GetProperty("values").EnumerateArray().Select((value, i) => (value.GetSingle(), i)))
            {
                var allowed = tolerance * Math.Max(1, Math.Abs(value));
                Assert.True(Math.Abs(value - values[i * step]) <= allowed, $"{output.Name}[{i * step}] is {values[i * step]}; expected {value}");
            }
        }
    }

    [Fact]
    public void Operators_and_stored_weights_of_each_kind()
    {
        // Image [1, 3, 3, 1] of 1 to 9; 2 × 2 sums of stride 2 with padding at the right and below: 12 9 / 15 9; twice that plus ½, at most 6, less 1; halves.
        var path = Model(
            """
            {"name": "x", "op": "Placeholder", "attr": {"shape": {"shape": {"dim": [{"size": "1"}, {"size": "3"}, {"size": "3"}, {"size": "1"}]}}}},
            {"name": "kernel", "op": "Const"}, {"name": "bias", "op": "Const"}, {"name": "one", "op": "Const"}, {"name": "axes", "op": "Const"},
            {"name": "conv", "op": "_FusedConv2D", "input": ["x", "kernel", "bias"], "attr": {"strides": {"list": {"i": ["1", "2", "2", "1"]}},
                "padding": {"s": "U0FNRQ=="}, "fused_ops": {"list": {"s": ["Qmlhc0FkZA=="]}}}},
            {"name": "sub", "op": "Sub", "input": ["conv", "one"]},
            {"name": "six", "op": "Relu6", "input": ["sub"]},
            {"name": "mean", "op": "Mean", "input": ["six", "axes", "^one"], "attr": {"keep_dims": {"b": false}}}
            """,
            """
            {"name": "kernel", "shape": [2, 2, 1, 1], "dtype": "float32", "quantization": {"dtype": "uint8", "scale": 0.5, "min": -1}},
            {"name": "bias", "shape": [1], "dtype": "float32", "quantization": {"dtype": "float16"}},
            {"name": "one", "shape": [], "dtype": "float32"}, {"name": "axes", "shape": [2], "dtype": "int32"}
            """,
            [3, 3, 3, 3, .. BitConverter.GetBytes((Half)(-3)), .. BitConverter.GetBytes(1f), 1, 0, 0, 0, 2, 0, 0, 0]);
        var file = _folder.File("model.onnx");
        TensorFlowJsModel.ToOnnx(path, file, ["conv"]);
        using var runner = new OnnxRunner(file);
        var found = runner.Run(new Dictionary<string, OnnxTensor> { ["x"] = OnnxTensor.Of([1f, 2, 3, 4, 5, 6, 7, 8, 9], 1, 3, 3, 1) });

        // The kernel is of halves: 3 · 0.5 - 1. Sums 12, 9, 15, 9 become 6, 4.5, 7.5, 4.5, less 3.
        Assert.Equal([3f, 1.5f, 4.5f, 1.5f], found["conv"].Singles);
        Assert.Equal([1, 2, 2, 1], found["conv"].Dims);
        Assert.Equal([(2 + 0.5f + 3.5f + 0.5f) / 4], found["mean"].Singles);
    }

    [Fact]
    public void What_is_not_known_or_not_there_is_named()
    {
        const string unknown = """{"name": "x", "op": "Placeholder"}, {"name": "mean", "op": "Rfft", "input": ["x"]}""";
        Assert.Contains("the node 'mean' is a Rfft, which is not known", Problem(Model(unknown, "", [])));
        Assert.Contains("1 bytes follow its weights", Problem(Model(unknown, "", [1])));
        Assert.Contains("its weight 'w' needs 8 bytes, of which there are 3", Problem(Model(unknown, """{"name": "w", "shape": [2], "dtype": "int32"}""", [1, 2, 3])));
        Assert.Contains("'w' is of string", Problem(Model(unknown, """{"name": "w", "shape": [2], "dtype": "string"}""", [])));
        Assert.Contains("is no graph model of TensorFlow.js", Problem(_folder.Write("other.json", "{\"a\": 1}"u8.ToArray())));
        var model = Model("""{"name": "x", "op": "Placeholder"}, {"name": "mean", "op": "Identity", "input": ["x"]}""", "", []);
        Assert.Contains("no node 'head'; its outputs are 'mean'", Assert.Throws<InvalidDataException>(
            () => TensorFlowJsModel.ToOnnx(model, _folder.File("m.onnx"), ["head"])).Message);
        File.Delete(_folder.File("w.bin"));
        Assert.Throws<FileNotFoundException>(() => TensorFlowJsModel.ToOnnx(model, _folder.File("m.onnx")));

        string Problem(string path) => Assert.Throws<InvalidDataException>(() => TensorFlowJsModel.ToOnnx(path, _folder.File("m.onnx"))).Message;
    }

    private string Model(string nodes, string weights, byte[] bytes)
    {
        _folder.Write("w.bin", bytes);
        var json = $$"""
            {"modelTopology": {"node": [{{nodes}}]}, "signature": {"outputs": {"mean": {"name": "mean:0", "tensorShape": {"dim": [{"size": "1"}, {"size": "1"}]} } } },
             "weightsManifest": [{"paths": ["w.bin"], "weights": [{{weights}}]}]}
            """;
        return _folder.Write("model.json", System.Text.Encoding.UTF8.GetBytes(json));
    }

    /// <summary>The input of Goldens/tfjs/outputs.mjs.</summary>
    private static float[] Pattern(long[] shape)
    {
        var values = new float[shape.Aggregate(1L, (product, side) => product * side)];
        for (long i = 0; i < values.Length; i++)
        {
            var part = i * 7919 % 10007 / 10007d;
            values[i] = shape[1] == 3 ? (float)(part * 4 - 2) : (float)Math.Floor(part * 255);
        }

        return values;
    }
}
