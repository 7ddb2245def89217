using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tasks.Detection;
using MLNet.VisionLanguage.Tests.GoldenRunners;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Tasks;

/// <summary>FIBER's detector of a few channels (the golden case's weights) in pipelines.</summary>
public sealed class TextDetectorTests : IDisposable
{
    private static readonly string Checkpoint = TestData.Golden("fiber", "fg_full_eval-a", "weights.safetensors");

    private static readonly BertVocabulary Words = BertVocabulary.Parse(
        string.Join('\n', "[PAD]", "[UNK]", "[CLS]", "[SEP]", ".", "a", "red", "blue", "cross", "circle", "left", "of", "in", "man", "hat"));

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Objects_are_what_TorchSharp_finds()
    {
        var found = Rows(_ml.Transforms.DetectObjects("Image", ["red circle", "cross"], Checkpoint, Words, Options()), Picture(100, 75)).Single();
        Assert.NotEmpty(found.Score);
        Assert.Equal(found.Score.OrderDescending(), found.Score);
        Assert.All(found.PredictedLabel, key => Assert.InRange(key, 1u, 2u));
        Assert.All(found.PredictedBoundingBoxes.Chunk(4), box => Assert.True(
            box[0] >= 0 && box[1] >= 0 && box[2] <= 101 && box[3] <= 76 && box[2] >= box[0] && box[3] >= box[1], string.Join(" ", box)));

        var expected = OnTorch(Picture(100, 75), [2, 6, 9, 4, 8, 3], [0, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
        GoldenAssert.Close(expected.Scores, found.Score, 1e-3, "scores");
        GoldenAssert.Close(expected.Boxes, found.PredictedBoundingBoxes, 0.1, "boxes");
        Assert.Equal(expected.Labels, found.PredictedLabel.Select(key => key - 1L));
    }

    [Fact]
    public void Phrases_are_those_of_the_caption_or_of_the_row()
    {
        var row = Picture(80, 80);
        row.Text = "a man in a red hat";
        row.Phrases = ["red hat"];
        var all = Texts(_ml.Transforms.GroundPhrases("Image", "Text", Checkpoint, Words, Options()), row).Single();
        Assert.NotEmpty(all.PredictedLabel);
        Assert.All(all.PredictedLabel, phrase => Assert.Contains(phrase, new[] { "a man", "a red hat" }));
        Assert.Equal(all.Score.Length * 4, all.PredictedBoundingBoxes.Length);
        var own = Texts(_ml.Transforms.GroundPhrases("Image", "Text", Checkpoint, Words, Options(options => options.PhrasesColumnName = "Phrases")), row);
        Assert.All(own.Single().PredictedLabel, phrase => Assert.Equal("red hat", phrase));

        row.Phrases = ["a cat"];
        var error = RowErrors.Throws<InvalidOperationException>(() => Texts(
            _ml.Transforms.GroundPhrases("Image", "Text", Checkpoint, Words, Options(options => options.PhrasesColumnName = "Phrases")), row));
        Assert.Contains("the phrase \"a cat\" is not in the text \"a man in a red hat\"", error.Message);
    }

    [Fact]
    public void An_expression_has_one_box()
    {
        var row = Picture(90, 60);
        row.Text = "red circle left of a cross";
        var data = Data(row);
        using var model = _ml.Transforms.LocalizeExpression("Image", "Text", Checkpoint, Words, Options()).Fit(data);
        var schema = model.GetOutputSchema(data.Schema);
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 4), schema["PredictedBoundingBoxes"].Type);
        Assert.Equal(NumberDataViewType.Single, schema["Score"].Type);
        Assert.Null(schema.GetColumnOrNull("PredictedLabel"));
        var box = model.Transform(data).GetColumn<float[]>("PredictedBoundingBoxes").Single();
        Assert.True(box[2] > box[0] && box[3] > box[1]);

        // Nothing is as sure as that.
        using var strict = _ml.Transforms.LocalizeExpression("Image", "Text", Checkpoint, Words, Options(options => options.LeastScore = 0.9999f)).Fit(data);
        Assert.Equal([0f, 0, 0, 0], strict.Transform(data).GetColumn<float[]>("PredictedBoundingBoxes").Single());
        Assert.Equal(0, strict.Transform(data).GetColumn<float>("Score").Single());
    }

