using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>
/// easy-VQA about detected regions: the detector learns the shape of each picture from questions that name it and from where the picture differs
/// from its background. A tenth of the images is kept from both.
/// </summary>
[Collection(TorchCollection.Name)]
[Trait(LongTier.Tier, LongTier.Long)]
[Trait(LongTier.Part, "detector")]
public sealed class EasyVqaRegionsTests(ITestOutputHelper output) : IDisposable
{
    private const int Difference = 30;

    private readonly TemporaryFolder _folder = new();
    private readonly MLContext _ml = new(1);

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void Questions_are_answered_about_what_a_detector_finds()
    {
        var data = VqaDataset.LoadEasyVqa(TestData.SharedData("easy_vqa/train"));
        var clock = Stopwatch.StartNew();
        var images = data.Examples.GroupBy(row => row.ImagePath).ToList();
        var held = images.Where((_, i) => i % 10 == 0).Select(image => image.Key).ToHashSet();
        var objects = images.Where(image => !held.Contains(image.Key)).Select(Object).OfType<DetectionExample>().ToList();
        var options = RegionDetectorOptions.FromScratch(epochs: 4);
        (options.AttributesColumnName, options.Regions.MaxRegions) = (nameof(DetectionExample.Attributes), 4);
        options.Regions.Confidence = 0.3f;
        using var detector = _ml.Transforms.LoadImageFiles("Image", "", nameof(ImageExample.ImagePath))
            .Append(_ml.VisionLanguage().Trainers.RegionDetector(options)).Fit(_ml.Data.LoadFromEnumerable(objects));
        var seconds = clock.Elapsed.TotalSeconds;

        var regions = _folder.File("regions.safetensors");
        var all = _ml.Data.LoadFromEnumerable(images.Select(image => new Picture { ImageId = image.First().ImageId, ImagePath = image.Key }).ToList());
        _ml.VisionLanguage().SaveRegionFeatures(detector.Transform(all), regions);
        var (train, unseen) = (Rows(false), Rows(true));
        using var model = _ml.Transforms.LoadRegionFeatures([regions], nameof(VqaExample.ImageId))
            .Append(_ml.Transforms.TokenizeText(BertVocabulary.Build(data.Examples.Select(row => row.Question)), nameof(VqaExample.Question)))
            .Append(_ml.VisionLanguage().Trainers.VisualQuestionAnswering(VisualQuestionAnsweringOptions.FromScratch(epochs: 4))).Fit(train);
        var total = clock.Elapsed.TotalSeconds;
        var metrics = _ml.VisionLanguage().EvaluateVisualQuestionAnswering(model.Transform(unseen));
        output.WriteLine($"{objects.Count} pictures with objects, detector {seconds:F0} s, all {total:F0} s, accuracy {metrics.Accuracy:F4} of {metrics.Count}");
        Assert.InRange(metrics.Accuracy, 0.97, 1);
        Assert.InRange(total, 0, 900);

        IDataView Rows(bool isHeld) => _ml.Data.LoadFromEnumerable(data.Examples.Where(row => held.Contains(row.ImagePath) == isHeld).ToList());
    }

    /// <summary>The shape of a picture, where its questions tell what it is; null where they do not.</summary>
    private static DetectionExample? Object(IGrouping<string, VqaExample> image)
    {
        string? AnswerTo(Func<string, bool> asks) => image.FirstOrDefault(row => asks(row.Question))?.Answers[0];
        var shape = AnswerTo(question => question.StartsWith("what shape", StringComparison.Ordinal)
            || (question.StartsWith("what is the", StringComparison.Ordinal) && question.EndsWith(" shape?", StringComparison.Ordinal)
                && !question.Contains("color", StringComparison.Ordinal)));
        if (shape is null) return null;
        return new()
        {
            ImageId = image.First().ImageId,
            ImagePath = image.Key,
            Labels = [shape],
            Attributes = [AnswerTo(question => question.StartsWith("what", StringComparison.Ordinal) && question.Contains("color", StringComparison.Ordinal)) ?? ""],
            Boxes = Foreground(image.Key),
        };
    }

    /// <summary>The box around the pixels that differ from the first.</summary>
    private static float[] Foreground(string path)
    {
        using var picture = MLImage.CreateFromFile(path);
        var (pixels, width) = (picture.Pixels.ToArray(), picture.Width);
        var inside = Enumerable.Range(0, pixels.Length / 4)
            .Where(i => Enumerable.Range(0, 3).Any(channel => Math.Abs(pixels[(4 * i) + channel] - pixels[channel]) > Difference)).ToList();
        return [inside.Min(i => i % width), inside.Min(i => i / width), inside.Max(i => i % width) + 1, inside.Max(i => i / width) + 1];
    }

    private sealed class Picture : ImageExample;
}
