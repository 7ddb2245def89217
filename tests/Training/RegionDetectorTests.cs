using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Image;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>A small detector learns two kinds of rectangles of two brightnesses, is saved, and finds them again.</summary>
[Collection(TorchCollection.Name)]
public sealed class RegionDetectorTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(seed: 1);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void It_finds_objects_it_has_learnt_and_is_saved_as_one_file()
    {
        var data = Rows(64);
        var options = Options(epochs: 24);
        options.AttributesColumnName = "Attributes";
        var reports = new List<TrainingProgress>();
        options.Progress = new Reports(reports);
        options.ReportEvery = 1000;
        options.ValidationFraction = 0.25;
        using var model = _ml.VisionLanguage().Trainers.RegionDetector(options).Fit(data);
        Assert.Equal(["tall", "wide"], model.Classes);
        Assert.Equal(["bright", "dark"], model.Attributes);
        Assert.Equal(24, reports.Count(report => report.EpochEnded));
        Assert.True(reports[^1].Loss < reports[0].Loss / 2, $"{reports[0].Loss} to {reports[^1].Loss}");
        Assert.True(reports.Max(report => report.ValidationScore) > 0.5, string.Join(" ", reports.Select(report => report.ValidationScore)));

        var unseen = Rows(24, seed: 99);
        var figures = Evaluate(model.Transform(unseen));
        Assert.True(figures.AveragePrecision50 > 0.5, $"AP50 {figures.AveragePrecision50}");
        var found = _ml.Data.CreateEnumerable<Found>(model.Transform(unseen), reuseRowObject: false).ToList();
        Assert.All(found, row => Assert.Equal(row.RegionClasses.Length * model.FeatureSize, row.RegionFeatures.Length));

        // One plain zip, which ML.NET opens without this library's loader, too.
        _ml.VisionLanguage().Save(model, data.Schema, _folder.File("detector.zip"));
        Assert.Equal(figures.AveragePrecision, Evaluate(new MLContext().Model.Load(_folder.File("detector.zip"), out _).Transform(unseen)).AveragePrecision, 1e-6);

        // Its weights are a checkpoint for ExtractRegionFeatures, of the trained transformer and of a loaded one.
        model.SaveWeights(_folder.File("weights.safetensors"));
        var loaded = _ml.VisionLanguage().Load(_folder.File("detector.zip"));
        var restored = loaded as ExtractRegionFeaturesTransformer ?? ((IEnumerable<ITransformer>)loaded).OfType<ExtractRegionFeaturesTransformer>().Single();
        restored.SaveWeights(_folder.File("again.safetensors"));
        Assert.Equal(File.ReadAllBytes(_folder.File("weights.safetensors")), File.ReadAllBytes(_folder.File("again.safetensors")));
        using var extract = _ml.Transforms.ExtractRegionFeatures("Image", _folder.File("weights.safetensors"), new RegionFeatureOptions
        {
            Detector = model.Detector,
            Choice = RegionChoice.Objects,
            Confidence = 0.05f,
            Classes = model.Classes,
            Attributes = model.Attributes,
        }).Fit(unseen);
        Assert.Equal(figures.AveragePrecision, Evaluate(extract.Transform(unseen)).AveragePrecision, 1e-6);
    }

    [Fact]
    public void A_run_that_was_stopped_ends_with_the_weights_of_one_that_was_not()
    {
        var data = Rows(12);
        byte[] Weights(RegionDetectorOptions options, string name)
        {
            using var model = _ml.VisionLanguage().Trainers.RegionDetector(options).Fit(data);
            model.SaveWeights(_folder.File(name));
            return File.ReadAllBytes(_folder.File(name));
        }

        var whole = Weights(Options(epochs: 3), "whole.safetensors");
        using var stop = new CancellationTokenSource();
        var stopped = Options(epochs: 3);
        (stopped.CheckpointFolder, stopped.Cancellation, stopped.ReportEvery) = (_folder.File("checkpoints"), stop.Token, 1);
        stopped.Progress = new Reports([], report => { if (report.Update == 2) stop.Cancel(); });
        Assert.Throws<OperationCanceledException>(() => _ml.VisionLanguage().Trainers.RegionDetector(stopped).Fit(data));
        var resumed = Options(epochs: 3);
        resumed.CheckpointFolder = stopped.CheckpointFolder;
        Assert.Equal(whole, Weights(resumed, "resumed.safetensors"));
    }

    [Fact]
    public void It_starts_from_a_trunk_and_from_a_whole_detector_of_other_classes()
    {
        var data = Rows(6);
        var first = Options(epochs: 1);
        using (var model = _ml.VisionLanguage().Trainers.RegionDetector(first).Fit(data)) model.SaveWeights(_folder.File("first.safetensors"));
        using var checkpoint = Checkpoint.Open(_folder.File("first.safetensors"));
        SafeTensors.Write(
            _folder.File("trunk.safetensors"),
            checkpoint.Names.Where(name => name.StartsWith("backbone.", StringComparison.Ordinal)).Select(name => new NamedTensor(name, checkpoint[name])));
        foreach (var weights in new[] { "first.safetensors", "trunk.safetensors" })
        {
            var options = Options(epochs: 1);
            (options.InitialWeights, options.LearningRate, options.WarmupProportion) = (_folder.File(weights), 0, 0);
            options.Regions.Classes = ["other", "tall", "wide"];
            using var model = _ml.VisionLanguage().Trainers.RegionDetector(options).Fit(data);
            model.SaveWeights(_folder.File("second.safetensors"));
            using var second = Checkpoint.Open(_folder.File("second.safetensors"));
            var stem = checkpoint["backbone.stem.conv1.weight"].ToSingles();
            Assert.Equal(stem, second["backbone.stem.conv1.weight"].ToSingles());
            Assert.Equal(4, second["roi_heads.box_predictor.cls_score.weight"].Shape[0]);
            const string proposals = "proposal_generator.rpn_head.conv.weight";
            Assert.Equal(weights == "first.safetensors", checkpoint[proposals].ToSingles().SequenceEqual(second[proposals].ToSingles()));
        }
    }

    [Fact]
    public void Frozen_stages_stay()
    {
        var options = Options(epochs: 1);
        options.Regions.Detector = Small with { FrozenStages = 2 };
        using var model = _ml.VisionLanguage().Trainers.RegionDetector(options).Fit(Rows(6));
        model.SaveWeights(_folder.File("frozen.safetensors"));
        options.Epochs = 2;
        using var longer = _ml.VisionLanguage().Trainers.RegionDetector(options).Fit(Rows(6));
        longer.SaveWeights(_folder.File("longer.safetensors"));
        using Checkpoint one = Checkpoint.Open(_folder.File("frozen.safetensors")), two = Checkpoint.Open(_folder.File("longer.safetensors"));
        bool Same(string name) => one[name].ToSingles().SequenceEqual(two[name].ToSingles());
        Assert.True(Same("backbone.stem.conv1.weight") && Same("backbone.res2.0.conv2.weight"));
        Assert.False(Same("backbone.res3.0.conv2.weight") || Same("roi_heads.res5.0.conv1.weight"));
    }

    [Theory]
    [InlineData("outside", "row 1 (ImageId bad) of the training data: column 'Boxes': box 0 (10, 10, 99, 20) lies outside the image of 64 x 48 pixels.")]
    [InlineData("empty", "row 1 (ImageId bad) of the training data: column 'Boxes': box 0 (10, 10, 10, 20) is empty: x1 < x2 and y1 < y2 are expected.")]
    [InlineData("label", "row 1 (ImageId bad) of the training data: column 'Labels': 'unheard of' is none of the 2 classes.")]
    [InlineData("count", "row 1 (ImageId bad) of the training data: column 'Labels' is of 2 objects, 'Boxes' of 1.")]
    [InlineData("four", "row 1 (ImageId bad) of the training data: column 'Boxes' has 3 values; four a box are expected.")]
    [InlineData("nan", "row 1 (ImageId bad) of the training data: column 'Boxes': box 0 has NaN; pixels x1 y1 x2 y2 are expected.")]
    [InlineData("image", "row 1 (ImageId bad) of the training data: column 'Image' holds no image.")]
    public void Bad_rows_are_told(string what, string message)
    {
        var row = Row(0, 5) with { ImageId = "bad" };
        row = what switch
        {
            "outside" => row with { Boxes = [10, 10, 99, 20], Labels = ["tall"] },
            "empty" => row with { Boxes = [10, 10, 10, 20], Labels = ["tall"] },
            "label" => row with { Boxes = [10, 10, 20, 20], Labels = ["unheard of"] },
            "count" => row with { Boxes = [10, 10, 20, 20], Labels = ["tall", "tall"] },
            "four" => row with { Boxes = [1, 2, 3] },
            "nan" => row with { Boxes = [float.NaN, 10, 20, 20], Labels = ["tall"] },
            _ => row with { Image = null },
        };
        var options = Options(epochs: 1);
        options.Regions.Classes = ["tall", "wide"];
        var error = Assert.Throws<InvalidDataException>(() => _ml.VisionLanguage().Trainers.RegionDetector(options)
            .Fit(_ml.Data.LoadFromEnumerable([Row(0, 1), row])));
        Assert.Equal("RegionDetectorTrainer: " + message, error.Message);
    }

    [Fact]
    public void Objects_that_are_passed_over_teach_nothing_and_an_image_may_have_none()
    {
        var options = Options(epochs: 1);
        options.CrowdColumnName = "Crowd";
        var crowd = Row(0, 3) with { Labels = ["only a crowd"], Boxes = [0, 0, 64, 48], Crowd = [1] };
        using var model = _ml.VisionLanguage().Trainers.RegionDetector(options).Fit(_ml.Data.LoadFromEnumerable([Row(0, 1), crowd, Row(0, 2)]));
        Assert.Equal(["tall", "wide"], model.Classes);
        Assert.Equal(["unknown"], model.Attributes);
        Assert.Throws<InvalidDataException>(() => _ml.VisionLanguage().Trainers.RegionDetector(options).Fit(_ml.Data.LoadFromEnumerable([crowd])));
    }

    [Fact]
    public void Options_that_make_no_sense_are_refused()
    {
        void Refuses(string option, Action<RegionDetectorOptions> change)
        {
            var options = Options(epochs: 1);
            change(options);
            Assert.Contains(option, Assert.ThrowsAny<ArgumentException>(() => _ml.VisionLanguage().Trainers.RegionDetector(options)).Message);
        }

        Refuses("FlipProbability", options => options.FlipProbability = 1.5);
        Refuses("ObjectShare", options => options.ObjectShare = 0);
        Refuses("ShorterSides", options => options.ShorterSides = []);
        Refuses("Regions", options => (options.Regions.Choice, options.Regions.BoxesColumnName) = (RegionChoice.Given, "Boxes"));
        Refuses("Classes", options => options.Regions.Classes = ["a", "a"]);
        Refuses("BoxesColumnName", options => options.BoxesColumnName = "");
        Refuses("ScheduleSteps", options => options.ScheduleSteps = [2]);
        Refuses("StepFactor", options => options.StepFactor = 0);
        Assert.Contains("'Image'", Assert.Throws<ArgumentException>(() => _ml.VisionLanguage().Trainers.RegionDetector(Options(1))
            .Fit(_ml.Data.LoadFromEnumerable([new { Labels = new[] { "a" } }]))).Message);
    }

    private static FasterRcnnConfig Small { get; } = FasterRcnnConfig.Tiny with
    {
        ShorterSide = 96,
        LongerSide = 160,
        StemChannels = 8,
        StageChannels = 16,
        WidthPerGroup = 8,
        AnchorSizes = [20, 40],
        ProposalChannels = 32,
        ProposalsLookedAt = 200,
        Proposals = 20,
    };

    private static RegionDetectorOptions Options(int epochs)
    {
        var options = RegionDetectorOptions.FromScratch(Small, epochs);
        (options.BatchSize, options.LearningRate, options.RegionsPerImage, options.Proposals) = (4, 3e-3, 16, 20);
        return options;
    }

    private IDataView Rows(int count, int seed = 1) => _ml.Data.LoadFromEnumerable(Enumerable.Range(0, count).Select(i => Row(seed, i)).ToList());

    private DetectionMetrics Evaluate(IDataView found) => _ml.VisionLanguage().EvaluateDetection(
        found, predictedLabelColumnName: "RegionClasses", predictedBoxesColumnName: "RegionBoxes", scoreColumnName: "RegionScores");

    /// <summary>One tall and one wide rectangle, each bright or dark, on grey.</summary>
    private static Input Row(int seed, int number)
    {
        const int width = 64, height = 48;
        var random = new Random((seed * 1000) + number);
        var pixels = new byte[width * height * 4];
        for (var i = 0; i < pixels.Length; i++) pixels[i] = i % 4 == 3 ? (byte)255 : (byte)(120 + random.Next(12));
        var (boxes, labels, attributes) = (new List<float>(), new List<string>(), new List<string>());
        foreach (var (label, w, h, from) in new[] { ("tall", 10, 24, 2), ("wide", 24, 10, 34) })
        {
            var isBright = random.Next(2) == 0;
            int left = from + random.Next(28 - w), top = 2 + random.Next(height - h - 4);
            for (var y = top; y < top + h; y++)
                for (var x = left; x < left + w; x++)
                    for (var channel = 0; channel < 3; channel++) pixels[(((y * width) + x) * 4) + channel] = isBright ? (byte)240 : (byte)10;
            boxes.AddRange([left, top, left + w, top + h]);
            labels.Add(label);
            attributes.Add(isBright ? "bright" : "dark");
        }

        return new()
        {
            ImageId = $"picture {number}",
            Image = MLImage.CreateFromPixels(width, height, MLPixelFormat.Rgba32, pixels),
            Boxes = [.. boxes],
            Labels = [.. labels],
            Attributes = [.. attributes],
            Crowd = [0, 0],
        };
    }

    private sealed class Reports(List<TrainingProgress> reports, Action<TrainingProgress>? also = null) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            reports.Add(value);
            also?.Invoke(value);
        }
    }

    private sealed record Input
    {
        public string ImageId { get; set; } = "";

        [ImageType(48, 64)]
        public MLImage? Image { get; set; }

        public float[] Boxes { get; set; } = [];

        public string[] Labels { get; set; } = [];

        public string[] Attributes { get; set; } = [];

        public float[] Crowd { get; set; } = [];
    }

    private sealed class Found
    {
        public float[] RegionFeatures { get; set; } = [];

        public uint[] RegionClasses { get; set; } = [];
    }
}