    [Fact]
    public void A_saved_model_gives_the_same_numbers_and_is_recognised()
    {
        var data = Data(Picture(120, 80), Picture(50, 70));
        var model = _ml.Transforms.DetectObjects("Image", ["cross", "man"], Checkpoint, Words, Options()).Fit(data);
        Assert.Empty(model.Match!.Missing);
        _ml.VisionLanguage().Save(model, data.Schema, _folder.File("detector.zip"));
        var expected = Read(model.Transform(data));
        model.Dispose();

        var ml = new MLContext();
        Same(expected, Read(ml.Model.Load(_folder.File("detector.zip"), out _).Transform(data)));
        var loaded = ml.VisionLanguage().Load(_folder.File("detector.zip"));
        var restored = Assert.IsType<DetectObjectsTransformer>(loaded is IEnumerable<ITransformer> chain ? chain.Single() : loaded);
        Same(expected, Read(restored.Transform(data)));
        Assert.Equal(["cross", "man"], restored.Classes);
        Assert.Equal((12, 64, "Image"), (restored.Detector.Detections, restored.Detector.ShorterSide, restored.ImageColumnName));

        // The weights are one model, whatever is asked of it.
        var again = (DetectObjectsTransformer)restored.AskedFor(ml, TextDetectorUse.Objects, "Image", null, ["man", "cross"], new(), data);
        Assert.Equal(["man", "cross"], again.Classes);
        Assert.NotEmpty(Read(again.Transform(data))[0].Score);
        var few = restored.AskedFor(ml, TextDetectorUse.Objects, "Image", null, ["man"], new() { Detections = 2, LeastScore = 0.3f }, data);
        Assert.All(Read(few.Transform(data)), row => Assert.InRange(row.Score.Length, 0, 2));
        var none = restored.AskedFor(ml, TextDetectorUse.Objects, "Image", null, ["man"], new() { LeastScore = 0.9999f }, data);
        Assert.All(Read(none.Transform(data)), row => Assert.Empty(row.Score));
    }

    [Fact]
    public void What_is_wrong_is_named()
    {
        void Refuses(string part, Action create) => Assert.Contains(part, Assert.ThrowsAny<ArgumentException>(create).Message);
        Refuses("no class is named", () => _ml.Transforms.DetectObjects("Image", [], Checkpoint, Words, Options()));
        Refuses("named twice", () => _ml.Transforms.DetectObjects("Image", ["a", "a"], Checkpoint, Words, Options()));
        Refuses("has no name", () => _ml.Transforms.DetectObjects("Image", ["(a)"], Checkpoint, Words, Options()));
        Refuses(
            "the detector reads 14",
            () => _ml.Transforms.DetectObjects("Image", [.. Enumerable.Range(0, 9).Select(i => $"man {i}")], Checkpoint, Words, Options()));
        Refuses("must have different names", () => _ml.Transforms.GroundPhrases(
            "Image", "Text", Checkpoint, Words, Options(options => options.ScoreColumnName = "PredictedLabel")));
        Refuses("INFERENCE_TH", () => _ml.Transforms.GroundPhrases("Image", "Text", Checkpoint, Words, Options(options => options.LeastScore = 2)));

        var row = Picture(30, 30);
        var error = RowErrors.Throws<InvalidOperationException>(
            () => Texts(_ml.Transforms.GroundPhrases("Image", "Text", Checkpoint, Words, Options()), row));
        Assert.Contains("column 'Text' holds an empty text", error.Message);
        var coarse = TestData.Golden("fiber", "fusion_eval-a", "weights.safetensors");
        Assert.Throws<CheckpointMismatchException>(() => _ml.Transforms.DetectObjects("Image", ["man"], coarse, Words, Options()).Fit(Data(row)));
    }

