using System.Diagnostics;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>Pre-training on the command line, whose process is killed.</summary>
[Collection(TorchCollection.Name)]
public sealed class KilledPretrainingTests : IDisposable
{
    private const int Pictures = 16;

    private readonly TemporaryFolder _folder = new();

    public KilledPretrainingTests()
    {
        Directory.CreateDirectory(_folder.File("images"));
        string[] colours = [.. ColourQuestions.Colours.Keys];
        for (var i = 0; i < Pictures; i++)
            ColourQuestions.WriteImage(_folder.File($"images/{i}.png"), ColourQuestions.Colours[colours[i % 3]], seed: i);
        File.WriteAllLines(_folder.File("c.token"), Enumerable.Range(0, Pictures).Select(i => $"{i}.png#0\ta {colours[i % 3]} picture, number {i}"));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_killed_run_goes_on_and_ends_as_an_uninterrupted_one()
    {
        var whole = ToolRun.Run(Train("whole.zip"));
        Assert.True(whole.Code == 0, whole.Error);

        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "vl.dll"), .. Train("m.zip")]) { RedirectStandardError = true };
        using (var process = Process.Start(start)!)
        {
            while (process.StandardError.ReadLine() is { } line && !line.Contains("epoch 2/", StringComparison.Ordinal)) ;
            process.Kill();
            process.WaitForExit();
            Assert.NotEqual(0, process.ExitCode);
        }

        Assert.True(File.Exists(_folder.File("m.zip.checkpoint/last.safetensors")));
        Assert.False(File.Exists(_folder.File("m.zip")));
        var resumed = ToolRun.Run(Train("m.zip"));
        Assert.True(resumed.Code == 0, resumed.Error);
        Assert.DoesNotContain("epoch 1/", resumed.Error);
        Assert.False(Directory.Exists(_folder.File("m.zip.checkpoint")));

        var (expected, found) = (Weights("whole.zip"), Weights("m.zip"));
        Assert.Equal(expected.Keys.Order(), found.Keys.Order());
        foreach (var (name, values) in expected) GoldenAssert.Close(values, found[name], 1e-6, name);
    }

    private Dictionary<string, float[]> Weights(string zip) => ModelWeights.Of(_folder.File(zip), _folder.File("w.safetensors"));

    private string[] Train(string output) =>
    [
        "train", "pretraining", "--data", _folder.File("c.token"), "--images", _folder.File("images"), "--output", _folder.File(output), "--epochs", "20",
        "--batch-size", "4", "--checkpoint-every", "1", "--device", "cpu", "--threads", "1", "--grid", "2", "--cell-size", "4",
    ];
}
