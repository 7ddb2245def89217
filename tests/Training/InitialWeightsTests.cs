using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Training;

[Collection(TorchCollection.Name)]
public sealed class InitialWeightsTests
{
    private static readonly List<Question> Rows = Questions.Make(4);

    [Fact]
    public void Weights_of_a_safetensors_file_are_taken()
    {
        using var folder = new TemporaryFolder();
        var first = TrainingRun.Of(Questions.Options(o => o.CheckpointFolder = folder.Path), Rows);
        var second = TrainingRun.Of(Still(folder.File("last.safetensors"), seed: 99), Rows);
        Assert.Equal(0, TrainingRun.Distance(first.Weights, second.Weights));
    }

    [Fact]
    public void Another_list_of_answers_starts_the_classifier_anew()
    {
        using var folder = new TemporaryFolder();
        var first = TrainingRun.Of(Questions.Options(o => o.CheckpointFolder = folder.Path), Rows);
        var options = Still(folder.File("last.safetensors"), seed: 99);
        options.Answers = ["yes", "no", "perhaps"];
        var second = TrainingRun.Of(options, Rows);
        Assert.All(
            second.Weights.Where(pair => !pair.Key.StartsWith("vil_", StringComparison.Ordinal)),
            pair => Assert.Equal(first.Weights[pair.Key], pair.Value));
        Assert.Equal(3, second.Weights["vil_prediction.logit_fc.3.bias"].Length);
    }

    [Theory]
    [InlineData("weights.bin")]
    [InlineData("weights_legacy.bin")]
    [InlineData("weights_module_prefix.bin")]
    public void Weights_of_PyTorch_files_are_taken(string file)
    {
        using var c = GoldenCases.Get("vilbert", "vltasks-mul-a");
        var model = ViLbertConfig.Parse(c.Config.GetRawText(), c.ToString());
        var rows = Rows.Select(row => row.Clone()).ToList();
        foreach (var row in rows) row.RegionFeatures = [.. Enumerable.Repeat(0.5f, row.RegionBoxes.Length / 4 * model.RegionFeatureSize)];
        var options = Still(c.FilePath(file), seed: 1);
        options.Model = model;
        options.Answers = ["yes", "no", .. Enumerable.Range(0, 15).Select(i => $"answer {i}")];
        var run = TrainingRun.Of(options, rows);
        Assert.All(run.Weights, pair => Assert.Equal(c.Weights[pair.Key].ToSingles(), pair.Value));
    }

    [Fact]
    public void A_checkpoint_of_another_architecture_is_refused()
    {
        using var c = GoldenCases.Get("lxmert", "encoder-a");
        var error = Assert.Throws<CheckpointMismatchException>(() => TrainingRun.Of(Still(c.FilePath("weights.safetensors"), 1), Rows));
        Assert.Contains("weights.safetensors", error.Message, StringComparison.Ordinal);
        Assert.Contains("bert.", error.Message, StringComparison.Ordinal);
        Assert.Contains("missing", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_checkpoint_of_another_size_is_refused()
    {
        using var folder = new TemporaryFolder();
        TrainingRun.Of(Questions.Options(o => o.CheckpointFolder = folder.Path), Rows);
        var options = Still(folder.File("last.safetensors"), 1);
        options.Model = Questions.Model with { TextIntermediateSize = 48 };
        var error = Assert.Throws<CheckpointMismatchException>(() => TrainingRun.Of(options, Rows));
        Assert.Contains("bert.encoder.layer.0.intermediate.dense.weight", error.Message, StringComparison.Ordinal);
        Assert.Contains("48", error.Message, StringComparison.Ordinal);
        Assert.Contains("32", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Training that changes nothing, from given weights.</summary>
    private static VisualQuestionAnsweringOptions Still(string weights, int seed) => Questions.Options(o =>
        (o.InitialWeights, o.Seed, o.LearningRate, o.HeadLearningRate, o.Epochs) = (weights, seed, 0, 0, 1));
}
