using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tool.Tasks;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>What the tool takes its user's files and options for.</summary>
public sealed class OwnFilesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_file_that_is_read_is_not_written_over()
    {
        var questions = _folder.File("q.json");
        File.WriteAllText(questions, "{}");
        var other = Path.Combine(_folder.Path, ".", "q.json");
        ToolRun.Run("train", "vqa", "--questions", questions, "--annotations", "a.json", "--images", _folder.Path, "--output", other)
            .AssertFailed(2, "--output", "--questions", "it would be lost");
        ToolRun.Run("score", "--model", questions, "--questions", "q.json", "--images", _folder.Path, "--output", questions)
            .AssertFailed(2, "--output", "--model");
        ToolRun.Run("retrieve", "--model", questions, "--query", "a", "--images", _folder.Path, "--report", questions).AssertFailed(2, "--report", "--model");
        Assert.Equal("{}", File.ReadAllText(questions));
    }

    [Theory]
    [InlineData("lxmert")]
    [InlineData("vlbert")]
    public void The_small_model_is_of_the_kind_that_is_told(string kind)
    {
        ColourQuestions.WriteEasyVqa(_folder.File("data"), 6);
        var run = ToolRun.Run(
            "train", "vqa", "--layout", "easy-vqa", _folder.File("data"), "--output", _folder.File("m.zip"), "--kind", kind, "--epochs", "1",
            "--device", "cpu", "--threads", "1", "--grid", "1", "--coarse-grid", "0", "--cell-size", "4");
        Assert.True(run.Code == 0, run.Error);
        var ml = new MLContext(1);
        var parts = (IEnumerable<ITransformer>)ml.VisionLanguage().Load(_folder.File("m.zip"));
        using var model = (VisualQuestionAnsweringTransformer)parts.Last();
        Assert.Equal(kind, model.Model.Kind);
    }

    /// <summary>A data set's boxes are in the pixels of its files, however large these are.</summary>
    [Fact]
    public void A_large_picture_with_boxes_keeps_its_pixels()
    {
        const int Width = 2400, Height = 1000;
        using (var image = MLImage.CreateFromPixels(Width, Height, MLPixelFormat.Rgba32, new byte[Width * Height * 4])) image.Save(_folder.File("large.png"));
        var ml = new MLContext(1);
        float[] box = [2200, 900, 2390, 990];
        var rows = ml.Data.LoadFromEnumerable([new Row { ImagePath = _folder.File("large.png"), Own = box }]);
        var grid = new GridFeatureOptions { CellSize = 4 };
        var looked = new ImageSource { BoxesColumn = nameof(Row.Own) }.Open(ml, grid).Fit(rows).Transform(rows);
        Assert.Equal(box, looked.GetColumn<float[]>(grid.RegionBoxesColumnName).Single());
        Assert.Equal([Width, Height], looked.GetColumn<float[]>(grid.ImageSizeColumnName).Single());
    }

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";

        public float[] Own { get; set; } = [];
    }
}
