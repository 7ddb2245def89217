using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Transforms.Image;

namespace MLNet.VisionLanguage.Experiments;

/// <summary>
/// Runs each trial in a process of its own. Whatever it does (a native crash, all of the memory, no end), its process is ended and the trial has
/// failed; the experiment goes on.
/// </summary>
internal sealed class TrialsElsewhere(MLContext context, TrialPlan plan, TrialLimits limits, TrialCommand command, string? pipeline, string dataFolder)
    : ITrialRunner
{
    private const int ErrorLines = 5;
    private const int SignalBase = 128;

    private static readonly Dictionary<int, string> Signals = new()
    {
        [4] = "SIGILL",
        [6] = "SIGABRT",
        [7] = "SIGBUS",
        [8] = "SIGFPE",
        [9] = "SIGKILL",
        [11] = "SIGSEGV",
        [15] = "SIGTERM",
    };

    private IReadOnlyList<FoldFiles>? _files;

    public async Task<TrialResult> RunAsync(
        TrialSettings settings, string folder, string modelPath, Func<TrialEpoch, bool> goesOn, CancellationToken cancellation)
    {
        _files ??= WriteData();
        var request = new TrialRequest
        {
            Settings = settings,
            Folds = _files,
            Repetitions = plan.Repetitions,
            Metric = plan.Metric.Name,
            Pipeline = pipeline,
            ModelPath = modelPath,
            ResultPath = Path.Combine(folder, "result.json"),
        };
        var file = Path.Combine(folder, "request.json");
        File.Delete(request.ResultPath);
        await File.WriteAllTextAsync(file, TrialJson.Write(request), cancellation).ConfigureAwait(false);
        return await RunProcess(request, file, goesOn, cancellation).ConfigureAwait(false);
    }

    private async Task<TrialResult> RunProcess(TrialRequest request, string file, Func<TrialEpoch, bool> goesOn, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var curve = new List<TrialEpoch>();
        var errors = new Queue<string>();
        using var process = Process.Start(StartInfo(file)) ?? throw new InvalidOperationException($"'{command.FileName}' was not started.");
        var talk = Task.WhenAll(Listen(process, curve, goesOn), Drain(process, errors));
        double peak = 0;
        string? exceeded = null;
        try
        {
            while (!process.HasExited && exceeded is null)
            {
                cancellation.ThrowIfCancellationRequested();
                process.Refresh();
                var memory = Memory(process);
                peak = Math.Max(peak, memory);
                exceeded = limits.Exceeded(clock.Elapsed.TotalSeconds, memory);
                await Task.Delay(TrialLimits.Pause, cancellation).ConfigureAwait(false);
            }
        }
        finally
        {
            if (!process.HasExited) process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        }

        await talk.ConfigureAwait(false);
        var result = exceeded is null && File.Exists(request.ResultPath)
            ? TrialJson.Read<TrialResult>(await File.ReadAllTextAsync(request.ResultPath, cancellation).ConfigureAwait(false))
            : new TrialResult
            {
                TrialSettings = request.Settings,
                State = TrialState.Failed,
                Error = exceeded ?? Describe(process.ExitCode, errors),
                LearningCurve = curve,
            };
        return result with { DurationInSeconds = clock.Elapsed.TotalSeconds, PeakMemoryInMegaByte = Math.Max(peak, result.PeakMemoryInMegaByte) };
    }

    private ProcessStartInfo StartInfo(string file)
    {
        var start = new ProcessStartInfo(command.FileName, [.. command.Arguments, TrialProcess.Verb, file])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Managed memory beyond the limit is an exception there, before this process sees it.
        if (limits.MegaBytes is { } most)
            start.Environment["DOTNET_GCHeapHardLimit"] = ((long)(most * 1024 * 1024)).ToString("X", CultureInfo.InvariantCulture);
        return start;
    }

    private static async Task Listen(Process process, List<TrialEpoch> curve, Func<TrialEpoch, bool> goesOn)
    {
        while (await process.StandardOutput.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            if (!line.StartsWith(TrialProcess.Mark, StringComparison.Ordinal)) continue;
            var epoch = TrialJson.Read<TrialEpoch>(line[TrialProcess.Mark.Length..]);
            curve.Add(epoch);
            var reply = goesOn(epoch) ? TrialProcess.GoOn : TrialProcess.Stop;
            try
            {
                await process.StandardInput.WriteLineAsync(reply).ConfigureAwait(false);
                await process.StandardInput.FlushAsync().ConfigureAwait(false);
            }
            catch (IOException)
            {
                // It ended meanwhile; how, its exit code says.
            }
        }
    }

    private static async Task Drain(Process process, Queue<string> errors)
    {
        while (await process.StandardError.ReadLineAsync().ConfigureAwait(false) is { } line)
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            errors.Enqueue(line.Trim());
            if (errors.Count > ErrorLines) errors.Dequeue();
        }
    }

    private static double Memory(Process process)
    {
        try
        {
            return TrialLimits.ToMegaBytes(process.WorkingSet64);
        }
        catch (InvalidOperationException)
        {
            return 0;
        }
    }

    private static string Describe(int exitCode, Queue<string> errors)
    {
        var how = exitCode > SignalBase
            ? $"by signal {Signals.GetValueOrDefault(exitCode - SignalBase, $"{exitCode - SignalBase}")}"
            : string.Create(CultureInfo.InvariantCulture, $"with exit code {exitCode}");
        return $"Its process ended {how}, without a result.{(errors.Count > 0 ? " Its last words: " + string.Join(" | ", errors) : "")}";
    }

    /// <summary>The rows for other processes; columns that ML.NET's files do not take (images) are refused, as their absence would show late.</summary>
    private IReadOnlyList<FoldFiles> WriteData()
    {
        Directory.CreateDirectory(dataFolder);
        return [.. plan.Folds.Select((fold, i) => new FoldFiles(Write(fold.Training, $"train-{i}.idv"), Write(fold.Validation, $"validation-{i}.idv")))];

        string Write(IDataView view, string name)
        {
            if (view.Schema.FirstOrDefault(column => !column.IsHidden && column.Type is ImageDataViewType) is { Name.Length: > 0 } image)
                throw new NotSupportedException($"Column '{image.Name}' holds images, which trials in other processes are not given; give them paths.");
            var path = Path.Combine(dataFolder, name);
            using var stream = File.Create(path);
            context.Data.SaveAsBinary(view, stream);
            return path;
        }
    }
}
