using Microsoft.ML;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Tool.Scenes;

/// <summary>
/// The small FIBER learns about scenes from raw pixels and from nothing. Settings were chosen on scenes of another seed; judged are scenes that
/// nothing was chosen by.
/// </summary>
[Collection(TorchCollection.Name)]
[Trait(LongTier.Tier, LongTier.Long)]
[Trait(LongTier.Part, "fiber")]
public sealed class FiberLearningTests(ITestOutputHelper output) : IDisposable
{
    private const int Judged = 100;
    private const int ScenesSeed = 2;

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(1);

    /// <summary>In the pictures' own size the last stage has three by three tokens: as many as a scene has places.</summary>
    private static FiberConfig Places => FiberConfig.Tiny with { ImageSize = 96, WindowSize = 3 };

    private VisionLanguageTrainersCatalog Trainers => _ml.VisionLanguage().Trainers;

    public void Dispose() => _folder.Dispose();

    /// <summary>Beside the caption that would score best if it were said of every picture.</summary>
    [Fact]
    public void Captions()
    {
        var world = SceneWorld.Render(_ml, _folder, scenes: 4500, unseen: 200, ScenesSeed);
        var clock = LearningClock.Start();
        using var model = Caption(world, FiberConfig.Tiny, epochs: 3);
        var seconds = clock.Stop();
        var unseen = world.CaptionedImages("val").ToList();
        var pictures = world.WholeImage(FiberConfig.Tiny.ImageSize).Fit(_ml.Data.LoadFromEnumerable(unseen)).Transform(_ml.Data.LoadFromEnumerable(unseen));
        var scored = model.Transform(_ml.Transforms.DropColumns(nameof(CaptionedImage.Caption)).Fit(pictures).Transform(pictures));
        var metrics = _ml.VisionLanguage().EvaluateCaptioning(scored);
        var scorer = CiderScorer.Create(unseen.Select(image => image.References));
        var references = unseen.Select(image => scorer.Prepare(image.References)).ToList();
        var (constant, best) = world.Captions("train").CountBy(row => row.Caption).OrderByDescending(caption => caption.Value).Take(300)
            .Select(caption => (caption.Key, Score: references.Average(own => own.Score(caption.Key)))).MaxBy(caption => caption.Score);
        output.WriteLine($"CIDEr-D {metrics.CiderD:F4}, BLEU-4 {metrics.Bleu[3]:F4}; always '{constant}' {best:F4}; {clock}, seed 1");
        foreach (var row in _ml.Data.CreateEnumerable<Written>(scored, reuseRowObject: false).Take(5)) output.WriteLine($"{row.Caption} | {string.Join(" / ", row.References)}");
        Assert.InRange(metrics.CiderD, 2 * best, 10);
        Assert.InRange(seconds, 0, LearningClock.Most);
    }

    /// <summary>Captions are learnt first, so that the image's tower sees something; then which of them belongs to a picture.</summary>
    [Fact]
    public void Image_text_retrieval()
    {
        var world = SceneWorld.Render(_ml, _folder, scenes: 11_000, unseen: 200, ScenesSeed);
        var clock = LearningClock.Start();
        var options = ImageTextRetrievalOptions.FromScratch(Sized(Places, world), epochs: 1);
        (options.Threads, options.BatchSize, options.SizesFromData) = (1, 16, false);
        StartFrom(options, world, Places, epochs: 1);
        var train = _ml.Data.LoadFromEnumerable(world.Captions("train").DistinctBy(row => row.ImageId).ToList());
        var columns = world.WholeImage(nameof(CaptionExample.Caption), Places.ImageSize).Fit(train);
        using var model = Trainers.ImageTextRetrieval(options).Fit(columns.Transform(train));
        var seconds = clock.Stop();
        var first = columns.Transform(_ml.Data.LoadFromEnumerable(world.Captions("val").DistinctBy(row => row.ImageId).Take(Judged).ToList()));
        var scores = _ml.VisionLanguage().ScoreAllPairs(model, first, first);
        var metrics = ImageTextRetrievalMetrics.FromScores(scores, [.. Enumerable.Range(0, Judged)]);
        var (images, texts) = (metrics.ImageRetrieval.RecallAt1, metrics.TextRetrieval.RecallAt1);
        output.WriteLine($"R@1 among {Judged}: images {images:F4}, texts {texts:F4}, a guess {1.0 / Judged:F4}; {clock}, seed 1");
        Assert.InRange(Math.Min(images, texts), 0.5, 1);
        Assert.InRange(seconds, 0, LearningClock.Most);
    }

    /// <summary>As many statements are true as are false. 0.75 is wanted and not reached within the time; docs/measured.md has what is.</summary>
    [Fact]
    public void Statements_about_two_pictures()
    {
        var world = SceneWorld.Render(_ml, _folder, scenes: 9000, unseen: 1000, ScenesSeed);
        var clock = LearningClock.Start();
        var options = VisualReasoningOptions.FromScratch(Sized(FiberConfig.Tiny, world), epochs: 5);
        (options.Threads, options.SizesFromData) = (2, false);
        StartFrom(options, world, FiberConfig.Tiny, epochs: 1);
        var train = world.Pairs("train").ToDataView(_ml);
        var columns = world.TwoWholeImages(FiberConfig.Tiny.ImageSize).Fit(train);
        using var model = Trainers.VisualReasoning(options).Fit(columns.Transform(train));
        var seconds = clock.Stop();
        var unseen = world.Pairs("val").ToList();
        var metrics = _ml.VisionLanguage().EvaluateVisualReasoning(model.Transform(columns.Transform(_ml.Data.LoadFromEnumerable(unseen))));
        var majority = unseen.CountBy(row => row.Label).Max(label => label.Value) / (double)unseen.Count;
        output.WriteLine($"accuracy {metrics.Accuracy:F4} of {unseen.Count}, always the same {majority:F4}; {clock}, seed 1");
        Assert.InRange(majority, 0.49, 0.51);
        Assert.InRange(metrics.Accuracy, 0.68, 1);
        Assert.InRange(seconds, 0, LearningClock.Most);
    }

    /// <summary>In the sizes that the texts' columns tell, which all tasks share.</summary>
    private static FiberConfig Sized(FiberConfig model, SceneWorld world) => model with
    {
        VocabularySize = world.BytePairs.Count,
        MaxPositions = new TokenizeTextOptions().MaxLength + FiberConfig.Tiny.MaxPositions - FiberConfig.Tiny.MaxTokens,
    };

    private ImageCaptioningTransformer Caption(SceneWorld world, FiberConfig model, int epochs)
    {
        var options = ImageCaptioningOptions.FromScratch(Sized(model, world), epochs);
        (options.Threads, options.BatchSize, options.Vocabulary, options.MaxLength, options.Beams) = (1, 32, world.BytePairs, 30, 3);
        var train = world.Captions("train").ToDataView(_ml);
        return Trainers.ImageCaptioning(options).Fit(world.WholeImage(nameof(CaptionExample.Caption), model.ImageSize).Fit(train).Transform(train));
    }

    /// <summary>A writer of captions has all but what its image's tower would read of the text, which starts fresh.</summary>
    private void StartFrom(TrainerOptions options, SceneWorld world, FiberConfig model, int epochs)
    {
        using var captions = Caption(world, model, epochs);
        captions.SaveWeights(_folder.File("captions.safetensors"));
        options.InitialWeights = options.InitialImageWeights = _folder.File("captions.safetensors");
    }

    private sealed class Written
    {
        public string Caption { get; set; } = "";

        public string[] References { get; set; } = [];
    }
}
