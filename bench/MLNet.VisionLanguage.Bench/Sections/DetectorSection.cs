using System.Globalization;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Onnx;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Bench.Sections;

/// <summary>The region detector of bottom-up attention beside the same network in plain TorchSharp.</summary>
internal sealed class DetectorSection : ISection
{
    private const int Rounds = 3, Seed = 1;

    private const string Ours = "this library", Eager = "plain TorchSharp eager";

    public string Name => "detector";

    public string Description => "Faster R-CNN of bottom-up attention (ResNet-101, 1,600 classes), one photograph of 640 x 480";

    public void Run(Workbench bench, Report report)
    {
        var config = bench.Options.IsTiny
            ? FasterRcnnConfig.VisualGenome with { Depth = 50, StemChannels = 8, StageChannels = 32, WidthPerGroup = 8, ShorterSide = 224, ProposalChannels = 32 }
            : FasterRcnnConfig.VisualGenome;
        var path = Path.Combine(bench.Options.Folder, $"detector-{(bench.Options.IsTiny ? "tiny" : "base")}.onnx");
        var (height, width) = FasterRcnnNetwork.ResizedSize(config, 480, 640);
        using var parameters = Weights(config);
        Directory.CreateDirectory(bench.Options.Folder);
        Whole(config, parameters, height, width).WriteTo(path);
        var image = Photograph(height, width);
        Dictionary<string, OnnxTensor> feeds = new() { ["image"] = OnnxTensor.Of(image.data<float>().ToArray(), 1, 3, height, width) };
        var eager = new EagerFasterRcnn(config, parameters.Specs.ToDictionary(spec => spec.Name, spec => (Tensor)parameters[spec.Name]));
        using var gradients = no_grad();

        using (var session = new OnnxRunner(path))
        {
            var first = session.Run(feeds);
            report.Row("regions", $"{first["boxes"].Dims[0]}");
            report.Row("peak memory of loading and one run, weights of both programs included", $"{PeakMemory() / 1e9:F1} GB");
            using (NewDisposeScope())
            {
                var (boxes, features) = eager.Run(image);
                report.Compare("boxes, in pixels", boxes.contiguous().data<float>().ToArray(), first["boxes"].Singles, 0.1);
                report.Compare("features", features.contiguous().data<float>().ToArray(), first["features"].Singles, 1e-3);
            }

            Tell("an image", Clock.CompareWarm(
                Math.Min(Rounds, bench.Options.Rounds),
                new(Ours, () => session.Run(feeds)),
                new(Eager, () => InScope(() => eager.Run(image)))));
        }

        Between(bench, report, config, parameters, eager, image);

        void Tell(string what, Dictionary<string, double> times)
        {
            foreach (var (name, seconds) in times)
                report.Row($"{what}: {name}", $"{seconds:F3} s", $"this library is {seconds / times[Ours]:F2} times as fast");
        }
    }

    /// <summary>What lies between the two parts that convolve: anchors, choice, suppression, pooling.</summary>
    private static void Between(
        Workbench bench, Report report, FasterRcnnConfig config, ModelParameters parameters, EagerFasterRcnn eager, Tensor image)
    {
        using var scope = NewDisposeScope();
        var (logits, deltas, map) = eager.Map(image);
        var feeds = new Dictionary<string, OnnxTensor>
        {
            ["logits"] = Input(logits),
            ["deltas"] = Input(deltas),
            ["map"] = Input(map),
        };
        var bytes = new MemoryStream();
        Pooling(config, parameters, image.shape[2], image.shape[3], feeds).WriteTo(bytes);
        using var session = new OnnxRunner(bytes.ToArray());
        var first = session.Run(feeds);
        var (boxes, cells) = eager.Pool(logits, deltas, map, image.shape[2], image.shape[3]);
        report.Row("proposals", $"{first["boxes"].Dims[0]}");
        report.Compare("proposals, in pixels", boxes.contiguous().data<float>().ToArray(), first["boxes"].Singles, 0.01);
        report.Compare("their cells", cells.contiguous().data<float>().ToArray(), first["cells"].Singles, 1e-5);
        var times = Clock.Compare(
            bench.Options.Rounds,
            new(Ours, () => session.Run(feeds, ["cells"])),
            new(Eager, () => InScope(() => eager.Pool(logits, deltas, map, image.shape[2], image.shape[3]))));
        foreach (var (name, seconds) in times)
        {
            report.Row(
                $"proposals, suppression, RoI pooling: {name}", string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e3:F0} ms"),
                $"this library is {seconds / times[Ours]:F2} times as fast");
        }

