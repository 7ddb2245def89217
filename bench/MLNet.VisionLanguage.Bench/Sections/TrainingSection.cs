using System.Diagnostics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Bench.Sections;

/// <summary>Updates of ViLBERT on equal batches: the trainer, and a plain TorchSharp program with its stock AdamW.</summary>
internal sealed class TrainingSection : ISection
{
    private const int Batch = 8;

    public string Name => "training";

    public string Description => "ViLBERT VQA, training on equal batches of 8 (23 tokens, 36 regions), all threads";

    public void Run(Workbench bench, Report report) => Run(bench, report, CPU, TrainingDevice.Cpu);

    /// <summary>Measures on a device.</summary>
    public static void Run(Workbench bench, Report report, Device device, TrainingDevice named)
    {
        const string Ours = "this library float32", OursHalf = "this library bfloat16";
        const string Theirs = "TorchSharp with its AdamW, float32", TheirsHalf = "TorchSharp with its AdamW, bfloat16 autocast";
        var times = new Dictionary<string, double>();

        // The first update of each makes buffers.
        var updates = 1 + Math.Max(2, Math.Min(bench.Options.Rounds, 7));
        var padded = Enumerable.Repeat(Workbench.PaddedTokens, Batch * (updates + 1)).ToList();
        double Median(Action<VisualQuestionAnsweringOptions> change) => Clock.Quantile(Train(bench, padded, updates, named, change), 0.5);
        times[Ours] = Median(_ => { });
        times[OursHalf] = Median(options => options.Precision = TrainingPrecision.BFloat16);
        times[Theirs] = Eager(bench, updates, device, false);
        if (EagerAutocast.IsThere) times[TheirsHalf] = Eager(bench, updates, device, true);
        foreach (var (name, seconds) in times)
        {
            report.Row(
                name, $"{Batch / seconds:F2} rows/s, {1 / seconds:F3} updates/s",
                $"this library's float32 is {seconds / times[Ours]:F2} times as fast, its bfloat16 {seconds / times[OursHalf]:F2} times");
        }

        if (!EagerAutocast.IsThere) report.Row(TheirsHalf, "not measured: this libtorch does not export autocast's switches");
        Buckets(bench, report, named);
    }

    /// <summary>Questions of VQA v2's lengths, by chance and by length.</summary>
    private static void Buckets(Workbench bench, Report report, TrainingDevice device)
    {
        var updates = 1 + (3 * Math.Max(2, Math.Min(bench.Options.Rounds, 7)));
        List<int> lengths = [.. bench.RowMaker().RealLengths(Batch * (updates + 1))];
        double Mean(bool bucket) => Train(bench, lengths, updates, device, options => options.BucketByLength = bucket).Average();
        var (chance, bucketed) = (Mean(false), Mean(true));
        report.Row("this library float32, questions of VQA v2's lengths", $"{Batch / chance:F2} rows/s");
        report.Row("the same with BucketByLength", $"{Batch / bucketed:F2} rows/s", $"{chance / bucketed:F2} times as fast");
    }

    /// <summary>Seconds of each update of the trainer but the first.</summary>
    private static List<double> Train(
        Workbench bench, List<int> lengths, int updates, TrainingDevice device, Action<VisualQuestionAnsweringOptions> change)
    {
        var rows = bench.RowMaker().Make(lengths, Batch);
        using var stop = new CancellationTokenSource();
        var (times, watch) = (new List<double>(), new Stopwatch());
        var options = new VisualQuestionAnsweringOptions
        {
            Model = bench.ViLbert,
            Answers = bench.Answers,
            BatchSize = Batch,
            Epochs = 1,
            ReportEvery = 1,
            Device = device,
            Cancellation = stop.Token,
            Progress = new Listener(_ =>
            {
                times.Add(watch.Elapsed.TotalSeconds);
                watch.Restart();
                if (times.Count == updates) stop.Cancel();
            }),
        };
        change(options);
        try
        {
            bench.Context.VisionLanguage().Trainers.VisualQuestionAnswering(options).Fit(bench.Context.Data.LoadFromEnumerable(rows));
        }
        catch (OperationCanceledException)
        {
            // Enough was seen.
        }

        return times[1..];
    }

    private static double Eager(Workbench bench, int updates, Device device, bool autocast)
    {
        using var scope = NewDisposeScope();
        var weights = EagerWeights.Read(bench.Weights(), ScalarType.Float32, trainable: true, device);
        var model = new EagerViLbert(bench.ViLbert, weights) { Dropout = 0.1 };
        var optimizer = optim.AdamW(weights.Values.Cast<Parameter>(), 4e-5, weight_decay: 0.01);
        var times = new List<double>();
        var maker = bench.RowMaker();
        for (var update = 0; update < updates; update++)
        {
            var rows = maker.Make(Enumerable.Repeat(Workbench.PaddedTokens, Batch), Batch);
            using var step = NewDisposeScope();
            var batch = EagerBatch.Of(rows, bench.ViLbert.RegionFeatureSize, bench.Answers, ScalarType.Float32, device);
            times.Add(Clock.Seconds(() =>
            {
                optimizer.zero_grad();
                using (autocast ? new EagerAutocast(device.type) : null)
                    (F.binary_cross_entropy_with_logits(model.Run(batch).to(ScalarType.Float32), batch.Targets) * bench.Answers.Length).backward();
                optimizer.step();
                if (device.type == DeviceType.CUDA) cuda.synchronize();
            }));
        }

        foreach (var weight in weights.Values) weight.Dispose();
        return Clock.Quantile(times.Skip(1), 0.5);
    }

    /// <summary>Tells on the thread that trains, as <see cref="Progress{T}"/> does not.</summary>
    private sealed class Listener(Action<TrainingProgress> action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => action(value);
    }
}
