using MLNet.VisionLanguage.Onnx;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Onnx;

/// <summary>Runs a graph of a few nodes on constants and compares with numbers worked out by hand.</summary>
internal static class OneOperation
{
    public static OnnxTensor Run(Func<GraphBuilder, GraphValue> build, params (string Name, OnnxTensor Value)[] inputs)
    {
        var graph = new GraphBuilder("test");
        var result = build(graph);
        graph.Output("result", result);
        using var runner = new OnnxRunner(graph.ToArray(), new OnnxRunnerOptions { Threads = 1 });
        return runner.Run(inputs.ToDictionary(input => input.Name, input => input.Value))["result"];
    }

    public static void Gives(float[] expected, long[] dims, Func<GraphBuilder, GraphValue> build, params (string, OnnxTensor)[] inputs)
    {
        var result = Run(build, inputs);
        Assert.Equal(dims, result.Dims);
        Assert.Equal(expected.Length, result.Singles.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - result.Singles[i]) <= 1e-5f, $"[{i}]: expected {expected[i]}, found {result.Singles[i]}");
    }

    public static void GivesIntegers(long[] expected, long[] dims, Func<GraphBuilder, GraphValue> build, params (string, OnnxTensor)[] inputs)
    {
        var result = Run(build, inputs);
        Assert.Equal(dims, result.Dims);
        Assert.Equal(expected, result.Int64s);
    }

    public static void GivesBooleans(bool[] expected, long[] dims, Func<GraphBuilder, GraphValue> build, params (string, OnnxTensor)[] inputs)
    {
        var result = Run(build, inputs);
        Assert.Equal(dims, result.Dims);
        Assert.Equal(expected, result.Booleans);
    }
}
