using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Onnx;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Bench.Sections;

/// <summary>FIBER beside the same network in plain TorchSharp, and a full-size checkpoint from its file to answers.</summary>
internal sealed class FiberSection : ISection
{
    private const int Seed = 1, Answers = 3129, Length = 16, LargeSide = 576;

    private const string Ours = "this library", Eager = "plain TorchSharp eager";

    public string Name => "fiber";

    public string Description => "FIBER-base answering questions of 16 tokens about images of 384 pixels, and a checkpoint of 576 pixels";

    public void Run(Workbench bench, Report report)
    {
        var config = bench.Options.IsTiny ? FiberConfig.Tiny with { FusionKind = "gated" } : FiberConfig.Base;
        var network = new TaskNetwork(config, config.FindAnswerClassifier(AnswerHead.Vqa), Answers);
        var path = Path.Combine(bench.Options.Folder, $"fiber-{(bench.Options.IsTiny ? "tiny" : "base")}.onnx");
        Directory.CreateDirectory(bench.Options.Folder);
        using (var parameters = Weights(network))
        {
            TaskGraph.Create(network, parameters.AsSource()).WriteTo(path);
            var eager = new EagerFiber(config, parameters.Specs.ToDictionary(spec => spec.Name, spec => (Tensor)parameters[spec.Name]));
            using var gradients = no_grad();
            using var session = new OnnxRunner(path);
            foreach (var batch in new[] { 1, 4 }) Compare(bench, report, config, session, eager, batch);
        }

        Checkpoint(bench, report, config with { ImageSize = bench.Options.IsTiny ? config.ImageSize : LargeSide });
    }

    private static void Compare(Workbench bench, Report report, FiberConfig config, OnnxRunner session, EagerFiber eager, int batch)
    {
        using var scope = NewDisposeScope();
        var pixels = randn([batch, 3, config.ImageSize, config.ImageSize], generator: new Generator(Seed));
        var ids = randint(4, config.VocabularySize, [batch, Length], dtype: ScalarType.Int64);
        var mask = ones_like(ids);
        long[] text = ids.data<long>().ToArray(), one = mask.data<long>().ToArray();
        Dictionary<string, OnnxTensor> feeds = new()
        {
            ["InputIds"] = OnnxTensor.Of(text, batch, Length),
            ["AttentionMask"] = OnnxTensor.Of(one, batch, Length),
            ["TokenTypeIds"] = OnnxTensor.Of(new long[text.Length], batch, Length),
            ["PixelValues"] = OnnxTensor.Of(pixels.data<float>().ToArray(), batch, 3L * config.ImageSize * config.ImageSize),
        };
        using (NewDisposeScope())
        {
            var expected = eager.Run(ids, mask, pixels).sigmoid();
            report.Compare($"scores, batch {batch}", expected.contiguous().data<float>().ToArray(), session.Run(feeds)[TaskHead.Score].Singles, 1e-4);
        }

        var times = Clock.CompareWarm(
            bench.Options.Rounds,
            new(Ours, () => session.Run(feeds)),
            new(Eager, () =>
            {
                using var inner = NewDisposeScope();
                eager.Run(ids, mask, pixels);
            }));
        foreach (var (name, seconds) in times)
            report.Row($"batch {batch}: {name}", $"{seconds:F3} s", $"this library is {seconds / times[Ours]:F2} times as fast");
    }

    /// <summary>Random weights in a file, converted, saved, loaded and asked.</summary>
    private static void Checkpoint(Workbench bench, Report report, FiberConfig config)
    {
        string file = Path.Combine(bench.Options.Folder, "fiber.safetensors"), zip = Path.Combine(bench.Options.Folder, "fiber.zip");
        var network = new TaskNetwork(config, config.FindAnswerClassifier(AnswerHead.Vqa), Answers);
        using (var parameters = Weights(network))
        {
            var source = parameters.AsSource();
            SafeTensors.Write(file, parameters.Specs.Select(spec => new NamedTensor(spec.Name, spec.Shape, source.Read(spec.Name))));
        }

        var context = new MLContext(Seed);
        string[] answers = [.. Enumerable.Range(0, Answers).Select(i => $"answer {i}")];
        var rows = context.Data.LoadFromEnumerable(Enumerable.Range(0, 4).Select(i => Row(config, i)), Schema(config));
        Time("convert and save", () =>
        {
            using var model = context.VisionLanguage().LoadCheckpoint(file, config, answers, batchSize: 1).Transformer;
            context.VisionLanguage().Save(model, rows.Schema, zip);
        });
        ITransformer? loaded = null;
        Time("load", () => loaded = context.VisionLanguage().Load(zip));
        Time("score four images, one at a time", () => loaded!.Transform(rows).GetColumn<float[]>("Score").Count());
        Time("the same once more", () => loaded!.Transform(rows).GetColumn<float[]>("Score").Count());
        (loaded as IDisposable)?.Dispose();
        using var own = Process.GetCurrentProcess();
        report.Row($"checkpoint of {config.ImageSize} pixels: peak memory of the process, all of the above included", $"{own.PeakWorkingSet64 / 1e9:F1} GB");
        File.Delete(file);
        File.Delete(zip);

        void Time(string what, Action action)
        {
            var start = Stopwatch.GetTimestamp();
            action();
            report.Row($"checkpoint of {config.ImageSize} pixels: {what}", $"{Stopwatch.GetElapsedTime(start).TotalSeconds:F1} s");
        }
    }

    private static SchemaDefinition Schema(FiberConfig config)
    {
        var schema = SchemaDefinition.Create(typeof(PixelRow));
        schema[nameof(PixelRow.PixelValues)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, 3 * config.ImageSize * config.ImageSize);
        return schema;
    }

    private static PixelRow Row(FiberConfig config, int number)
    {
        var random = new Random(number);
        return new()
        {
            InputIds = [0, .. Enumerable.Range(0, Length - 2).Select(_ => 4L + random.Next(100)), 2],
            AttentionMask = [.. Enumerable.Repeat(1L, Length)],
            TokenTypeIds = new long[Length],
            PixelValues = [.. Enumerable.Range(0, 3 * config.ImageSize * config.ImageSize).Select(_ => random.NextSingle() - 0.5f)],
        };
    }

    private static ModelParameters Weights(TaskNetwork network)
    {
        var parameters = new ModelParameters(network.Parameters(), CPU);
        parameters.Initialize(WeightInitialization.Xavier, 0.02, Seed);

        // Closed gates would hide what the towers read of each other.
        using var gradients = no_grad();
        foreach (var gate in parameters.Specs.Where(spec => spec.Role == ParameterRole.Gate)) parameters[gate.Name].fill_(0.5);
        return parameters;
    }

    private sealed class PixelRow
    {
        public long[] InputIds { get; set; } = [];

        public long[] AttentionMask { get; set; } = [];

        public long[] TokenTypeIds { get; set; } = [];

        public float[] PixelValues { get; set; } = [];
    }
}
