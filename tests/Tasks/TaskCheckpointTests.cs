using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tasks;

/// <summary>Weights of a task from a checkpoint file to a scorer, and files that have not what it needs.</summary>
[Collection(TorchCollection.Name)]
public sealed class TaskCheckpointTests : IDisposable
{
    private readonly MLContext _ml = new(1);
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string, string> Cases => TaskCase.WithModels;

    private string Path => _folder.File("weights.safetensors");

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_checkpoint_scores_as_what_it_was_saved_from(string name, string kind)
    {
        var view = TaskRows.View(_ml, TaskRows.Make(6));
        var (saved, expected) = TaskCase.All[name].Fresh(_ml, Questions.ModelOf(kind), TaskRows.Make(6));
        using (saved) saved.SaveWeights(Path);

        var (loaded, match) = Load(TaskCase.All[name], Questions.ModelOf(kind));
        using (loaded)
        {
            var scores = loaded.Transform(view).GetColumn<float[]>("Score").ToList();
            for (var i = 0; i < scores.Count; i++) GoldenAssert.Close(expected[i], scores[i], 1e-5, $"row {i}");
        }

        Assert.Empty(match.Unexpected);
        Assert.Empty(match.Mismatched);
    }

    [Fact]
    public void A_checkpoint_of_another_task_or_number_of_classes_is_refused()
    {
        var (saved, _) = TaskCase.All["entailment"].Fresh(_ml, Questions.Model, TaskRows.Make(1));
        using (saved) saved.SaveWeights(Path);

        Assert.Contains("vil_logit.weight", Refused(() => _ml.VisionLanguage().LoadMultipleChoice(Path, Questions.Model)));
        Assert.Contains("vil_binary_prediction", Refused(() => _ml.VisionLanguage().LoadVisualReasoning(Path, Questions.Model)));
        Assert.Contains(
            "the classifier vil_tri_prediction tells 3 answers apart; the list has 2",
            Refused(() => _ml.VisionLanguage().LoadVisualEntailment(Path, Questions.Model, ["yes", "no"])));
        Assert.Contains("LXMERT", Refused(() => _ml.VisionLanguage().LoadVisualEntailment(Path, Questions.ModelOf("lxmert"))));

        static string Refused(Action load) => Assert.Throws<CheckpointMismatchException>(load).Message;
    }

    private (TaskTransformer Transformer, ParameterMatch Match) Load(TaskCase task, VisionLanguageModel model)
    {
        switch (task.Name)
        {
            case "entailment":
                var entailment = _ml.VisionLanguage().LoadVisualEntailment(Path, model);
                return (entailment.Transformer, entailment.Match);
            case "reasoning":
                var reasoning = _ml.VisionLanguage().LoadVisualReasoning(Path, model);
                return (reasoning.Transformer, reasoning.Match);
            default:
                var choice = _ml.VisionLanguage().LoadMultipleChoice(Path, model, task.Names);
                return (choice.Transformer, choice.Match);
        }
    }
}
