using System.Diagnostics;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Bench;

/// <summary>A training that a process of its own does; it prints the most memory it had, in MB, and the seconds of each update.</summary>
internal static class TrainingWork
{
    /// <summary>The first argument of such a process; what to train, the device, updates and options follow.</summary>
    public const string Command = "train";

    public const string Float32 = "float32", BFloat16 = "bfloat16", Eager = "eager-float32", EagerAutocast = "eager-autocast";
    public const string RealLengths = "real-lengths", Bucketed = "bucketed", Large = "large", LargeCheckpointed = "large-checkpointed";

    public const int Batch = 8, LargeBatch = 32;

    public static void Run(string work, string device, int updates, Workbench bench)
    {
        // The first update makes buffers and is not counted.
        var rows = Enumerable.Repeat(Workbench.PaddedTokens, Batch * (updates + 2)).ToList();
        var times = work switch
        {
            Float32 => Train(bench, rows, updates, device, _ => { }),
            BFloat16 => Train(bench, rows, updates, device, options => options.Precision = TrainingPrecision.BFloat16),
            Eager or EagerAutocast => TrainEagerly(bench, updates, device, work == EagerAutocast),
            RealLengths or Bucketed => Train(
                bench, [.. bench.RowMaker().RealLengths(rows.Count)], updates, device, options => options.BucketByLength = work == Bucketed),
            Large or LargeCheckpointed => Train(
                bench, [.. Enumerable.Repeat(Workbench.PaddedTokens, LargeBatch * (updates + 2))], updates, device,
                options => (options.BatchSize, options.GradientCheckpointing) = (LargeBatch, work == LargeCheckpointed)),
            _ => throw new ArgumentException($"'{work}' is no training."),
        };
        Child.Print([Child.PeakMemory(), .. times]);
    }

    private static List<double> Train(
        Workbench bench, List<int> lengths, int updates, string device, Action<VisualQuestionAnsweringOptions> change)
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
            Device = Enum.Parse<TrainingDevice>(device),
            Cancellation = stop.Token,
            Progress = new Listener(_ =>
            {
                times.Add(watch.Elapsed.TotalSeconds);
                watch.Restart();
                if (times.Count > updates) stop.Cancel();
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

    private static List<double> TrainEagerly(Workbench bench, int updates, string name, bool autocast)
    {
        var device = name == nameof(TrainingDevice.Cpu) ? CPU : torch.device("cuda:0");
        using var scope = NewDisposeScope();
        var weights = EagerWeights.Read(bench.Weights(), ScalarType.Float32, trainable: true, device);
        var model = new EagerViLbert(bench.ViLbert, weights) { Dropout = 0.1 };
        var optimizer = optim.AdamW(weights.Values.Cast<Parameter>(), 4e-5, weight_decay: 0.01);
        var times = new List<double>();
        var maker = bench.RowMaker();
        for (var update = 0; update <= updates; update++)
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

        return times[1..];
    }

    /// <summary>Tells on the thread that trains, as <see cref="Progress{T}"/> does not.</summary>
    private sealed class Listener(Action<TrainingProgress> action) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => action(value);
    }
}
