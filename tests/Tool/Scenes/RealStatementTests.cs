using System.Diagnostics;
using Microsoft.ML;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Tool.Scenes;

/// <summary>
/// What a small model from nothing learns of two small and hard sets that were not made for this library: figures to state, whatever they are.
/// Nothing is chosen by the rows that are judged.
/// </summary>
[Collection(TorchCollection.Name)]
public sealed class RealStatementTests(ITestOutputHelper output)
{
    /// <summary>Of the rows to train on, the share by which the best epoch is chosen.</summary>
    private const double Held = 0.15;

    private readonly MLContext _ml = new(1);

    /// <summary>Drawings 400 × 100 with three boxes side by side; each statement's six images have the boxes in every order.</summary>
    [SkippableFact]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "statements")]
    public void Nlvr()
    {
        var folder = TestData.SharedData("nlvr/nlvr/dev");
        var rows = NlvrDataset.Load(Path.Combine(folder, "dev.json"), Path.Combine(folder, "images"), options: new() { SkipMissingImages = true }).ToList();
        var (train, judged) = (rows.Where(row => row.Directory != "3").ToList(), rows.Where(row => row.Directory == "3").ToList());
        var columns = _ml.Transforms.LoadImageFiles("Image", "", nameof(NlvrExample.ImagePath))
            .Append(_ml.Transforms.ExtractGridFeatures("Image", new GridFeatureOptions { Grid = 6, CellSize = 8, Centered = true }))
            .Append(_ml.Transforms.TokenizeText(BertVocabulary.Build(train.Select(row => row.Sentence)), nameof(NlvrExample.Sentence)));
        var options = VisualReasoningOptions.FromScratch(epochs: 20);
        (options.Images, options.ValidationFraction) = ([""], Held);
        var clock = Stopwatch.StartNew();
        var model = columns.Append(_ml.VisionLanguage().Trainers.VisualReasoning(options)).Fit(_ml.Data.LoadFromEnumerable(train));
        var seconds = clock.Elapsed.TotalSeconds;
        var metrics = _ml.VisionLanguage().EvaluateVisualReasoning(model.Transform(_ml.Data.LoadFromEnumerable(judged)));
        var frequent = train.CountBy(row => row.Label).MaxBy(pair => pair.Value).Key;
        output.WriteLine($"NLVR: {metrics.Accuracy:F4}, consistency {metrics.Consistency:F4}, always '{frequent}' "
            + $"{judged.Average(row => row.Label == frequent ? 1.0 : 0):F4}, {train.Count} rows to train on, {judged.Count} judged, {seconds:F0} s, seed 1");
        (model as IDisposable)?.Dispose();
        Assert.InRange(metrics.Accuracy, 0.4, 1);
    }

    /// <summary>Drawings of 3 × 3 places, a shape or nothing in each.</summary>
    [SkippableFact]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "statements")]
    public void Shapes()
    {
        var folder = TestData.SharedData("shapes");
        var (train, judged) = (ShapesDataset.Load(folder, "train.small").ToDataView(_ml), ShapesDataset.Load(folder, "val").ToDataView(_ml));
        var questions = ShapesDataset.Load(folder, "train.small").Select(row => row.Question).ToList();
        var columns = _ml.Transforms.ExtractGridFeatures("Image", new GridFeatureOptions { Grid = 3, CellSize = 8, Centered = true })
            .Append(_ml.Transforms.TokenizeText(BertVocabulary.Build(questions), nameof(ShapesExample.Question)));
        var options = VisualQuestionAnsweringOptions.FromScratch(epochs: 60);
        options.ValidationFraction = Held;
        var clock = Stopwatch.StartNew();
        var model = columns.Append(_ml.VisionLanguage().Trainers.VisualQuestionAnswering(options)).Fit(train);
        var seconds = clock.Elapsed.TotalSeconds;
        var metrics = _ml.VisionLanguage().EvaluateVisualQuestionAnswering(model.Transform(judged));
        var answers = ShapesDataset.Load(folder, "val").Select(row => row.Answers[0]).ToList();
        var frequent = ShapesDataset.Load(folder, "train.small").CountBy(row => row.Answers[0]).MaxBy(pair => pair.Value).Key;
        output.WriteLine($"SHAPES: {metrics.Accuracy:F4}, always '{frequent}' {answers.Average(answer => answer == frequent ? 1.0 : 0):F4}, "
            + $"{questions.Count} questions to train on, {metrics.Count} judged, {seconds:F0} s, seed 1");
        (model as IDisposable)?.Dispose();
        Assert.InRange(metrics.Accuracy, 0.4, 1);
    }
}