        static OnnxTensor Input(Tensor x) => OnnxTensor.Of(x.contiguous().data<float>().ToArray(), x.shape);
    }

    private static GraphBuilder Whole(FasterRcnnConfig config, ModelParameters parameters, int height, int width)
    {
        var graph = new GraphBuilder("Detector");
        var engine = new GraphEngine(graph, parameters.AsSource());
        var image = graph.Input("image", OnnxType.Float, 1, 3, "H", "W");
        var (size, scale) = (engine.Constant([height, (float)width], 2), engine.Constant([1f, 1], 2));
        var found = FasterRcnnNetwork.Find(engine, config, new(RegionChoice.Best), image, size, scale);
        graph.Output("boxes", found.Boxes, "N", 4);
        graph.Output("features", found.Features, "N", config.FeatureSize);
        return graph;
    }

    private static GraphBuilder Pooling(
        FasterRcnnConfig config, ModelParameters parameters, long height, long width, Dictionary<string, OnnxTensor> shapes)
    {
        var graph = new GraphBuilder("Pooling");
        var engine = new GraphEngine(graph, parameters.AsSource());
        GraphValue Input(string name) => graph.Input(name, OnnxType.Float, [.. shapes[name].Dims.Select(size => (Dim)size)]);
        var (logits, deltas, map) = (Input("logits"), Input("deltas"), Input("map"));
        var scores = RegionProposals.Of(engine, config, map, logits, deltas);
        var (boxes, _) = RegionProposals.Propose(engine, config, scores, 0, engine.Constant([height, (float)width], 2));
        var cells = engine.RoiPool(map, Layers.Boxes.OfImage(engine, boxes, 0), config.PoolSize, 1f / FasterRcnnConfig.Stride);
        graph.Output("boxes", boxes, "N", 4);
        graph.Output("cells", cells, "N", "C", config.PoolSize, config.PoolSize);
        return graph;
    }

    /// <summary>Weights that keep values of a size, so that outputs of both programs can be compared.</summary>
    private static ModelParameters Weights(FasterRcnnConfig config)
    {
        var parameters = new ModelParameters(FasterRcnnNetwork.Parameters(config), CPU);
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        using var generator = new Generator(Seed);
        foreach (var spec in parameters.Specs)
        {
            var one = parameters[spec.Name];
            if (spec.Shape.Count > 1 && spec.Role != ParameterRole.Buffer)
            {
                var deviation = Math.Sqrt((spec.Shape.Count == 4 ? 2.0 : 1.0) / spec.Shape.Skip(1).Aggregate(1L, (a, b) => a * b));
                one.normal_(0, Is("anchor_deltas.weight", "bbox_pred.weight") ? deviation / 10 : deviation, generator);
            }
            else
            {
                // Colours are some hundred, and each block adds to the values.
                one.fill_(Is("stem.conv1.norm.weight") ? 0.01 : Is("conv3.norm.weight") ? 0.2 : Is("norm.weight", "running_var") ? 1 : 0);
            }

            bool Is(params string[] endings) => endings.Any(ending => spec.Name.EndsWith(ending, StringComparison.Ordinal));
        }

        const string Cells = "proposal_generator." + RegionProposals.AnchorCells;
        parameters[Cells].copy_(tensor(Layers.Anchors.Cells(config.AnchorSizes, config.AnchorRatios), parameters[Cells].shape));
        return parameters;
    }

    /// <summary>Noise of every scale, as photographs have it.</summary>
    private static Tensor Photograph(int height, int width)
    {
        using var generator = new Generator(Seed);
        using var scope = NewDisposeScope();
        var image = zeros(1, 3, height, width);
        for (var side = 2; side < 256; side *= 2)
            image += nn.functional.interpolate(randn([1, 3, side, side], generator: generator), [height, width], mode: InterpolationMode.Bilinear, align_corners: false) * 40;
        return image.contiguous().MoveToOuterDisposeScope();
    }

    private static void InScope<T>(Func<T> run)
    {
        using var scope = NewDisposeScope();
        run();
    }

    private static long PeakMemory()
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }
}
