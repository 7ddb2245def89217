using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Scoring;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Persistence;

/// <summary>The empty answer, the first of the reference's 3129, keeps its place in a saved model.</summary>
public sealed class EmptyAnswerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Every_answer_keeps_its_place()
    {
        var ml = new MLContext(1);
        string[] answers = ["", .. AnswerFixture.Settings.Answers.Skip(1)];
        var path = _folder.File("model.zip");
        var data = ml.Data.LoadFromEnumerable(AnswerFixture.Rows(3));
        using (var made = AnswerFixture.Create(ml, AnswerFixture.Settings with { Answers = answers }))
            ml.VisionLanguage().Save(made, data.Schema, path);
        using var restored = Assert.IsType<VisualQuestionAnsweringTransformer>(ml.VisionLanguage().Load(path));
        Assert.Equal(answers, restored.Answers);

        // ML.NET has no key for an empty text: a plainly loaded model predicts a missing key for it, and the right text for every other.
        foreach (var (model, keys) in new (ITransformer, string[])[] { (restored, answers), (ml.Model.Load(path, out _), answers[1..]) })
        {
            var schema = model.Transform(data).Schema;
            VBuffer<ReadOnlyMemory<char>> names = default;
            schema["Score"].GetSlotNames(ref names);
            Assert.Equal(answers, names.DenseValues().Select(name => name.ToString()));
            schema["PredictedLabel"].GetKeyValues(ref names);
            Assert.Equal(keys, names.DenseValues().Select(name => name.ToString()));
        }
    }

    public void Dispose() => _folder.Dispose();
}
