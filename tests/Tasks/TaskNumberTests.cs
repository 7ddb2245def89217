using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tasks;

/// <summary>The number of its task that a ViLBERT with task_specific_tokens is told.</summary>
[Collection(TorchCollection.Name)]
public sealed class TaskNumberTests
{
    private static readonly VisionLanguageModel Told = Questions.Model with { TaskTokens = true };

    private readonly MLContext _ml = new(1);

    [Fact]
    public void It_chooses_the_row_of_the_table_and_is_saved()
    {
        using var folder = new TemporaryFolder();
        var view = TaskRows.View(_ml, TaskRows.Make(5));
        var options = TaskCase.All["choice"].Options(Told, 1);
        options.TaskNumber = 6;
        var estimator = TaskCase.All["choice"].Train(_ml, options);
        var trained = estimator.Fit(view);
        using (trained)
        {
            trained.SaveWeights(folder.File("w.safetensors"));
            _ml.Model.Save(trained, view.Schema, folder.File("m.zip"));
        }

        string[] choices = ["0", "1", "2"];
        MultipleChoiceTransformer Load(int? number) => _ml.VisionLanguage().LoadMultipleChoice(folder.File("w.safetensors"), Told, choices, taskNumber: number).Transformer;
        using var sixth = Load(6);
        using var usual = Load(null);
        using var fifth = Load(5);
        var saved = new MLContext().VisionLanguage().Load(folder.File("m.zip"));
        var plain = new MLContext().Model.Load(folder.File("m.zip"), out _);
        GoldenAssert.Close(Scores(sixth), Scores(saved), 1e-5, "saved");
        GoldenAssert.Close(Scores(sixth), Scores(plain), 1e-5, "plain");
        GoldenAssert.Close(Scores(fifth), Scores(usual), 1e-6, "vcr's answers");
        Assert.NotEqual(Scores(fifth), Scores(sixth));
        (saved as IDisposable)?.Dispose();

        float[] Scores(ITransformer model) => [.. model.Transform(view).GetColumn<float[]>("Score").SelectMany(row => row)];
    }

    [Fact]
    public void There_are_twenty()
    {
        var options = TaskCase.All["entailment"].Options(Told, 1);
        options.TaskNumber = 20;
        var error = Assert.ThrowsAny<ArgumentException>(() => TaskCase.All["entailment"].Train(_ml, options).Fit(TaskRows.View(_ml, TaskRows.Make(3))));
        Assert.Contains("TaskNumber must be from 0 to 19", error.Message);
    }
}
