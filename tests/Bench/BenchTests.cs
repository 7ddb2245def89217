using System.Diagnostics;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Bench;

/// <summary>What bench/run.sh compares computes the same, with small models and no regard to time.</summary>
[Collection(TorchCollection.Name)]
public sealed class BenchTests
{
    [Fact]
    public void The_programs_that_are_measured_beside_each_other_give_the_same()
    {
        using var folder = new TemporaryFolder();
        var (code, output, errors) = Run("scoring", "latency", "tokenizer", "--tiny", "--rounds", "1", "--folder", folder.Path);

        Assert.True(code == 0, output + errors);

        // Two more where the machine has PyTorch.
        var python = output.Contains("no python3 here imports torch", StringComparison.Ordinal) ? 0 : 2;
        Assert.Equal(8 + python, output.Split("outputs agree").Length - 1);
        Assert.Equal(output.ReplaceLineEndings("\n"), File.ReadAllText(folder.File("results.md")));
    }

    [Fact]
    public void Trainings_are_measured_in_processes_of_their_own()
    {
        using var folder = new TemporaryFolder();
        var (code, output, errors) = Run("training", "--tiny", "--rounds", "1", "--folder", folder.Path);

        Assert.True(code == 0, output + errors);
        Assert.Equal(8, output.Split(" rows/s").Length - 1);
    }

    [Fact]
    public void An_unknown_section_is_named()
    {
        var (code, _, errors) = Run("no-such");

        Assert.Equal(2, code);
        Assert.Contains("'no-such' is no section", errors, StringComparison.Ordinal);
    }

    private static (int Code, string Output, string Errors) Run(params string[] arguments)
    {
        var own = new DirectoryInfo(AppContext.BaseDirectory);
        var program = Path.Combine(
            TestData.RepositoryRoot, "bench", "MLNet.VisionLanguage.Bench", "bin", own.Parent!.Name, own.Name, "MLNet.VisionLanguage.Bench.dll");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, errors.GetAwaiter().GetResult());
    }
}
