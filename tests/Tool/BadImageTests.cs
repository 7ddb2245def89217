using MLNet.VisionLanguage.Tests.Images;
using MLNet.VisionLanguage.Tests.Support;
using SkiaSharp;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>
/// What the commands do about image files that cannot be read, and about such as viewers show otherwise than they are stored.
/// </summary>
public sealed class BadImageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_command_names_a_bad_image_and_leaves_it_out_on_request()
    {
        var data = _folder.File("train");
        ColourQuestions.WriteEasyVqa(data, 6);
        File.WriteAllText(Path.Combine(data, "images", "4.png"), "<!DOCTYPE html><html>404</html>");
        var model = _folder.File("m.zip");
        string[] set = ["--layout", "easy-vqa", data];
        string[] train = ["train", "vqa", .. set, "--output", model, "--epochs", "1", "--grid", "2", "--cell-size", "2", "--device", "cpu"];
        ToolRun.Run(train).AssertFailed(1, "2 questions whose image cannot be read", "question 8", "4.png", "web page");
        var trained = ToolRun.Run([.. train, "--skip-problems"]);
        Assert.True(trained.Code == 0, trained.Error);
        Assert.Contains("vl: left out 2 questions whose image cannot be read", trained.Error);

        var results = _folder.File("r.json");
        string[] score = ["score", "--model", model, .. set, "--output", results];
        ToolRun.Run(score).AssertFailed(1, "question 8", "4.png", "web page");
        Assert.False(File.Exists(results));
        Assert.Contains("wrote 10 answers", ToolRun.Run([.. score, "--skip-problems"]).Error);

        string[] evaluate = ["evaluate", "vqa", .. set, "--model", model];
        ToolRun.Run(evaluate).AssertFailed(1, "question 8", "4.png", "web page");
        Assert.InRange(ToolRun.Run([.. evaluate, "--skip-problems"]).Json().GetProperty("overall").GetDouble(), 0, 100);

        // Results alone are measured without a look at the images: these lack the answers to two questions.
        var measured = ToolRun.Run(["evaluate", "vqa", .. set, "--results", results]);
        measured.AssertFailed(1, "r.json");
        Assert.DoesNotContain("4.png", measured.Error);
        var bad = Path.Combine(data, "images", "4.png");
        var one = ToolRun.Run("score", "--model", model, "--image", bad, "--question", "is the picture red?");
        one.AssertFailed(1, "4.png", "it is a web page (HTML), not a picture");
        Assert.DoesNotContain("read as an image.", one.Error);
    }

    [Fact]
    public void A_picture_is_answered_about_as_a_viewer_shows_it()
    {
        var data = _folder.File("train");
        ColourQuestions.WriteEasyVqa(data, 6);
        var model = _folder.File("m.zip");
        Assert.Equal(0, ToolRun.Run(
            "train", "vqa", "--layout", "easy-vqa", data, "--output", model, "--epochs", "1", "--grid", "2", "--cell-size", "2",
            "--device", "cpu").Code);
        var upright = Pictures.Encode(20, 10, (x, y) => Pictures.Quarters(x, y, 20, 10), SKEncodedImageFormat.Png);
        var turned = Pictures.Encode(20, 10, (x, y) => Pictures.Quarters(19 - x, 9 - y, 20, 10), SKEncodedImageFormat.Png);
        byte[] marked = [.. turned[..33], .. PngBuilder.Chunk("eXIf", Pictures.Exif(3)), .. turned[33..]];
        Assert.Equal(Answer("upright.png", upright), Answer("marked.png", marked));
        Assert.NotEqual(Answer("upright.png", upright), Answer("turned.png", turned));

        string Answer(string name, byte[] file)
        {
            var path = _folder.Write(name, file);
            var run = ToolRun.Run("score", "--model", model, "--image", path, "--question", "is the picture red?", "--top", "1", "--json");
            return run.Json().GetProperty("answers").ToString();
        }
    }
}
