using Microsoft.ML;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Images;

/// <summary>A picture that cannot be read is named with its row, also where nobody asked for the row's id.</summary>
[Collection(TorchCollection.Name)]
public sealed class UnreadableRowTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Training_names_the_row_and_the_file()
    {
        Tool.ColourQuestions.WriteImage(_folder.File("good.png"), [1, 2, 3], seed: 1);
        _folder.Write("bad.png", "<html>404</html>"u8);
        var view = _ml.Data.LoadFromEnumerable(Enumerable.Range(0, 6).Select(i => new VqaExample
        {
            QuestionId = $"{100 + i}",
            ImagePath = i == 4 ? "bad.png" : "good.png",
            Question = "is it?",
            Answers = ["yes"],
            AnswerScores = [1],
        }));
        var pipeline = _ml.Transforms.LoadImageFiles("Image", _folder.Path, "ImagePath")
            .Append(_ml.Transforms.ExtractGridFeatures("Image", grid: 2, cellSize: 2))
            .Append(_ml.Transforms.TokenizeText(BertVocabulary.Build(["is it?"]), "Question"))
            .Append(_ml.VisionLanguage().Trainers.VisualQuestionAnswering(VisualQuestionAnsweringOptions.FromScratch(epochs: 1)));

        var error = RowErrors.Throws<UnreadableImageException>(() => pipeline.Fit(view));
        Assert.StartsWith("LoadImageFiles: row 4 (QuestionId 104), column 'ImagePath': '", error.Message);
        Assert.Equal(_folder.File("bad.png"), error.FilePath);
    }
}
