using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>VL-BERT that learns with its backbone, from pictures and boxes to answers.</summary>
[Collection(TorchCollection.Name)]
public sealed class BackboneTrainingTests : IDisposable
{
    private static readonly string[] Colours = ["red", "green", "blue"];

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_learns_what_is_in_the_box_of_pictures_of_other_sizes_too()
    {
        var options = Options(epochs: 12);
        var losses = new List<TrainingProgress>();
        options.Progress = new Collect(losses);
        var train = _ml.Data.LoadFromEnumerable(Make(80, 1));
        using var model = Pipeline(options).Fit(train);
        Assert.True(losses[^1].Loss < losses[0].Loss / 4, $"{losses[0].Loss} {losses[^1].Loss}");

        // Without the boxes there is nothing to tell the colours by: each picture has two.
        var unseen = Make(40, 2);
        var data = _ml.Data.LoadFromEnumerable(unseen);
        var found = Read(model.Transform(data));
        Assert.InRange(found.Zip(unseen).Count(pair => model.LastTransformer.Answers[(int)pair.First.PredictedLabel - 1] == pair.Second.Answers), 36, 40);

        _ml.VisionLanguage().Save(model, train.Schema, _folder.File("m.zip"));
        AssertSame(found, Read(new MLContext().Model.Load(_folder.File("m.zip"), out _).Transform(data)));
        AssertSame(found, Read(_ml.VisionLanguage().Load(_folder.File("m.zip")).Transform(data)));
    }

    [Fact]
    public void What_is_frozen_stays_and_the_rest_moves()
    {
        var rows = _ml.Data.LoadFromEnumerable(Make(8, 1));
        var frozen = VlBertBackbone.Tiny with { ShorterSide = 48, LongerSide = 64, FrozenStages = [1, 2], FreezesNormalization = true };
        Dictionary<string, float[]> Weights(int epochs)
        {
            var options = Options(epochs);
            options.Model = ((VlBertConfig)options.Model) with { Backbone = frozen };
            using var model = Pipeline(options).Fit(rows);
            model.LastTransformer.SaveWeights(_folder.File("w.safetensors"));
            using var saved = Checkpoint.Open(_folder.File("w.safetensors"));
            return saved.Names.Where(name => name.StartsWith("image_feature_extractor.", StringComparison.Ordinal))
                .ToDictionary(name => name, name => saved[name].ToSingles());
        }

        Dictionary<string, float[]> one = Weights(1), two = Weights(2);
        Assert.Contains("image_feature_extractor.backbone.layer1.0.conv1.weight", one.Keys);
        foreach (var (name, values) in one)
        {
            var learns = System.Text.RegularExpressions.Regex.IsMatch(
                name, "(layer[23]|roi_head_feature_extractor)\\.0\\.(conv\\d|downsample\\.0)\\.weight$|obj_downsample");
            Assert.True(values.SequenceEqual(two[name]) != learns, name);
        }

        // Fresh statistics are those of the pictures.
        Assert.Contains(one["image_feature_extractor.backbone.layer2.0.bn2.running_mean"], value => value != 0);
    }

    [Fact]
    public void A_row_without_boxes_or_with_too_few_pixels_is_told()
    {
        var rows = Make(3, 1);
        rows[1].RegionBoxes = [];
        var empty = Assert.ThrowsAny<Exception>(() => Pipeline(Options(1)).Fit(_ml.Data.LoadFromEnumerable(rows)));
        Assert.Contains("column 'RegionBoxes' is empty", empty.ToString());

        var options = PreprocessImageOptions.For(VlBertBackbone.Tiny);
        (options.ImageSize, options.ShorterSide) = (32, 32);
        var small = _ml.Transforms.PreprocessImage("PixelValues", "Image", options)
            .Append(_ml.VisionLanguage().Trainers.VisualQuestionAnswering(Options(1)));
        var wrong = Assert.ThrowsAny<Exception>(() => small.Fit(_ml.Data.LoadFromEnumerable(Make(3, 1))));
        Assert.Contains("column 'PixelValues' has 3072 values; 12288 are expected", wrong.ToString());
        Assert.Throws<NotSupportedException>(() => _ml.VisionLanguage().Trainers.Pretraining(new() { Model = Options(1).Model })
            .Fit(_ml.Data.LoadFromEnumerable(Make(3, 1))));
    }

