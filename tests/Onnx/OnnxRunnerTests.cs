using MLNet.VisionLanguage.Onnx;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Onnx;

public class OnnxRunnerTests
{
    [Fact]
    public void Arrays_of_every_kind_go_in_and_out()
    {
        var graph = new GraphBuilder("kinds");
        graph.Output("f2", graph.Input("f", OnnxType.Float, "n") * 2, "n");
        graph.Output("i2", graph.Input("i", OnnxType.Int64, "n") * 2, "n");
        graph.Output("b2", graph.Not(graph.Input("b", OnnxType.Bool, "n")), "n");
        using var runner = new OnnxRunner(graph.ToArray());
        var results = runner.Run(new Dictionary<string, OnnxTensor>
        {
            ["f"] = OnnxTensor.Of([1.5f, 2f, 99f], 2), // longer than its dimensions, as rented arrays are
            ["i"] = OnnxTensor.Of([3L, 1L << 40], 2),
            ["b"] = OnnxTensor.Of([true, false], 2),
        });
        Assert.Equal([3f, 4f], results["f2"].Singles);
        Assert.Equal([6L, 1L << 41], results["i2"].Int64s);
        Assert.Equal([false, true], results["b2"].Booleans);
        Assert.Equal(["f", "i", "b"], runner.InputNames);
        Assert.Equal(["f2", "i2", "b2"], runner.OutputNames);
        Assert.Throws<InvalidOperationException>(() => results["f2"].Int64s);
    }

    [Fact]
    public void Missing_and_unknown_inputs_are_named()
    {
        using var runner = new OnnxRunner(Doubling());
        var missing = Assert.Throws<ArgumentException>(() => runner.Run(new Dictionary<string, OnnxTensor>()));
        Assert.Contains("'x' is missing", missing.Message);
        var surplus = Assert.Throws<ArgumentException>(() => runner.Run(new Dictionary<string, OnnxTensor>
        {
            ["x"] = OnnxTensor.Of([1f], 1),
            ["z"] = OnnxTensor.Of([1f], 1),
        }));
        Assert.Contains("no input 'z'", surplus.Message);
        Assert.Throws<ArgumentException>(() => OnnxTensor.Of([1f], 2));
    }

    [Fact]
    public void Results_are_shown_without_a_copy()
    {
        using var runner = new OnnxRunner(Doubling(), new OnnxRunnerOptions { Threads = 2 });
        var seen = 0f;
        var inputs = new Dictionary<string, OnnxTensor> { ["x"] = OnnxTensor.Of([21f], 1) };
        runner.Run(inputs, ["y"], (_, value) => seen = value.GetTensorDataAsSpan<float>()[0]);
        Assert.Equal(42f, seen);
    }

    private static byte[] Doubling()
    {
        var graph = new GraphBuilder("doubling");
        graph.Output("y", graph.Input("x", OnnxType.Float, "n") * 2, "n");
        return graph.ToArray();
    }
}
