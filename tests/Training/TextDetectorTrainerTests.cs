using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Training;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>FIBER's detector in training: what is drawn of rows, what is averaged, and that it finds what it was shown.</summary>
public sealed class TextDetectorTrainerTests : IDisposable
{
    private static readonly BertVocabulary Words = BertVocabulary.Parse(
        string.Join('\n', "[PAD]", "[UNK]", "[CLS]", "[SEP]", ".", "red", "blue", "square", "a", "left", "of", "the"));

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_prompt_has_what_is_there_and_others_and_boxes_go_with_the_image()
    {
        var config = FiberDetectorConfig.Tiny with { VocabularySize = Words.Count };
        var draw = new GroundedDraw(config, Words.CreateTokenizer(), ["red square", "blue square", "the left"], [48], flip: 1);
        var row = new GroundedRow(new byte[96 * 96 * 3], 96, 96, null, [10, 20, 29, 49], ["blue square"]);
        var texts = new HashSet<string>();
        for (var seed = 0; seed < 30; seed++)
        {
            var drawn = draw.Draw(row, new Random(seed));
            Assert.Equal((48, 48), drawn.Size);

            // Half as large, and mirrored: 47 - 14.5 and 47 - 5.
            Assert.Equal([32.5f, 10, 42, 24.5f], drawn.Boxes);
            string[] words = [.. drawn.Tokens.Single().Select(token => Words.TokenOf((int)drawn.Ids[token]))];
            Assert.Equal(["blue", "square"], words);
            texts.Add(string.Join(' ', drawn.Ids));
        }

        Assert.True(texts.Count > 3, $"{texts.Count} prompts");
    }

    [Fact]
    public void A_batch_ends_with_padding_and_phrases_are_their_own_tokens()
    {
        var config = FiberDetectorConfig.Tiny with { VocabularySize = Words.Count };
        var draw = new GroundedDraw(config, Words.CreateTokenizer(), [], [96], flip: 0);
        var pixels = new byte[96 * 96 * 3];
        var one = draw.Draw(new(pixels, 96, 96, "the red square left of a blue square", [1, 1, 9, 9, 2, 2, 8, 8], ["a blue square", "red square"]), new(1));
        var other = draw.Draw(new(pixels, 96, 96, "red", [1, 1, 9, 9], []), new(1));
        using var batch = new GroundedBatch([one, other], 0);
        Assert.Equal(11, batch.Length);
        Assert.Equal([6, 7, 8], one.Tokens[0]);
        Assert.Equal([2, 3], one.Tokens[1]);
        Assert.Equal([1], other.Tokens.Single());
        float[] mask = batch.Mask();
        Assert.Equal((10, 3, 0f, 0f), ((int)mask[..11].Sum(), (int)mask[11..].Sum(), mask[10], mask[21]));
        Assert.Equal([22, 11], batch.Truth().Select(truth => truth.Words.Length));
        Assert.Contains("is not in the text", Assert.Throws<InvalidOperationException>(
            () => draw.Draw(new(pixels, 96, 96, "red", [1, 1, 9, 9], ["cat"]), new(1))).Message);
    }

    [Fact]
    public void An_average_follows_and_takes_the_parameters_place()
    {
        using var parameters = new ModelParameters([new("a", [1], ParameterRole.Bias)], CPU);
        using var average = new ParameterAverage(parameters, 0.5);
        void Set(double value)
        {
            using var gradients = no_grad();
            parameters["a"].fill_(value);
        }

        // It starts at 0; a tenth stays of it, then two elevenths, and in the end a half.
        Set(10);
        average.Follow();
        Set(20);
        average.Follow();
        average.Settle();
        Assert.Equal(((9 * 2) + (20 * 9)) / 11f, parameters.Read("a")[0], 1e-5f);
    }

