using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Tool;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Samples;

/// <summary>The sample, started as users start it.</summary>
public sealed partial class VisualQuestionAnsweringTests(ITestOutputHelper output) : IDisposable
{
    private static readonly string[] Families = ["color", "count", "existence", "position", "shape"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Trains_measures_and_saves_a_model_that_the_tool_opens()
    {
        Render("--scenes", "40", "--val-scenes", "8");
        var run = await Run(_folder.File("scenes"), _folder.File("vqa.zip"), "1", "1");
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal([.. Families, "all"], Accuracies(run.Output).Select(accuracy => accuracy.Family));
        var picture = Directory.GetFiles(_folder.File("scenes/images"))[0];
        string[] score = ["score", "--model", _folder.File("vqa.zip"), "--image", picture, "--question", "is there a circle?"];
        Assert.Equal(0, ToolRun.Run(score).Code);
    }

    [Fact]
    public async Task Says_how_it_is_called()
    {
        var run = await Run(_folder.Path);
        Assert.Equal(2, run.Code);
        Assert.StartsWith("usage: ", run.Error);
    }

    /// <summary>The main job, as ./run.sh does it: every family of questions is learned, whatever the seed.</summary>
    [Theory]
    [InlineData("1")]
    [InlineData("2")]
    [InlineData("3")]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "learning")]
    public async Task Answers_every_family_of_questions_about_unseen_scenes(string seed)
    {
        Render();
        var run = await Run(_folder.File("scenes"), _folder.File("vqa.zip"), seed);
        output.WriteLine($"seed {seed}:\n{run.Output}");
        Assert.True(run.Code == 0, run.Error);
        var accuracies = Accuracies(run.Output);
        Assert.Equal([.. Families, "all"], accuracies.Select(accuracy => accuracy.Family));
        Assert.All(accuracies, accuracy => Assert.InRange(accuracy.Value, accuracy.Family == "all" ? 0.97 : 0.95, 1));
    }

    private void Render(params string[] options)
    {
        var run = ToolRun.Run(["scenes", "--output", _folder.File("scenes"), .. options]);
        Assert.True(run.Code == 0, run.Error);
    }

    private static IReadOnlyList<(string Family, double Value)> Accuracies(string output) =>
    [
        .. AccuracyLine().Matches(output)
            .Select(match => (match.Groups[1].Value, double.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture))),
    ];

    private static async Task<(int Code, string Output, string Error)> Run(params string[] arguments)
    {
        var binaries = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        var program = Path.Combine(
            TestData.RepositoryRoot, "samples", "VisualQuestionAnswering", "bin", binaries.Parent!.Name, binaries.Name,
            "VisualQuestionAnswering.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var texts = await Task.WhenAll(process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, texts[0], texts[1]);
    }

    [GeneratedRegex(@"^(\w+) +(0\.\d+|1\.0+) of \d+$", RegexOptions.Multiline)]
    private static partial Regex AccuracyLine();
}
