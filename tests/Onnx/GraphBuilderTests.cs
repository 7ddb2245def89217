using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Onnx;

public class GraphBuilderTests
{
    [Fact]
    public void Weights_are_read_one_by_one_while_writing()
    {
        var graph = new GraphBuilder("test");
        var reads = new List<(string Name, long Written)>();
        var output = new MemoryStream();
        var x = graph.Input("x", OnnxType.Float, "B", 4);
        foreach (var name in new[] { "first", "second" })
        {
            x = graph.MatMul(x, graph.Weight(name, [4, 4], () =>
            {
                reads.Add((name, output.Length));
                return new float[16];
            }));
        }
        graph.Output("y", x, "B", 4);
        Assert.Empty(reads);
        graph.WriteTo(output);
        Assert.Equal(["first", "second"], reads.Select(read => read.Name));
        Assert.True(reads[1].Written >= reads[0].Written + 64, "the first weight was not written before the second was read");
    }

    [Fact]
    public void A_transposed_weight_is_the_transpose_whatever_its_size()
    {
        const int rows = 700, columns = 900;
        var weight = new float[rows * columns];
        for (var i = 0; i < weight.Length; i++)
            weight[i] = i;
        var graph = new GraphBuilder("test");
        var x = graph.Input("x", OnnxType.Float, "B", columns);
        graph.Output("y", graph.MatMul(x, graph.Weight("w", [rows, columns], () => weight, transpose: true)), "B", rows);
        using var runner = new OnnxRunner(graph.ToArray());
        var pick = new float[columns];
        pick[123] = 1;
        var column = runner.Run(new Dictionary<string, OnnxTensor> { ["x"] = OnnxTensor.Of(pick, 1, columns) })["y"].Singles;
        Assert.Equal(Enumerable.Range(0, rows).Select(row => weight[row * columns + 123]), column);
    }

    [Fact]
    public void One_name_is_stored_once()
    {
        var graph = new GraphBuilder("test");
        var first = graph.Weight("table", [5, 2], () => new float[10]);
        Assert.Same(first, graph.Weight("table", [5, 2], () => new float[10]));
        Assert.Equal(40, graph.WeightBytes);
        graph.Weight("table", [5, 2], () => new float[10], transpose: true);
        Assert.Equal(80, graph.WeightBytes);
        var error = Assert.Throws<ArgumentException>(() => graph.Weight("table", [2, 5], () => new float[10]));
        Assert.Contains("[5, 2]", error.Message);
        Assert.Same(graph.Constant(2.5f), graph.Constant(2.5f));
    }

    [Fact]
    public void Names_are_unique()
    {
        var graph = new GraphBuilder("test");
        var x = graph.Input("x", OnnxType.Float, 1);
        Assert.Throws<ArgumentException>(() => graph.Input("x", OnnxType.Float, 1));
        Assert.Throws<ArgumentException>(() => graph.Output("x", x, 1));
        using (graph.Scope("layer.0"))
            Assert.Equal("layer.0/Relu_0", graph.Relu(x).Name);
        Assert.Equal("Relu_0", graph.Relu(x).Name);
        Assert.Throws<ArgumentException>(() => new GraphBuilder("other").Relu(x));
    }

    [Fact]
    public void What_passes_two_gigabytes_is_refused_before_anything_is_read_or_written()
    {
        var graph = new GraphBuilder("test");
        var x = graph.Input("x", OnnxType.Float, "B", 40_000);
        static float[] Unread() => throw new InvalidOperationException("read");
        graph.Output("y", graph.MatMul(x, graph.Weight("huge", [40_000, 20_000], Unread)), "B", 20_000);
        var output = new MemoryStream();
        var error = Assert.Throws<InvalidOperationException>(() => graph.WriteTo(output));
        Assert.Contains("'huge' with 3200000000", error.Message);
        Assert.Equal(0, output.Length);
    }

    [Fact]
    public void A_weight_of_the_wrong_length_is_named()
    {
        var graph = new GraphBuilder("test");
        graph.Output("y", graph.Weight("short", [2, 2], () => new float[3]), 2, 2);
        var error = Assert.Throws<InvalidDataException>(() => graph.ToArray());
        Assert.Contains("'short' has 3 values", error.Message);
    }

    [Fact]
    public void A_failed_save_leaves_the_old_file()
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("model.onnx", "old"u8);
        var graph = new GraphBuilder("test");
        graph.Output("y", graph.Weight("w", [1], () => throw new IOException("gone")), 1);
        Assert.Throws<IOException>(() => graph.WriteTo(path));
        Assert.Equal("old", File.ReadAllText(path));
        Assert.Equal([path], Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void Named_values_are_a_vector_of_the_declared_size_a_row()
    {
        var graph = new GraphBuilder("names");
        graph.Output("y", graph.Input("x", OnnxType.Float, "B", 2) * 2, "B", 2);
        Assert.Contains("2 values 'y'", Assert.Throws<ArgumentException>(() => graph.NameValues("y", ["only one"])).Message);
        graph.NameValues("y", ["ä", ""]);
        Assert.Equal("y: Float[2]", OnnxSignature.Read(new MemoryStream(graph.ToArray())).Outputs[0].ToString());
        using var runner = new OnnxRunner(graph.ToArray());
        var output = runner.Run(new Dictionary<string, OnnxTensor> { ["x"] = OnnxTensor.Of([1f, 2, 3, 4], 2, 2) })["y"];
        Assert.Equal([4], output.Dims);
        Assert.Equal([2, 4, 6, 8], output.Singles);
    }
}
