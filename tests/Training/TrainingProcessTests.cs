using System.Globalization;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Training;

[Collection(TorchCollection.Name)]
public sealed class TrainingProcessTests(TrainingProcessTests.UninterruptedRun whole, ITestOutputHelper output)
    : IClassFixture<TrainingProcessTests.UninterruptedRun>
{
    private const string Last = "last.safetensors";
    private const string Best = "best.safetensors";

    /// <summary>Updates of <see cref="TrainingProcess.Checkpointed"/> before it is killed, one process after the other.</summary>
    [Theory]
    [InlineData(7, 47, 95)]
    [InlineData(1, 3, 70)]
    public void A_killed_run_ends_with_the_weights_of_an_uninterrupted_one(int checkpointEvery, params int[] killAfter)
    {
        using var killed = new TemporaryFolder();
        var resumedAt = new List<long>();
        foreach (var update in killAfter) resumedAt.Add(Kill(killed.Path, checkpointEvery, update));
        resumedAt.Add(TrainToTheEnd(killed.Path, checkpointEvery));

        output.WriteLine($"The processes began at updates {string.Join(", ", resumedAt)}.");
        Assert.Equal(1, resumedAt[0]);
        for (var i = 0; i < killAfter.Length; i++) Assert.InRange(resumedAt[i + 1], killAfter[i] - checkpointEvery + 1, long.MaxValue);
        AssertSame(whole.Folder.File(Last), killed.File(Last));
        AssertSame(whole.Folder.File(Best), killed.File(Best));
        Assert.Equal([Best, Last], Directory.EnumerateFiles(killed.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task A_kill_while_a_checkpoint_is_written_leaves_the_one_before()
    {
        using var killed = new TemporaryFolder();
        var hits = 0;
        for (var attempt = 0; attempt < 3; attempt++)
        {
            using var process = TrainingProcess.Start(TrainingProcess.Checkpointed, killed.Path, "1");
            // Some updates on, so that every process gets further than the one before it.
            for (var i = 0; i < 4; i++) Assert.StartsWith("update ", process.StandardOutput.ReadLine(), StringComparison.Ordinal);
            while (!Directory.EnumerateFiles(killed.Path, Last + ".*.tmp").Any() && !process.HasExited) await Task.Yield();
            process.Kill();
            await process.WaitForExitAsync();
            if (Directory.EnumerateFiles(killed.Path, Last + ".*.tmp").Any()) hits++;
            using var left = Checkpoint.Open(killed.File(Last));
            Assert.All(left.Names, name => Assert.True(left[name].ToSingles().All(float.IsFinite), name));
        }

        output.WriteLine($"{hits} of 3 kills came in the middle of a checkpoint.");
        TrainToTheEnd(killed.Path, 1);
        AssertSame(whole.Folder.File(Last), killed.File(Last));
    }

    [SkippableFact]
    public void Memory_does_not_grow_over_the_epochs()
    {
        Skip.If(!ResidentMemory.CanMeasure, "needs /proc/self/clear_refs");
        using var process = TrainingProcess.Start(TrainingProcess.Measured, "6", "200");
        var peaks = new List<long>();
        while (process.StandardOutput.ReadLine() is { } line)
        {
            output.WriteLine(line);
            peaks.Add(Number(line));
        }

        Assert.Equal("", process.StandardError.ReadToEnd());
        Assert.Equal(6, peaks.Count);
        Assert.True(peaks[^1] <= 1.03 * peaks[0], $"Peak resident memory of the epochs in KiB: {string.Join(", ", peaks)}.");
    }

    /// <summary>Kills a run after the given update, once there is a checkpoint; tells the first update it made.</summary>
    private static long Kill(string folder, int every, int update)
    {
        using var process = TrainingProcess.Start(TrainingProcess.Checkpointed, folder, every.ToString(CultureInfo.InvariantCulture));
        long first = 0;
        while (process.StandardOutput.ReadLine() is { } line)
        {
            if (first == 0) first = Number(line);
            if (Number(line) < update || !File.Exists(Path.Combine(folder, Last))) continue;
            process.Kill();
            process.WaitForExit();
            Assert.NotEqual(0, process.ExitCode);
            return first;
        }

        throw new InvalidOperationException($"The run ended before update {update}: {process.StandardError.ReadToEnd()}");
    }

    private static long TrainToTheEnd(string folder, int every)
    {
        using var process = TrainingProcess.Start(TrainingProcess.Checkpointed, folder, every.ToString(CultureInfo.InvariantCulture));
        var errors = process.StandardError.ReadToEndAsync();
        var lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, errors.Result);
        return Number(lines[0]);
    }

    private static long Number(string line) => long.Parse(line.Split(' ')[^1], CultureInfo.InvariantCulture);

    /// <summary>Weights and optimiser moments agree within 1e-6.</summary>
    private static void AssertSame(string expected, string found)
    {
        using Checkpoint a = Checkpoint.Open(expected), b = Checkpoint.Open(found);
        Assert.Equal(a.Names.Order(), b.Names.Order());
        foreach (var name in a.Names)
        {
            var difference = a[name].ToSingles().Zip(b[name].ToSingles(), (x, y) => Math.Abs(x - y)).Max();
            Assert.True(difference <= 1e-6, $"{name} differs by {difference}.");
        }
    }

    /// <summary>The files of a run that nobody killed; how often it writes checkpoints changes nothing.</summary>
    public sealed class UninterruptedRun : IDisposable
    {
        public UninterruptedRun() => TrainToTheEnd(Folder.Path, 0);

        internal TemporaryFolder Folder { get; } = new();

        public void Dispose() => Folder.Dispose();
    }
}
