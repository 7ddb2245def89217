using Microsoft.ML;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>easy-VQA from raw pixels: the small FIBER from nothing. Judged are a tenth of the images, by which nothing was chosen.</summary>
[Collection(TorchCollection.Name)]
[Trait(LongTier.Tier, LongTier.Long)]
[Trait(LongTier.Part, "fiber")]
public sealed class EasyVqaPixelsTests(ITestOutputHelper output)
{
    private const int Questions = 16000;

    private readonly MLContext _ml = new(1);

    [SkippableFact]
    public void Questions_are_answered_about_pixels()
    {
        var images = VqaDataset.LoadEasyVqa(TestData.SharedData("easy_vqa/train")).Examples.GroupBy(row => row.ImagePath).ToList();
        List<VqaExample> unseen = [.. images.Where((_, i) => i % 10 == 0).SelectMany(rows => rows)];
        List<VqaExample> rows = [.. images.Where((_, i) => i % 10 > 1).SelectMany(rows => rows).Take(Questions)];
        var options = VisualQuestionAnsweringOptions.FromScratch(FiberConfig.Tiny, epochs: 5);
        options.Threads = 2;
        var clock = LearningClock.Start();
        var pipeline = _ml.Transforms.LoadImageFiles("Image", "", nameof(ImageExample.ImagePath))
            .Append(_ml.Transforms.PreprocessImage("PixelValues", "Image", imageSize: FiberConfig.Tiny.ImageSize))
            .Append(_ml.Transforms.TokenizeText(BytePairVocabulary.Build(rows.Select(row => row.Question).Distinct(), 350), nameof(VqaExample.Question)))
            .Append(_ml.VisionLanguage().Trainers.VisualQuestionAnswering(options));
        using var model = pipeline.Fit(_ml.Data.LoadFromEnumerable(rows));
        var seconds = clock.Stop();
        var metrics = _ml.VisionLanguage().EvaluateVisualQuestionAnswering(model.Transform(_ml.Data.LoadFromEnumerable(unseen)));
        var most = rows.CountBy(row => row.Answers[0]).MaxBy(answer => answer.Value).Key;
        var majority = unseen.Average(row => row.Answers[0] == most ? 1.0 : 0);
        output.WriteLine($"accuracy {metrics.Accuracy:F4} of {metrics.Count}, always '{most}' {majority:F4}; {rows.Count} questions, {clock}, seed 1");
        Assert.InRange(metrics.Accuracy, 0.85, 1);
        Assert.InRange(seconds, 0, LearningClock.Most);
    }
}
