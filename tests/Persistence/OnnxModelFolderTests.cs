using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Persistence;

/// <summary>The ways around holding a large model in memory: skeletons, mapped weights, temporary folders.</summary>
public sealed class OnnxModelFolderTests
{
    [Theory]
    [InlineData(16)]
    [InlineData(3000)]
    public void A_mapped_view_computes_the_same(int width)
    {
        using var folder = new TemporaryFolder();
        string model = folder.File("model.onnx"), view = folder.File("view.onnx");
        Graph(width).WriteTo(model);
        OnnxMappedView.Write(model, view);
        Assert.True(new FileInfo(view).Length < 4096 + 4 * 2 * width, $"{new FileInfo(view).Length} bytes");
        float[] input = [.. Enumerable.Range(0, 2 * width).Select(i => i * 0.01f)];
        Assert.Equal(Run(model, input, width), Run(view, input, width));
        Assert.Equal(OnnxSignature.Read(model).Inputs.Select(i => i.ToString()), OnnxSignature.Read(view).Inputs.Select(i => i.ToString()));
    }

    /// <summary>Constants lie where the graph has them, wherever that is.</summary>
    [Fact]
    public void A_mapped_view_keeps_large_constants()
    {
        const int Width = 700;
        using var folder = new TemporaryFolder();
        float[] input = [.. Enumerable.Range(0, 2 * Width).Select(i => i * 0.01f)];
        for (var shift = 0; shift < 8; shift++)
        {
            string model = folder.File($"model{shift}.onnx"), view = folder.File($"view{shift}.onnx");
            var graph = new GraphBuilder(new string('n', 1 + (9 * shift)));
            var constant = graph.Constant([.. Enumerable.Range(0, Width).Select(Weight)], Width);
            var weights = graph.Weight("a", [.. Enumerable.Range(0, Width * Width).Select(Weight)], Width, Width);
            graph.Output("y", graph.MatMul(graph.Input("x", OnnxType.Float, "B", Width), weights) + constant, "B", Width);
            graph.WriteTo(model);
            OnnxMappedView.Write(model, view);
            Assert.InRange(new FileInfo(view).Length, 0, 8192);
            Assert.Equal(Run(model, input, Width), Run(view, input, Width));
        }
    }

    [Fact]
    public void Weights_are_aligned_in_the_file()
    {
        var bytes = Graph(100).ToArray();
        var first = BitConverter.GetBytes(Weight(0));
        var start = bytes.AsSpan().IndexOf([.. first, .. BitConverter.GetBytes(Weight(1))]);
        Assert.True(start > 0);
        Assert.Equal(0, start % OnnxModelWriter.Alignment);
    }

    [Fact]
    public void A_view_must_lie_beside_its_model()
    {
        using var folder = new TemporaryFolder();
        Graph(4).WriteTo(folder.File("model.onnx"));
        Assert.Throws<ArgumentException>(() => OnnxMappedView.Write(folder.File("model.onnx"), Path.Combine(Path.GetTempPath(), "view.onnx")));
    }

    [Fact]
    public void A_skeleton_has_the_signature_and_gives_zeros()
    {
        var graph = Graph(12);
        OnnxMarker.Add(graph);
        var whole = graph.ToArray();
        var signature = OnnxSignature.Read(new MemoryStream(whole));
        var skeleton = OnnxSkeleton.Create(signature);
        var found = OnnxSignature.Read(new MemoryStream(skeleton));
        Assert.True(skeleton.Length < whole.Length);
        Assert.Equal(signature.Inputs.Select(i => i.ToString()), found.Inputs.Select(i => i.ToString()));
        Assert.Equal(signature.Outputs.Select(i => i.ToString()), found.Outputs.Select(i => i.ToString()));
        Assert.Equal(signature.Metadata, found.Metadata);
        using var runner = new OnnxRunner(skeleton);
        var output = runner.Run(new Dictionary<string, OnnxTensor> { ["x"] = OnnxTensor.Of(new float[36], 3, 12) })["y"];
        Assert.Equal([3, 12], output.Dims);
        Assert.All(output.Singles, value => Assert.Equal(0, value));
    }

    [Fact]
    public void Own_models_are_told_by_their_metadata()
    {
        var graph = Graph(4);
        Assert.False(OnnxMarker.IsAtHeadOf(new MemoryStream(graph.ToArray())));
        OnnxMarker.Add(graph);
        Assert.True(OnnxMarker.IsAtHeadOf(new MemoryStream(graph.ToArray())));
        Assert.False(OnnxMarker.IsAtHeadOf(new MemoryStream("no model"u8.ToArray())));
        Assert.False(OnnxMarker.IsAtHeadOf(new MemoryStream()));
    }

    [Fact]
    public void The_folder_goes_with_its_owner()
    {
        var folder = OnnxModelFolder.Create(Graph(4).WriteTo);
        var path = Path.GetDirectoryName(folder.ModelPath)!;
        var whole = File.ReadAllBytes(folder.ModelPath);
        Assert.True(folder.WithSkeleton(() => new FileInfo(folder.ModelPath).Length) > 0);
        Assert.Equal(whole, File.ReadAllBytes(folder.ModelPath));
        folder.Open(new OnnxRunnerOptions()).Dispose();
        folder.Dispose();
        folder.Dispose();
        Assert.False(Directory.Exists(path));
        Assert.Throws<ObjectDisposedException>(() => folder.Open(new OnnxRunnerOptions()));
    }

    [Fact]
    public void A_failed_write_leaves_no_folder()
    {
        var path = "";
        Assert.Throws<IOException>(() => OnnxModelFolder.Create(stream =>
        {
            path = ((FileStream)stream).Name;
            throw new IOException("full");
        }));
        Assert.False(Directory.Exists(Path.GetDirectoryName(path)));
    }

    private static float Weight(int i) => (i % 97 - 48) * 0.37f;

    private static GraphBuilder Graph(int width)
    {
        var graph = new GraphBuilder("linear");
        var weights = graph.Weight("a", [.. Enumerable.Range(0, width * 8).Select(Weight)], width, 8);
        var back = graph.Weight("b", [.. Enumerable.Range(0, width * 8).Select(Weight)], 8, width);
        var bias = graph.Weight("c", [.. Enumerable.Range(0, width).Select(Weight)], width);
        graph.Output("y", graph.MatMul(graph.MatMul(graph.Input("x", OnnxType.Float, "B", width), weights), back) + bias, "B", width);
        return graph;
    }

    private static float[] Run(string path, float[] input, int width)
    {
        using var runner = new OnnxRunner(path, new OnnxRunnerOptions { Threads = 1 });
        return runner.Run(new Dictionary<string, OnnxTensor> { ["x"] = OnnxTensor.Of(input, 2, width) })["y"].Singles;
    }
}
