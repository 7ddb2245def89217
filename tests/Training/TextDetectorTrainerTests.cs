using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tasks.Detection;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Training;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>FIBER's detector in training: what is drawn of rows, what is averaged, that a run goes on, and that it finds what it was shown.</summary>
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
        var row = new DetectionRow(0, 96, 96, new([10, 20, 30, 50], [1], []));
        var texts = new HashSet<string>();
        for (var seed = 0; seed < 30; seed++)
        {
            var drawn = draw.Draw(row, [], new Random(seed), varies: true);
            Assert.Equal((48, 48), drawn.Size);

            // The last pixels are 29 and 49; half as large, and mirrored: 47 - 14.5 and 47 - 5.
            Assert.Equal([32.5f, 10, 42, 24.5f], drawn.Said!.Boxes);
            string[] words = [.. drawn.Said.Tokens.Single().Select(token => Words.TokenOf((int)drawn.Said.Ids[token]))];
            Assert.Equal(["blue", "square"], words);
            texts.Add(string.Join(' ', drawn.Said.Ids));
        }

        Assert.True(texts.Count > 3, $"{texts.Count} prompts");
        var still = draw.Draw(row, [], new Random(1), varies: false);
        Assert.Equal(((96, 96), false), (still.Size, still.IsFlipped));
        Assert.Equal([10f, 20, 29, 49], still.Said!.Boxes);
    }

    [Fact]
    public void A_batch_ends_with_padding_and_phrases_are_their_own_tokens()
    {
        var config = FiberDetectorConfig.Tiny with { VocabularySize = Words.Count };
        DrawnText Draw(IReadOnlyList<string> phrases, string text, float[] boxes, long[] classes) =>
            new GroundedDraw(config, Words.CreateTokenizer(), phrases, [96], flip: 0)
                .Draw(new(0, 96, 96, new(boxes, classes, []), text), [], new(1), varies: true).Said!;
        var one = Draw(["red square", "a blue square"], "the red square left of a blue square", [1, 1, 9, 9, 2, 2, 8, 8], [1, 0]);
        var other = Draw([], "red", [1, 1, 9, 9], [0]);
        var batch = new DrawnTexts([one, other], 0);
        Assert.Equal(11, batch.Length);
        Assert.Equal([6, 7, 8], one.Tokens[0]);
        Assert.Equal([2, 3], one.Tokens[1]);
        Assert.Equal([1], other.Tokens.Single());
        float[] mask = batch.Mask();
        Assert.Equal((10, 3, 0f, 0f), ((int)mask[..11].Sum(), (int)mask[11..].Sum(), mask[10], mask[21]));
        Assert.Equal([22, 11], batch.Truth().Select(truth => truth.Words.Length));

        // What has no pixel is left out.
        Assert.Empty(Draw([], "red", [1, 1, 2, 9], [0]).Tokens);
    }

    [Fact]
    public void An_average_follows_stands_in_and_takes_the_parameters_place()
    {
        using var parameters = new ModelParameters([new("a", [1], ParameterRole.Bias)], CPU);
        using var optimizer = ParameterGroups.Optimizer(parameters, Averaged(0.5));
        var average = optimizer.Average!;
        void Set(double value)
        {
            using var gradients = no_grad();
            parameters["a"].fill_(value);
        }

        // It starts at 0; a tenth stays of it, then two elevenths, and in the end a half.
        const float expected = ((9 * 2) + (20 * 9)) / 11f;
        Set(10);
        optimizer.Step(1);
        Set(20);
        optimizer.Step(1);
        Assert.Equal(2, average.Updates);
        using (average.InPlace()) Assert.Equal(expected, parameters.Read("a")[0], 1e-5f);
        Assert.Equal(20, parameters.Read("a")[0]);
        average.Settle();
        Assert.Equal(expected, parameters.Read("a")[0], 1e-5f);

        static TextDetectorTrainerOptions Averaged(double decay) => new() { AverageDecay = decay };
    }

    [Fact]
    public void An_image_without_objects_teaches_too()
    {
        using var scope = NewDisposeScope();
        var config = FiberDetectorConfig.Tiny with { VocabularySize = Words.Count };
        using var parameters = new ModelParameters(FiberDetectorNetwork.Parameters(config), CPU);
        parameters.Initialize(WeightInitialization.Xavier, 0.02, 1);
        DetectorInitialization.Draw(parameters, parameters.Specs.Select(spec => spec.Name), 1, opensGates: true);
        using var task = new GroundedTask(parameters, config, Words.PaddingId, recomputes: false);
        task.Training = true;
        var draw = new GroundedDraw(config, Words.CreateTokenizer(), ["red square"], [64], 0);
        using var batch = new DetectionBatch([draw.Draw(new(0, 40, 30, new([], [], [])), new byte[40 * 30 * 3], new(1), varies: true)], 1);
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
        Refuses("AverageDecay", options => options.AverageDecay = 1);
        Refuses("HeadLearningRate", options => options.HeadLearningRate = 1e-3);
        Refuses("CrossLearningRate", options => options.CrossLearningRate = 1e-3);
        Refuses("there is no file", options => options.InitialWeights = _folder.File("none.bin"));
        void Fails(string part, Row row, Func<TrainersOf, IEstimator<ITransformer>> trainer) => Assert.Contains(part, Assert.Throws<InvalidDataException>(
            () => trainer(new(_ml)).Fit(_ml.Data.LoadFromEnumerable([Square(0, 0), row]))).Message);
        Fails("row 1 of the training data: column 'Labels' is of 0 objects, 'Boxes' of 1.", Square(0, 0) with { Labels = [] }, made => made.Objects);
        Fails("'cat' is none of the 2 classes", Square(0, 0) with { Labels = ["cat"] }, made => made.Objects);
        Fails("column 'Text': the phrase \"cat\" is not in the text", Square(0, 0) with { Labels = ["cat"] }, made => made.Phrases);
        Fails("column 'Text': holds an empty text", Square(0, 0) with { Text = " " }, made => made.Expression);
        Fails("lies outside the image of 96 x 96 pixels", Square(0, 0) with { Boxes = [0, 0, 99, 9] }, made => made.Expression);
    }

    [Fact]
    public void A_run_that_was_stopped_ends_with_the_model_of_one_that_was_not()
    {
        Row[] rows = [.. Enumerable.Range(0, 10).Select(i => Square(i, i % 2))];
        var (data, unseen) = (_ml.Data.LoadFromEnumerable(rows[..6]), _ml.Data.LoadFromEnumerable(rows[6..]));
        TextDetectorTrainerOptions Small(string? folder)
        {
            var options = Options(3);
            options.Detector = FiberDetectorConfig.Tiny with { AnchorSizes = [24, 48], HeadBlocks = 1, LeastScore = 0 };
            (options.BatchSize, options.CheckpointFolder, options.ReportEvery) = (2, folder, 1);
            return options;
        }

        float[] Run(TextDetectorTrainerOptions options, bool isValidated)
        {
            using var model = _ml.VisionLanguage().Trainers.GroundPhrases(Words, options).Fit(data, isValidated ? unseen : null);
            return [.. model.Transform(unseen).GetColumn<float[]>("Score").SelectMany(scores => scores)];
        }

        foreach (var isValidated in new[] { false, true })
        {
            var scores = new List<double?>();
            var whole = Small(null);
            whole.Progress = new Heard(progress => scores.Add(progress.ValidationScore));
            var expected = Run(whole, isValidated);
            Assert.NotEmpty(expected);
            Assert.Equal(isValidated ? 3 : 0, scores.Count(score => score is >= 0 and <= 1));
            using var stop = new CancellationTokenSource();
            var stopped = Small(_folder.File($"checkpoints{isValidated}"));
            (stopped.Cancellation, stopped.Progress) = (stop.Token, new Heard(progress => { if (progress.Update == 4) stop.Cancel(); }));
            Assert.Throws<OperationCanceledException>(() => Run(stopped, isValidated));
            Assert.Equal(expected, Run(Small(stopped.CheckpointFolder), isValidated));
            var other = Small(stopped.CheckpointFolder);
            other.AverageDecay = 0;
            Assert.Contains("AverageDecay", Assert.Throws<InvalidOperationException>(() => Run(other, isValidated)).Message);
        }
    }

    [Fact]
    public void A_detector_of_small_objects_has_fewer_levels()
    {
        var names = FiberDetectorNetwork.Parameters(FiberDetectorConfig.Tiny with { AnchorSizes = [24, 48] }).Select(spec => spec.Name).ToList();
        Assert.Contains("fusion_backbone.backbone.fpn.fpn_layer3.weight", names);
        Assert.DoesNotContain(names, name => name.Contains("fpn_layer4") || name.Contains("top_blocks") || name.Contains("scales.2"));
        foreach (double[] sizes in new double[][] { [], [8, 16, 32, 64, 128, 256] })
        {
            var options = Options(1);
            options.Detector = FiberDetectorConfig.Tiny with { AnchorSizes = sizes };
            Assert.Contains("ANCHOR_SIZES", Assert.ThrowsAny<ArgumentException>(() => _ml.VisionLanguage().Trainers.GroundPhrases(Words, options)).Message);
        }
    }

    [Fact]
    public void Rows_of_one_image_stay_on_one_side()
    {
        var options = new TextDetectorTrainerOptions { ValidationFraction = 0.5 };
        DetectionRow[] rows = [.. Enumerable.Range(0, 40).Select(i => new DetectionRow(i / 4, 8, 8, new([], [], [])))];
        var split = DetectionSplit.Of(options, 1, rows);
        Assert.Equal((20, 20), (split.Training.Count, split.Held.Count));
        Assert.Empty(split.Training.Select(row => row.Place).Intersect(split.Held.Select(row => row.Place)));
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
            Text = colour == 0 ? "the red square" : "the blue square",
            Labels = [colour == 0 ? "red square" : "blue square"],
        };
    }

    private sealed class TrainersOf(MLContext ml)
    {
        public IEstimator<ITransformer> Objects => ml.VisionLanguage().Trainers.DetectObjects(Words, ["red square", "blue square"], Options(1));

        public IEstimator<ITransformer> Phrases => ml.VisionLanguage().Trainers.GroundPhrases(Words, Options(1));

        public IEstimator<ITransformer> Expression => ml.VisionLanguage().Trainers.LocalizeExpression(Words, Options(1));
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
