using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Onnx;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Engine;

/// <summary>A piece of architecture that runs on any engine and names its results.</summary>
internal interface IPiece
{
    IReadOnlyDictionary<string, T> Run<T>(IRegionEngine<T> engine)
        where T : class;
}

/// <summary>Runs a piece on libtorch and in ONNX Runtime with the same drawn weights.</summary>
internal static class BothEngines
{
    public static (IReadOnlyDictionary<string, Result> Torch, IReadOnlyDictionary<string, Result> Onnx) Run(IPiece piece, long seed = 1)
    {
        using var scope = NewDisposeScope();
        using var parameters = new ModelParameters(Lister.List(engine => piece.Run(engine)), CPU);
        parameters.Initialize(WeightInitialization.Xavier, 0.02, seed);
        using var gradients = no_grad();
        var tensors = piece.Run(new TorchEngine(parameters));
        var torch = tensors.ToDictionary(pair => pair.Key, pair => Of(pair.Value));

        var graph = new GraphBuilder("piece");
        var values = piece.Run(new GraphEngine(graph, parameters.AsSource()));
        foreach (var (name, value) in values) graph.Output("out." + name, value);
        using var runner = new OnnxRunner(graph.ToArray(), new OnnxRunnerOptions { Threads = 1 });
        var outputs = runner.Run(new Dictionary<string, OnnxTensor>());
        var onnx = values.Keys.ToDictionary(name => name, name => Of(outputs["out." + name]));
        return (torch, onnx);
    }

    private static Result Of(Tensor tensor) => new(
        tensor.shape, tensor.to_type(ScalarType.Float32).contiguous().data<float>().ToArray());

    private static Result Of(OnnxTensor tensor) => new(
        [.. tensor.Dims], tensor.Type == OnnxType.Int64 ? [.. tensor.Int64s.Select(value => (float)value)] : tensor.Singles);

    internal sealed record Result(long[] Shape, float[] Values);
}
