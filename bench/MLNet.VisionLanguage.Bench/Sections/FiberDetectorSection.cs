using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Onnx;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Bench.Sections;

/// <summary>FIBER's detector, up to what it says of every place, beside the same network in plain TorchSharp.</summary>
internal sealed class FiberDetectorSection : ISection
{
    private const int Seed = 1, Length = 16, Height = 320, Width = 416;

    private const string Ours = "this library", Eager = "plain TorchSharp eager";

    public string Name => "fiber-detector";

    public string Description => $"FIBER's published detector with a text of {Length} tokens, one image of {Height} x {Width} (it is used with 800 x 1,333)";

    public void Run(Workbench bench, Report report)
    {
        var config = bench.Options.IsTiny ? FiberDetectorConfig.Tiny : FiberDetectorConfig.Base;
        var path = Path.Combine(bench.Options.Folder, $"fiber-detector-{(bench.Options.IsTiny ? "tiny" : "base")}.onnx");
        Directory.CreateDirectory(bench.Options.Folder);
        using var parameters = Weights(config);
        Graph(config, parameters).WriteTo(path);
        var eager = new EagerFiberDetector(config, parameters.Specs.ToDictionary(spec => spec.Name, spec => (Tensor)parameters[spec.Name]));
        using var gradients = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(Seed);
        var (height, width) = bench.Options.IsTiny ? (96, 128) : (Height, Width);
        var pixels = randn([1, 3, height, width], generator: generator);
        var ids = arange(4, 4 + Length, ScalarType.Int64).unsqueeze(0);
        Dictionary<string, OnnxTensor> feeds = new()
        {
            ["image"] = OnnxTensor.Of(pixels.data<float>().ToArray(), 1, 3, height, width),
            ["ids"] = OnnxTensor.Of(ids.data<long>().ToArray(), 1, Length),
        };
        using var session = new OnnxRunner(path);
        var first = session.Run(feeds);
        foreach (var (level, found) in eager.Run(pixels, ids).Index())
        {
            Compare("words", found.Words);
            Compare("deltas", found.Deltas);
            Compare("centerness", found.Centerness);

            void Compare(string what, Tensor expected) => report.Compare(
                $"{what} of level {level}", expected.contiguous().data<float>().ToArray(), first[$"{what}{level}"].Singles, 2e-3);
        }

        var times = Clock.CompareWarm(
            bench.Options.Rounds,
            new(Ours, () => session.Run(feeds)),
            new(Eager, () =>
            {
                using var inner = NewDisposeScope();
                eager.Run(pixels, ids);
            }));
        foreach (var (name, seconds) in times)
            report.Row($"an image of {height} x {width}: {name}", $"{seconds:F3} s", $"this library is {seconds / times[Ours]:F2} times as fast");
    }

    private static GraphBuilder Graph(FiberDetectorConfig config, ModelParameters parameters)
    {
        var graph = new GraphBuilder("Detector");
        var engine = new GraphEngine(graph, parameters.AsSource());
        var ids = graph.Input("ids", OnnxType.Int64, 1, "L");
        var levels = FiberDetectorNetwork.Score(
            engine, config, graph.Input("image", OnnxType.Float, 1, 3, "H", "W"), ids, engine.Affine(engine.ToFloat(ids), 0, 1));
        foreach (var (level, scores) in levels.Index())
        {
            graph.Output($"words{level}", scores.Words, 1, $"places{level}", "L");
            graph.Output($"deltas{level}", scores.Deltas, 1, 4, $"height{level}", $"width{level}");
            graph.Output($"centerness{level}", scores.Centerness, 1, 1, $"height{level}", $"width{level}");
        }

        return graph;
    }

    /// <summary>Random weights with open gates, so that the towers read each other.</summary>
    private static ModelParameters Weights(FiberDetectorConfig config)
    {
        var parameters = new ModelParameters(FiberDetectorNetwork.Parameters(config), CPU);
        parameters.Initialize(WeightInitialization.Xavier, 0.02, Seed);
        DetectorInitialization.Draw(parameters, parameters.Specs.Select(spec => spec.Name), Seed, opensGates: true);
        return parameters;
    }
}
