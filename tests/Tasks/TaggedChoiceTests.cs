using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tasks;

/// <summary>VL-BERT's multiple choice with texts whose tokens carry the objects that they name, as in VCR.</summary>
[Collection(TorchCollection.Name)]
public sealed class TaggedChoiceTests
{
    private readonly MLContext _ml = new(1);

    [Fact]
    public void Texts_that_differ_in_their_tags_alone_are_told_apart_and_so_they_are_by_the_saved_model()
    {
        using var folder = new TemporaryFolder();
        var rows = Make(80);
        var view = _ml.Data.LoadFromEnumerable(rows);
        using var transformer = _ml.VisionLanguage().Trainers.MultipleChoice(Options(40)).Fit(view);
        var scores = Scores(transformer.Transform(view));
        Assert.InRange(Right(scores, rows), 72, 80);

        // Without the tags the two texts are one.
        using var blind = _ml.VisionLanguage().Trainers.MultipleChoice(Options(2, tags: false)).Fit(view);
        Assert.All(Scores(blind.Transform(view)), row => Assert.Equal(row[0], row[1], 1e-5));

        _ml.Model.Save(transformer, view.Schema, folder.File("m.zip"));
        foreach (var loaded in new[] { new MLContext(2).Model.Load(folder.File("m.zip"), out _), new MLContext(3).VisionLanguage().Load(folder.File("m.zip")) })
        {
            foreach (var (expected, found) in scores.Zip(Scores(loaded.Transform(view)))) GoldenAssert.Close(expected, found, 1e-5, "scores");
        }

        transformer.SaveWeights(folder.File("w.safetensors"));
        var checkpoint = _ml.VisionLanguage().LoadMultipleChoice(
            folder.File("w.safetensors"), Questions.ModelOf("vlbert"), ["0", "1"], regionTagsColumnName: "RegionTags");
        using var opened = checkpoint.Transformer;
        foreach (var (expected, found) in scores.Zip(Scores(opened.Transform(view)))) GoldenAssert.Close(expected, found, 1e-5, "scores");
    }

    [Theory]
    [InlineData("vilbert")]
    [InlineData("lxmert")]
    public void Other_models_are_not_told_which_objects_their_tokens_are_about(string kind)
    {
        var options = Options(1);
        options.Model = Questions.ModelOf(kind);
        var error = Assert.Throws<ArgumentException>(() => _ml.VisionLanguage().Trainers.MultipleChoice(options));
        Assert.Contains("Option RegionTagsColumnName", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tags_that_are_missing_or_no_numbers_of_objects_are_refused()
    {
        var rows = Make(4);
        rows[2].RegionTags1 = [0];
        Refused("row 2", "column 'RegionTags1' has 1 values; 3 are expected");
        rows = Make(4);
        rows[3].RegionTags0[1] = -1;
        Refused("row 3", "column 'RegionTags0': value 1 is -1");

        void Refused(params string[] parts)
        {
            var error = Assert.Throws<InvalidDataException>(
                () => _ml.VisionLanguage().Trainers.MultipleChoice(Options(1)).Fit(_ml.Data.LoadFromEnumerable(rows)));
            Assert.All(parts, part => Assert.Contains(part, error.Message, StringComparison.Ordinal));
        }
    }

    private static MultipleChoiceOptions Options(int epochs, bool tags = true) => new()
    {
        Model = Questions.ModelOf("vlbert"),
        Choices = ["0", "1"],
        RegionTagsColumnName = tags ? "RegionTags" : null,
        Epochs = epochs,
        BatchSize = 16,
        LearningRate = 3e-3,
        HeadLearningRate = null,
        CorrectBias = true,
        Initialization = WeightInitialization.Xavier,
        Schedule = LearningRateSchedule.WarmupConstant,
        Device = TrainingDevice.Cpu,
        Threads = 1,
        Seed = 3,
    };

    /// <summary>An image of two regions, of which the right choice's token is about the one with colour 0; the words are the same.</summary>
    private static List<Row> Make(int count)
    {
        var random = new Random(1);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            int right = random.Next(2), place = random.Next(2);
            float[] Feature(int colour) =>
                [.. Enumerable.Range(0, Questions.FeatureSize).Select(i => (i == colour ? 1f : 0) + (0.1f * random.NextSingle()))];
            return new Row
            {
                RegionFeatures = [.. Feature(place == 0 ? 0 : 1), .. Feature(place == 0 ? 1 : 0)],
                RegionTags0 = [0, 1 + (right == 0 ? place : 1 - place), 0],
                RegionTags1 = [0, 1 + (right == 1 ? place : 1 - place), 0],
                Label = $"{right}",
            };
        })];
    }

    private static float[][] Scores(IDataView view) => [.. view.GetColumn<float[]>("Score")];

    private static int Right(float[][] scores, List<Row> rows) =>
        scores.Zip(rows).Count(pair => (pair.First[0] > pair.First[1] ? "0" : "1") == pair.Second.Label);

    private sealed class Row
    {
        public float[] RegionFeatures { get; set; } = [];

        public float[] RegionBoxes { get; set; } = [0, 5, 8, 20, 10, 5, 18, 20];

        [VectorType(2)]
        public float[] ImageSize { get; set; } = [40, 30];

        public long[] InputIds0 { get; set; } = [2, 9, 3];

        public long[] AttentionMask0 { get; set; } = [1, 1, 1];

        public long[] TokenTypeIds0 { get; set; } = [0, 0, 0];

        public long[] RegionTags0 { get; set; } = [];

        public long[] InputIds1 { get; set; } = [2, 9, 3];

        public long[] AttentionMask1 { get; set; } = [1, 1, 1];

        public long[] TokenTypeIds1 { get; set; } = [0, 0, 0];

        public long[] RegionTags1 { get; set; } = [];

        public string Label { get; set; } = "";
    }
}
