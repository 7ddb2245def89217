using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tests.GoldenRunners;
using MLNet.VisionLanguage.Tests.Support;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Training;

[Collection(TorchCollection.Name)]
public sealed class AttentionColumnTests
{
    private static readonly List<Question> Rows = Questions.Make(10);

    private readonly MLContext _ml = new(1);

    [Theory]
    [InlineData("vilbert", false)]
    [InlineData("vilbert", true)]
    [InlineData("lxmert", false)]
    [InlineData("vlbert", false)]
    public void Each_token_tells_how_it_looks_at_each_region(string kind, bool taskTokens)
    {
        using var folder = new TemporaryFolder();
        var view = Questions.View(_ml, Rows);
        var model = Questions.ModelOf(kind);
        if (taskTokens) model = Questions.Model with { TaskTokens = true };
        var options = Questions.Options(o => (o.Model, o.Epochs, o.AttentionColumnName, o.ScoringBatchSize) = (model, 1, "Looks", 7));
        using var transformer = _ml.VisionLanguage().Trainers.VisualQuestionAnswering(options).Fit(view);
        var expected = transformer.Transform(view).GetColumn<float[]>("Looks").ToList();
        for (var i = 0; i < Rows.Count; i++)
        {
            var regions = Rows[i].RegionBoxes.Length / 4;
            Assert.Equal(Rows[i].InputIds.Length * regions, expected[i].Length);
            Assert.All(expected[i].Chunk(regions), row => Assert.InRange(row.Sum(), 1e-3, 1.0001));
            if (kind == "lxmert") Assert.All(expected[i].Chunk(regions), row => Assert.Equal(1, row.Sum(), 1e-4));
        }

        var path = folder.File("model.zip");
        _ml.Model.Save(transformer, view.Schema, path);
        foreach (var loaded in new[] { new MLContext(2).Model.Load(path, out _), new MLContext(3).VisionLanguage().Load(path) })
        {
            var found = loaded.Transform(view).GetColumn<float[]>("Looks").ToList();
            for (var i = 0; i < Rows.Count; i++) GoldenAssert.Close(expected[i], found[i], 1e-5, $"row {i}");
        }

        // Without the column the same weights score the same.
        transformer.SaveWeights(folder.File("weights.safetensors"));
        var answers = transformer.Answers;
        var without = _ml.VisionLanguage().LoadCheckpoint(folder.File("weights.safetensors"), model, answers).Transformer;
        using (without)
        {
            Assert.Null(without.GetOutputSchema(view.Schema).GetColumnOrNull("Attention"));
            var scores = transformer.Transform(view).GetColumn<float[]>("Score").Zip(without.Transform(view).GetColumn<float[]>("Score")).ToList();
            Assert.All(scores, pair => GoldenAssert.Close(pair.First, pair.Second, 1e-5, "scores"));
        }
    }

    [Fact]
    public void It_is_the_last_co_attention_that_the_golden_cases_hold()
    {
        using var folder = new TemporaryFolder();
        var view = Questions.View(_ml, Rows);
        var options = Questions.Options(o => (o.Epochs, o.AttentionColumnName) = (1, "Looks"));
        using var transformer = _ml.VisionLanguage().Trainers.VisualQuestionAnswering(options).Fit(view);
        var shown = transformer.Transform(view).GetColumn<float[]>("Looks").ToList();
        transformer.SaveWeights(folder.File("weights.safetensors"));
        using var checkpoint = Checkpoint.Open(folder.File("weights.safetensors"));
        using var scope = NewDisposeScope();
        var parameters = TorchGolden.Parameters(transformer.TaskSettings.ToNetwork().Parameters(), checkpoint);
        for (var i = 0; i < 4; i++)
        {
            var row = Rows[i];
            Tensor Longs(long[] values) => torch.tensor(values, [1, values.Length], dtype: ScalarType.Int64);
            Tensor Floats(float[] values, long width) => torch.tensor(values, [1, values.Length / width, width]);
            Tensor? last = null;
            Questions.Model.Build(
                new TorchEngine(parameters),
                new ModelInputs<Tensor>(
                    Longs(row.InputIds), Longs(row.AttentionMask), Longs(row.TokenTypeIds), Floats(row.RegionFeatures, Questions.FeatureSize),
                    Floats(row.RegionBoxes, 4), torch.tensor(row.ImageSize, [1, 2])),
                (name, value) => last = name == "attention.c.1.attn1" ? value : last);

            // Region 0 is the whole image.
            var mean = last!.mean([1]).slice(2, 1, last.shape[3], 1).contiguous();
            GoldenAssert.Close(TorchGolden.ToArray(mean), shown[i], 1e-5, $"row {i}");
        }
    }

    [Fact]
    public void A_model_without_co_attention_has_none_to_show()
    {
        var options = Questions.Options(o =>
            (o.Model, o.AttentionColumnName) = (Questions.Model with { CoAttention = false }, "Looks"));
        var error = Assert.Throws<ArgumentException>(
            () => _ml.VisionLanguage().Trainers.VisualQuestionAnswering(options).Fit(Questions.View(_ml, Rows)));
        Assert.Contains("no layer in which the text reads the regions", error.Message, StringComparison.Ordinal);
    }
}
