using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Checkpoints;

/// <summary>Trained weights leave the library under the reference's names, and a model's parameters can be listed.</summary>
[Collection(TorchCollection.Name)]
public class SaveWeightsTests
{
    public static TheoryData<string> Kinds => [.. VisionLanguageModel.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_trained_transformer_saves_weights_that_make_it_again(string kind)
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(1);
        var view = Questions.View(ml, Questions.Make(6));
        var options = Questions.Options(o => (o.Model, o.Epochs) = (Questions.ModelOf(kind), 1));
        using var model = ml.VisionLanguage().Trainers.VisualQuestionAnswering(options).Fit(view);
        ml.VisionLanguage().Save(model, view.Schema, folder.File("m.zip"));

        // Also of a model that was loaded.
        using var loaded = (VisualQuestionAnsweringTransformer)ml.VisionLanguage().Load(folder.File("m.zip"));
        loaded.SaveWeights(folder.File("w.safetensors"));
        using var again = ml.VisionLanguage().LoadCheckpoint(folder.File("w.safetensors"), model.Model, model.Answers).Transformer;

        Assert.Equal(Scores(model.Transform(view)), Scores(again.Transform(view)));
        using var checkpoint = Checkpoint.Open(folder.File("w.safetensors"));
        var listed = ml.VisionLanguage().ListParameters(model.Model, model.Answers.Count);
        Assert.Equal(listed.Select(parameter => parameter.Name).Order(), checkpoint.Names.Order());
        Assert.All(listed, parameter => Assert.Equal(parameter.Shape, checkpoint[parameter.Name].Shape));

        // A training goes on from them.
        options.InitialWeights = folder.File("w.safetensors");
        ml.VisionLanguage().Trainers.VisualQuestionAnswering(options).Fit(view).Dispose();
    }

    [Fact]
    public void A_disposed_transformer_saves_nothing_and_a_bad_place_is_named()
    {
        using var folder = new TemporaryFolder();
        var ml = new MLContext(1);
        var model = ml.VisionLanguage().Trainers.VisualQuestionAnswering(Questions.Options(o => o.Epochs = 1))
            .Fit(Questions.View(ml, Questions.Make(4)));

        Assert.Contains("missing", Assert.ThrowsAny<IOException>(() => model.SaveWeights(folder.File("missing/w.safetensors"))).Message);
        model.Dispose();
        Assert.Throws<ObjectDisposedException>(() => model.SaveWeights(folder.File("w.safetensors")));
    }

    private static float[] Scores(IDataView view) => [.. view.GetColumn<float[]>("Score").SelectMany(scores => scores)];
}