    [Fact]
    public void An_image_without_objects_teaches_too()
    {
        using var scope = NewDisposeScope();
        var config = FiberDetectorConfig.Tiny with { VocabularySize = Words.Count };
        using var parameters = new ModelParameters(FiberDetectorNetwork.Parameters(config), CPU);
        parameters.Initialize(WeightInitialization.Xavier, 0.02, 1);
        DetectorInitialization.Draw(parameters, 1, opensGates: true);
        using var task = new GroundedTask(parameters, config, null, recomputes: false) { Training = true };
        var draw = new GroundedDraw(config, Words.CreateTokenizer(), ["red square"], [64], 0);
        using var batch = new GroundedBatch([draw.Draw(new(new byte[40 * 30 * 3], 30, 40, null, [], []), new(1))], 0);
        var result = task.Forward(batch).Single();
        Assert.True(result.Loss.item<float>() > 0);
        result.Loss.backward();
        Assert.NotNull(parameters["rpn.head.bias0"].grad);
    }

    [Fact]
    public void What_is_wrong_is_named()
    {
        void Refuses(string part, Action<TextDetectorTrainerOptions> change)
        {
            var options = TextDetectorTrainerOptions.FromScratch();
            change(options);
            Assert.Contains(part, Assert.ThrowsAny<ArgumentException>(() => _ml.VisionLanguage().Trainers.GroundPhrases(Words, options)).Message);
        }

        Refuses("Epochs", options => options.Epochs = 0);
        Refuses("FlipProbability", options => options.FlipProbability = 2);
        Refuses("TrainingSides", options => options.TrainingSides = []);
        Refuses("there is no file", options => options.InitialWeights = _folder.File("none.bin"));
        var error = Assert.ThrowsAny<Exception>(() => _ml.VisionLanguage().Trainers.DetectObjects(Words, ["red square"], Options(1)).Fit(
            _ml.Data.LoadFromEnumerable([Square(0, 0) with { Labels = [] }])));
        Assert.Contains("has 0 texts for 1 boxes", error.Message);
    }

    [Fact]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "detector")]
    public void It_finds_what_it_was_shown()
    {
        Row[] rows = [.. Enumerable.Range(0, 24).Select(i => Square(i, i % 2))];
        var data = _ml.Data.LoadFromEnumerable(rows);
        var losses = new List<double>();
        var options = Options(150);
        options.Progress = new Heard(progress => losses.Add(progress.Loss));
        using var model = _ml.VisionLanguage().Trainers.DetectObjects(Words, ["red square", "blue square"], options).Fit(data);
        Assert.True(losses[^1] < losses[0] / 2, $"{losses[0]} to {losses[^1]}");
        _ml.VisionLanguage().Save(model, data.Schema, _folder.File("m.zip"));
        using var loaded = (DetectObjectsTransformer)_ml.VisionLanguage().Load(_folder.File("m.zip"));
        var metrics = _ml.VisionLanguage().EvaluateDetection(loaded.Transform(data));
        Assert.True(metrics.AveragePrecision50 > 0.9, $"AP50 {metrics.AveragePrecision50}");
    }

    private static TextDetectorTrainerOptions Options(int epochs)
    {
        var options = TextDetectorTrainerOptions.FromScratch();
        (options.Epochs, options.BatchSize, options.Threads) = (epochs, 8, 1);
        options.Device = TrainingDevice.Cpu;
        return options;
    }

    private static Row Square(int seed, int colour)
    {
        var random = new Random(seed);
        var (side, size) = (96, random.Next(18, 34));
        int x = random.Next(side - size), y = random.Next(side - size);
        var pixels = new byte[side * side * 4];
        for (var i = 0; i < side * side; i++)
        {
            var isInside = i % side >= x && i % side < x + size && i / side >= y && i / side < y + size;
            byte[] shade = isInside ? (colour == 0 ? [220, 30, 30] : [30, 30, 220]) : [200, 200, 200];
            shade.CopyTo(pixels, 4 * i);
            pixels[(4 * i) + 3] = 255;
        }

        return new()
        {
            Image = MLImage.CreateFromPixels(side, side, MLPixelFormat.Rgba32, pixels),
            Boxes = [x, y, x + size, y + size],
            Labels = [colour == 0 ? "red square" : "blue square"],
        };
    }

    private sealed class Heard(Action<TrainingProgress> see) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => see(value);
    }

    private sealed record Row
    {
        [ImageType(1, 2)]
        public MLImage? Image { get; set; }

        public string Text { get; set; } = "";

        public float[] Boxes { get; set; } = [];

        public string[] Labels { get; set; } = [];
    }
}