    private static TextDetectorOptions Options(Action<TextDetectorOptions>? change = null)
    {
        using var c = GoldenCases.Get("fiber", "fg_full_eval-a");
        var options = new TextDetectorOptions { Detector = FiberDetectorGolden.Config(c), ShorterSide = 64, LongerSide = 160 };
        change?.Invoke(options);
        return options;
    }

    /// <summary>The same by TorchSharp, without ML.NET.</summary>
    private static (float[] Boxes, float[] Scores, long[] Labels) OnTorch(Input row, long[] ids, float[] texts)
    {
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        var config = Options().Detector! with { ShorterSide = 64, LongerSide = 160 };
        using var checkpoint = VisionLanguage.Checkpoint.Open(Checkpoint);
        var engine = new TorchEngine(TorchGolden.Parameters(FiberDetectorNetwork.Parameters(config), checkpoint));
        var image = row.Image!;
        var (height, width) = FiberDetectorImages.ResizedSize(image.Height, image.Width, 64, 160);
        var pixels = new float[image.Height * image.Width * 3];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = image.Pixels[(4 * (i / 3)) + 2 - (i % 3)];
        var seen = Resampling.Normalized(
            engine, tensor(pixels, [image.Height, image.Width, 3]), tensor([height, (long)width]), config.PixelMean, config.PixelDeviation);
        float[] size = [height, width], scale = [(float)image.Height / height, (float)image.Width / width];
        var found = FiberDetectorNetwork.Find(
            engine, config, seen, tensor(ids, [1, ids.Length]), tensor(texts, [texts.Length / ids.Length, ids.Length]), tensor(size), tensor(scale));
        return ([.. TorchGolden.ToArray(found.Boxes).Select((corner, i) => i % 4 < 2 ? corner : corner + 1)], TorchGolden.ToArray(found.Scores), found.Labels.data<long>().ToArray());
    }

    private Output[] Rows<T>(TextDetectorEstimator<T> estimator, params Input[] rows)
        where T : TextDetectorTransformer
    {
        var data = Data(rows);
        using var model = estimator.Fit(data);
        return Read(model.Transform(data));
    }

    private TextOutput[] Texts(TextDetectorEstimator<GroundPhrasesTransformer> estimator, params Input[] rows)
    {
        var data = Data(rows);
        using var model = estimator.Fit(data);
        return [.. _ml.Data.CreateEnumerable<TextOutput>(model.Transform(data), reuseRowObject: false)];
    }

    private IDataView Data(params Input[] rows) => _ml.Data.LoadFromEnumerable(rows);

    private Output[] Read(IDataView view) => [.. _ml.Data.CreateEnumerable<Output>(view, reuseRowObject: false)];

    private static void Same(Output[] expected, Output[] found)
    {
        Assert.Equal(expected.Length, found.Length);
        foreach (var (a, b) in expected.Zip(found))
        {
            Assert.Equal(a.Score, b.Score);
            Assert.Equal(a.PredictedBoundingBoxes, b.PredictedBoundingBoxes);
            Assert.Equal(a.PredictedLabel, b.PredictedLabel);
        }
    }

    private static Input Picture(int width, int height)
    {
        var pixels = new byte[width * height * 4];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = i % 4 == 3 ? (byte)255 : (byte)((i * 37 / 11) + (i / (4 * width) * 5));
        return new() { Image = MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels) };
    }

    private sealed class Input
    {
        [ImageType(1, 2)]
        public MLImage? Image { get; set; }

        public string Text { get; set; } = "";

        public string[] Phrases { get; set; } = [];
    }

    private sealed class Output
    {
        public float[] PredictedBoundingBoxes { get; set; } = [];

        public float[] Score { get; set; } = [];

        public uint[] PredictedLabel { get; set; } = [];
    }

    private sealed class TextOutput
    {
        public float[] PredictedBoundingBoxes { get; set; } = [];

        public float[] Score { get; set; } = [];

        public string[] PredictedLabel { get; set; } = [];
    }
}
