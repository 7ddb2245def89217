using System.Diagnostics;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Lifetimes;

/// <summary>Temporary files go with their process, however it ends.</summary>
public sealed class TemporaryFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _temporary;

    public TemporaryFileTests() => _temporary = Directory.CreateDirectory(_folder.File("tmp")).FullName;

    public void Dispose() => _folder.Dispose();

    [SkippableTheory]
    [InlineData("TERM")]
    [InlineData("INT")]
    [InlineData("HUP")]
    [InlineData("return")]
    [InlineData("throw")]
    public void A_process_that_ends_leaves_nothing(string end)
    {
        Skip.If(OperatingSystem.IsWindows(), "signals are POSIX's");
        Skip.If(IsIgnored(end), $"these tests were started with {end} ignored (nohup, a job in the background), and so is what they start");
        using var process = HoldingProcess.Start(_temporary, _folder.File("m.zip"));
        Assert.NotEmpty(Left());
        if (char.IsLower(end[0])) process.StandardInput.WriteLine(end);
        else Signal(process, end);
        Assert.True(process.WaitForExit(60_000));
        Assert.Equal(end == "return", process.ExitCode == 0);
        Assert.Empty(Left());
    }

    [SkippableFact]
    public void The_next_process_removes_what_a_killed_one_left_and_nothing_of_those_that_live()
    {
        Skip.If(OperatingSystem.IsWindows(), "signals are POSIX's");
        using var living = HoldingProcess.Start(_temporary, _folder.File("living.zip"));
        var own = Left();
        using var killed = HoldingProcess.Start(_temporary, _folder.File("killed.zip"));
        killed.Kill();
        killed.WaitForExit();
        Assert.NotEmpty(Left().Except(own));
        using var next = HoldingProcess.Start(_temporary, _folder.File("next.zip"));
        next.StandardInput.WriteLine("return");
        Assert.True(next.WaitForExit(60_000));
        Assert.Equal(own, Left());
        living.StandardInput.WriteLine("return");
        Assert.True(living.WaitForExit(60_000));
        Assert.Empty(Left());
    }

    [Fact]
    public void What_a_killed_process_left_beside_a_file_goes_when_the_file_is_written_again()
    {
        var path = _folder.File("m.zip");
        var left = _folder.Write($"m.zip.4711-{Guid.NewGuid():N}.tmp", "half"u8);
        var other = _folder.Write("m.zip.backup", "mine"u8);
        AtomicFile.Write(path, stream => stream.WriteByte(1));
        Assert.False(File.Exists(left));
        Assert.Equal([1], File.ReadAllBytes(path));
        Assert.Equal("mine", File.ReadAllText(other));
    }

    /// <summary>All that lies in the temporary folder, but for what .NET and ONNX Runtime (.ses) keep there for themselves.</summary>
    private List<string> Left() =>
    [
        .. Directory.EnumerateFileSystemEntries(_temporary, "*", SearchOption.AllDirectories)
            .Where(path => !path.Contains("dotnet", StringComparison.Ordinal) && Path.GetFileName(path) != ".ses").Order(),
    ];

    private static bool IsIgnored(string signal)
    {
        const string Ignored = "SigIgn:";
        var number = signal switch { "HUP" => 1, "INT" => 2, "TERM" => 15, _ => 0 };
        if (number == 0 || !File.Exists("/proc/self/status")) return false;
        var mask = File.ReadLines("/proc/self/status").FirstOrDefault(line => line.StartsWith(Ignored, StringComparison.Ordinal));
        return mask is not null && (Convert.ToUInt64(mask[Ignored.Length..].Trim(), 16) >> (number - 1) & 1) == 1;
    }

    private static void Signal(Process process, string signal)
    {
        // Redirected, because a child that shares the terminal makes .NET set the terminal up for it, which stops a run in the background.
        using var kill = Process.Start(new ProcessStartInfo("kill", ["-s", signal, $"{process.Id}"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        kill.WaitForExit();
    }
}
