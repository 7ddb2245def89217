using Microsoft.ML;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Tool;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Samples;

/// <summary>The sample that answers questions about what its own detector finds.</summary>
public sealed class DetectedRegionsTests(ITestOutputHelper output) : IDisposable
{
    private const string Sample = "DetectedRegions";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Finds_answers_saves_and_draws()
    {
        Render("--scenes", "24", "--val-scenes", "6");
        var run = await SampleRun.Start(Sample, _folder.File("scenes"), _folder.File("regions.zip"), "1", "1", "1");
        Assert.True(run.Code == 0, run.Error);
        Assert.Equal([.. SampleRun.Families, "all"], run.Accuracies.Select(accuracy => accuracy.Family));

        // One file, from picture and question to answer, for the tool and for plain ML.NET.
        var picture = Directory.GetFiles(_folder.File("scenes/images"))[0];
        var score = ToolRun.Run("score", "--model", _folder.File("regions.zip"), "--image", picture, "--question", "is there a circle?");
        Assert.True(score.Code == 0, score.Error);
        var ml = new MLContext();
        var questions = VqaDataset.Load(_folder.File("scenes/val_questions.json"), null, _folder.File("scenes/images")).ToDataView(ml);
        using var cursor = ml.Model.Load(_folder.File("regions.zip"), out _).Transform(questions) is var view
            ? view.GetRowCursor([view.Schema["Score"], view.Schema["RegionClasses"]])
            : null;
        Assert.True(cursor!.MoveNext());

        var page = File.ReadAllText(_folder.File("regions.html"));
        Assert.Contains("<rect x=", page);
        Assert.Contains("data:image/png;base64,", page);
        Assert.Matches(">(red|green|blue|yellow|purple|orange) (circle|square|triangle|cross) [01]\\.\\d\\d</text>", page);
    }

    [Fact]
    public async Task Says_how_it_is_called()
    {
        var run = await SampleRun.Start(Sample, _folder.Path);
        Assert.Equal(2, run.Code);
        Assert.StartsWith("usage: ", run.Error);
    }

    /// <summary>The detector learns in four minutes, all together in fifteen; about scenes that no number of epochs was chosen by.</summary>
    [Fact]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "detector")]
    public async Task Answers_every_family_of_questions_about_regions_found_in_unseen_scenes()
    {
        Render("--seed", "2");
        var run = await SampleRun.Start(Sample, _folder.File("scenes"), _folder.File("regions.zip"), "1");
        output.WriteLine(run.Output);
        Assert.True(run.Code == 0, run.Error);
        Assert.InRange(run.After("AP50"), 0.90, 1);
        Assert.All(run.Accuracies, accuracy => Assert.InRange(accuracy.Value, accuracy.Family == "all" ? 0.95 : 0.90, 1));
        Assert.InRange(run.After("detector trained in"), 0, 240);
        Assert.InRange(run.After("all trained in"), 0, 900);
    }

    private void Render(params string[] options)
    {
        var run = ToolRun.Run(["scenes", "--output", _folder.File("scenes"), .. options]);
        Assert.True(run.Code == 0, run.Error);
    }
}
