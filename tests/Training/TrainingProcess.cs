using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using MLNet.VisionLanguage.Tests.Engine;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>
/// This assembly as a program that trains: a process that tests can kill, or whose memory is not other tests'. It prints a line for every
/// progress report.
/// </summary>
internal static class TrainingProcess
{
    /// <summary>Trains with checkpoints in FOLDER, one every N updates: prints "update K".</summary>
    public const string Checkpointed = "checkpointed";

    /// <summary>Trains EPOCHS epochs of UPDATES updates: prints "epoch K PEAK", the peak resident memory during the epoch in KiB.</summary>
    public const string Measured = "measured";

    /// <summary>Multiplies matrices of sizes that do not fit, which libtorch takes badly.</summary>
    public const string BadProduct = "bad-product";

    public static int Main(string[] args)
    {
        if (TrialProcess.TryRun(args, Experiments.TrialPrograms.Pipeline)) return 0;
        switch (args)
        {
            case [Experiments.TrialPrograms.Command, var folder]:
                return Experiments.TrialPrograms.Run(folder);
            case [Checkpointed, var folder, var every]:
                Train(Options(folder, int.Parse(every, CultureInfo.InvariantCulture)), Questions.Make(60), progress => Print("update", progress.Update));
                return 0;
            case [Measured, var epochs, var updates]:
                Measure(int.Parse(epochs, CultureInfo.InvariantCulture), int.Parse(updates, CultureInfo.InvariantCulture));
                return 0;
            case [TorchProcess.TorchSharpFirst or TorchProcess.LibraryFirst]:
                return TorchProcess.Run(args[0]);
            case [BadProduct]:
                Print("multiplying");
                TorchSharp.torch.matmul(TorchSharp.torch.ones(2, 3), TorchSharp.torch.ones(4, 5));
                Print("survived");
                return 0;
            case [Images.ImageProcess.Plain or Images.ImageProcess.Measured, ..]:
                return Images.ImageProcess.Run(args);
            case [Datasets.ReadingProcess.Questions, .. var files]:
                return Datasets.ReadingProcess.Run(files);
            case [Documentation.DocumentedPrograms.Command]:
                return Documentation.DocumentedPrograms.RunAll();
            case [Lifetimes.HoldingProcess.Hold, var zip]:
                return Lifetimes.HoldingProcess.Run(zip);
            case ["vl", .. var command]:
                return MLNet.VisionLanguage.Tool.VlProgram.Run(command, Console.Out, Console.Error);
            default:
                Console.Error.WriteLine($"Usage: {Checkpointed} FOLDER N | {Measured} EPOCHS UPDATES | {BadProduct} | {TorchProcess.Usage}");
                return 2;
        }
    }

    public static VisualQuestionAnsweringOptions Options(string? folder, int every) => Questions.Options(o =>
        (o.Model, o.CheckpointFolder, o.CheckpointEvery, o.Epochs, o.BatchSize, o.ReportEvery, o.ValidationFraction) =
        (Questions.ModelWithDropout, folder, every, 3, 2, 1, 0.1));

    /// <summary>Starts such a process.</summary>
    public static Process Start(params string[] args)
    {
        var dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        return Process.Start(new ProcessStartInfo(dotnet, [typeof(TrainingProcess).Assembly.Location, .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,

            // The runtime lets as much garbage lie as the processor's last cache holds, which may be 260 MB: that is no growth of training's.
            Environment = { ["DOTNET_GCgen0size"] = "1000000" },
        })!;
    }

    private static void Measure(int epochs, int updates)
    {
        var options = Questions.Options(o => (o.Epochs, o.ValidationFraction, o.ReportEvery) = (epochs, 0.1, 10));
        var images = updates * options.BatchSize * 10 / 9 / 2;
        Train(options, Questions.Make(images), progress =>
        {
            if (progress.EpochEnded) Print("epoch", progress.Epoch, ResidentMemory.TakePeak());
        });
    }

    private static void Train(VisualQuestionAnsweringOptions options, List<Question> rows, Action<TrainingProgress> report)
    {
        var ml = new MLContext(1);
        options.Progress = new ImmediateProgress(report);
        ml.VisionLanguage().Trainers.VisualQuestionAnswering(options).Fit(Questions.View(ml, rows)).Dispose();
    }

    private static void Print(string what, params object[] values)
    {
        Console.Out.WriteLine(string.Join(' ', [what, .. values.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture))]));
        Console.Out.Flush();
    }
}

/// <summary>The resident memory of this process, as Linux counts it.</summary>
internal static class ResidentMemory
{
    private const string ResetPeak = "/proc/self/clear_refs";

    public static bool CanMeasure => File.Exists(ResetPeak);

    /// <summary>Begins anew; tells the memory held now, in KiB.</summary>
    public static long Reset()
    {
        TakePeak();
        return TakePeak();
    }

    /// <summary>The peak since the last call, in KiB.</summary>
    public static long TakePeak()
    {
        var line = File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        File.WriteAllText(ResetPeak, "5");
        return long.Parse(line.Split(' ', '\t', StringSplitOptions.RemoveEmptyEntries)[^2], CultureInfo.InvariantCulture);
    }
}