    private EstimatorChain<VisualQuestionAnsweringTransformer> Pipeline(VisualQuestionAnsweringOptions options) => _ml.Transforms
        .PreprocessImage("PixelValues", "Image", PreprocessImageOptions.For(((VlBertConfig)options.Model).Backbone!))
        .Append(_ml.VisionLanguage().Trainers.VisualQuestionAnswering(options));

    private static VisualQuestionAnsweringOptions Options(int epochs)
    {
        var options = VisualQuestionAnsweringOptions.FromScratch(
            VlBertConfig.Tiny with
            {
                VocabularySize = 10,
                MaxPositions = 16,
                HiddenSize = 32,
                VisualSize = 32,
                Heads = 2,
                Layers = 2,
                IntermediateSize = 64,
                RegionFeatureSize = VlBertBackbone.Tiny.FeatureSize,
                Backbone = VlBertBackbone.Tiny with { ShorterSide = 48, LongerSide = 64 },
            },
            epochs);
        options.SizesFromData = false;
        options.BatchSize = 8;
        options.Device = TrainingDevice.Cpu;
        options.Seed = 3;
        options.AnswerScoresColumnName = null;
        return options;
    }

    /// <summary>Pictures of two squares of different colours, one of them in the box.</summary>
    private static List<Row> Make(int count, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            int width = 48 + random.Next(16), height = 40 + random.Next(8), one = random.Next(3), other = (one + 1 + random.Next(2)) % 3;
            var isLeft = random.Next(2) == 0;
            var pixels = new byte[width * height * 4];
            for (var i = 0; i < width * height; i++)
            {
                int x = i % width, y = i / width;
                var inside = y is >= 12 and < 28;
                var colour = inside && x is >= 4 and < 20 ? isLeft ? one : other : inside && x is >= 28 and < 44 ? isLeft ? other : one : -1;
                for (var k = 0; k < 3; k++) pixels[(4 * i) + k] = (byte)(colour < 0 ? 120 + random.Next(16) : k == colour ? 240 : 20);
                pixels[(4 * i) + 3] = byte.MaxValue;
            }

            return new Row
            {
                Image = MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels),
                RegionBoxes = isLeft ? [4, 12, 20, 28] : [28, 12, 44, 28],
                ImageSize = [width, height],
                Answers = Colours[one],
            };
        })];
    }

    private Answer[] Read(IDataView view) => [.. _ml.Data.CreateEnumerable<Answer>(view, reuseRowObject: false)];

    private static void AssertSame(Answer[] expected, Answer[] found)
    {
        Assert.Equal(expected.Select(row => row.PredictedLabel), found.Select(row => row.PredictedLabel));
        foreach (var (one, other) in expected.Zip(found)) GoldenAssert.Close(one.Score, other.Score, 1e-4, "scores");
    }

    private sealed class Collect(List<TrainingProgress> seen) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => seen.Add(value);
    }

    private sealed class Row
    {
        [ImageType(1, 2)]
        public MLImage? Image { get; set; }

        public float[] RegionBoxes { get; set; } = [];

        [VectorType(2)]
        public float[] ImageSize { get; set; } = [];

        public long[] InputIds { get; set; } = [2, 5, 3];

        public long[] AttentionMask { get; set; } = [1, 1, 1];

        public long[] TokenTypeIds { get; set; } = [0, 0, 0];

        public string Answers { get; set; } = "";
    }

    private sealed class Answer
    {
        public float[] Score { get; set; } = [];

        [KeyType(3)]
        public uint PredictedLabel { get; set; }
    }
}
