using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>Validation rows inside a pipeline, and splits that keep an image's rows together.</summary>
[Collection(TorchCollection.Name)]
public class ValidationTests
{
    private static readonly BertVocabulary Vocabulary = BertVocabulary.Build(WordQuestions.Texts);

    [Fact]
    public void A_pipeline_is_fitted_with_a_validation_view()
    {
        var ml = new MLContext(1);
        var reports = new List<TrainingProgress>();
        var options = Options(2, reports);
        options.EarlyStoppingPatience = 1;
        var (train, validation) = (WordQuestions.View(ml, 20), WordQuestions.View(ml, 5, seed: 2));
        var pipeline = ml.Transforms.TokenizeText(Vocabulary, "Question")
            .Append(ml.VisionLanguage().Trainers.VisualQuestionAnswering(options), validation);
        using var model = pipeline.Fit(train);

        Assert.All(reports.Where(report => report.EpochEnded), report => Assert.NotNull(report.ValidationScore));

        // The same as transforming both views by hand.
        using var tokenizer = ml.Transforms.TokenizeText(Vocabulary, "Question").Fit(train);
        using var byHand = ml.VisionLanguage().Trainers.VisualQuestionAnswering(options)
            .Fit(tokenizer.Transform(train), tokenizer.Transform(validation));
        Assert.Equal(Scores(byHand.Transform(tokenizer.Transform(validation))), Scores(model.Transform(validation)));
        using var folder = new TemporaryFolder();
        ml.VisionLanguage().Save(model, train.Schema, folder.File("m.zip"));
        var loaded = ml.VisionLanguage().Load(folder.File("m.zip"));
        Assert.Equal(Scores(model.Transform(validation)), Scores(loaded.Transform(validation)));
        (loaded as IDisposable)!.Dispose();
    }

    [Fact]
    public void A_validation_view_without_a_column_is_told_before_anything_is_read()
    {
        var ml = new MLContext(1);
        var validation = ml.Transforms.DropColumns("Question").Fit(WordQuestions.View(ml, 1)).Transform(WordQuestions.View(ml, 1));
        var pipeline = ml.Transforms.TokenizeText(Vocabulary, "Question")
            .Append(ml.VisionLanguage().Trainers.VisualQuestionAnswering(Options(1)), validation);

        Assert.Contains("'Question'", Assert.Throws<ArgumentException>(() => pipeline.Fit(WordQuestions.View(ml, 2))).Message);
    }

    [Fact]
    public void A_split_keeps_an_images_rows_together()
    {
        var ml = new MLContext(1);
        var split = ml.VisionLanguage().TrainTestSplit(WordQuestions.View(ml, 40), 0.3);

        var (train, test) = (Images(split.TrainSet), Images(split.TestSet));
        Assert.Empty(train.Intersect(test));
        Assert.Equal(80, train.Count + test.Count);
    }

    [Fact]
    public void Too_few_images_and_columns_that_are_not_there_are_errors()
    {
        var ml = new MLContext(1);
        var one = WordQuestions.View(ml, 1);

        Assert.Contains("too few images", Assert.Throws<InvalidDataException>(() => ml.VisionLanguage().TrainTestSplit(one, 0.5)).Message);
        Assert.Contains("'File'", Assert.Throws<ArgumentException>(() => ml.VisionLanguage().TrainTestSplit(one, 0.5, "File")).Message);
        var pipeline = WordQuestions.Pipeline(ml, Vocabulary, Options(1));
        Assert.Contains("too few images", Assert.Throws<InvalidDataException>(
            () => ml.VisionLanguage().CrossValidateVisualQuestionAnswering(one, pipeline, 2)).Message);
    }

    [Fact]
    public void Cross_validation_measures_every_image_once_and_its_models_live_apart()
    {
        var ml = new MLContext(1);
        var view = WordQuestions.View(ml, 24);
        var folds = ml.VisionLanguage().CrossValidateVisualQuestionAnswering(view, WordQuestions.Pipeline(ml, Vocabulary, Options(1)), 3);

        Assert.Equal([0, 1, 2], folds.Select(fold => fold.Fold));
        Assert.Equal(48, folds.Sum(fold => fold.Metrics.Count));
        Assert.Equal(24, folds.SelectMany(fold => Images(fold.ScoredHoldOutSet).Distinct()).Count());
        folds[0].Dispose();
        var kept = folds[1];
        Assert.Equal(
            kept.Metrics.Accuracy, ml.VisionLanguage().EvaluateVisualQuestionAnswering(kept.ScoredHoldOutSet).Accuracy);
        foreach (var fold in folds) fold.Dispose();
    }

    private static VisualQuestionAnsweringOptions Options(int epochs, List<TrainingProgress>? reports = null)
    {
        var options = VisualQuestionAnsweringOptions.FromScratch(Questions.Model, epochs);
        if (reports is not null) options.Progress = new ImmediateProgress(reports.Add);
        return options;
    }

    private static List<string> Images(IDataView view) => [.. view.GetColumn<string>("ImageId")];

    private static float[] Scores(IDataView view) => [.. view.GetColumn<float[]>("Score").SelectMany(scores => scores)];
}
