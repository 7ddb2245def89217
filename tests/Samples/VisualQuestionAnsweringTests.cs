using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Tool;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Samples;

/// <summary>The sample, started as users start it.</summary>
public sealed class VisualQuestionAnsweringTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Trains_measures_and_saves_a_model_that_the_tool_opens()
    {
        Render("--scenes", "40", "--val-scenes", "8");
        var run = await SampleRun.Start("VisualQuestionAnswering", _folder.File("scenes"), _folder.File("vqa.zip"), "1", "1");
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal([.. SampleRun.Families, "all"], run.Accuracies.Select(accuracy => accuracy.Family));
        var picture = Directory.GetFiles(_folder.File("scenes/images"))[0];
        string[] score = ["score", "--model", _folder.File("vqa.zip"), "--image", picture, "--question", "is there a circle?"];
        Assert.Equal(0, ToolRun.Run(score).Code);
    }

    [Fact]
    public async Task Says_how_it_is_called()
    {
        var run = await SampleRun.Start("VisualQuestionAnswering", _folder.Path);
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
        var run = await SampleRun.Start("VisualQuestionAnswering", _folder.File("scenes"), _folder.File("vqa.zip"), seed);
        output.WriteLine($"seed {seed}:\n{run.Output}");
        Assert.True(run.Code == 0, run.Error);
        var accuracies = run.Accuracies;
        Assert.Equal([.. SampleRun.Families, "all"], accuracies.Select(accuracy => accuracy.Family));
        Assert.All(accuracies, accuracy => Assert.InRange(accuracy.Value, accuracy.Family == "all" ? 0.97 : 0.95, 1));
    }

    private void Render(params string[] options)
    {
        var run = ToolRun.Run(["scenes", "--output", _folder.File("scenes"), .. options]);
        Assert.True(run.Code == 0, run.Error);
    }
}
