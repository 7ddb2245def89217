using Microsoft.ML;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>Options for a model that starts from nothing: sizes that the data tells, rates at which it learns, and a warning without them.</summary>
[Collection(TorchCollection.Name)]
public class FromScratchTests
{
    private static readonly BertVocabulary Vocabulary = BertVocabulary.Build(WordQuestions.Texts);

    public static TheoryData<string> Kinds => [.. DrawnRegions.OtherKinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Sizes_are_those_of_the_regions_and_of_the_tokenizer(string kind)
    {
        var ml = new MLContext(1);
        var options = VisualQuestionAnsweringOptions.FromScratch(Questions.ModelOf(kind) with { VocabularySize = 5, RegionFeatureSize = 3 }, 1);
        using var model = WordQuestions.Pipeline(ml, Vocabulary, options, maxLength: 40).Fit(WordQuestions.View(ml, 4));

        var sizes = model.LastTransformer.Model;
        Assert.Equal(
            (Vocabulary.Count, Questions.FeatureSize, 40), (sizes.VocabularySize, sizes.RegionFeatureSize, sizes.MaxTokens));
    }

    [Fact]
    public void Token_ids_that_tell_nothing_leave_the_models_vocabulary()
    {
        var ml = new MLContext(1);
        var options = VisualQuestionAnsweringOptions.FromScratch(Questions.Model with { RegionFeatureSize = 3 }, 1);
        using var model = ml.VisionLanguage().Trainers.VisualQuestionAnswering(options).Fit(Questions.View(ml, Questions.Make(3)));

        Assert.Equal((Questions.Vocabulary, Questions.FeatureSize), (model.Model.VocabularySize, model.Model.RegionFeatureSize));
    }

    [Fact]
    public void A_view_without_rows_or_with_other_columns_is_told_as_without_sizes_of_its_own()
    {
        var ml = new MLContext(1);
        var trainer = ml.VisionLanguage().Trainers.VisualQuestionAnswering(VisualQuestionAnsweringOptions.FromScratch());

        Assert.Contains("no rows", Assert.Throws<InvalidDataException>(() => trainer.Fit(Questions.View(ml, []))).Message);
        var other = ml.Transforms.DropColumns("RegionFeatures").Fit(Questions.View(ml, Questions.Make(1))).Transform(Questions.View(ml, Questions.Make(1)));
        Assert.Contains("'RegionFeatures'", Assert.Throws<ArgumentException>(() => trainer.Fit(other)).Message);
    }

    [Fact]
    public void The_model_learns_with_nothing_else_said()
    {
        var ml = new MLContext(1);
        var view = WordQuestions.View(ml, 100);
        using var model = WordQuestions.Pipeline(ml, Vocabulary, VisualQuestionAnsweringOptions.FromScratch()).Fit(view);

        Assert.True(ml.VisionLanguage().EvaluateVisualQuestionAnswering(model.Transform(view)).Accuracy > 0.9);
    }

    [Fact]
    public void Options_for_fine_tuning_warn_when_they_meet_fresh_weights()
    {
        var fineTuning = new VisualQuestionAnsweringOptions { Model = Questions.Model, Epochs = 1, BatchSize = 8 };

        Assert.Contains(Warnings(fineTuning), text => text.Contains("FromScratch") && text.Contains("InitialWeights"));
        Assert.DoesNotContain(Warnings(VisualQuestionAnsweringOptions.FromScratch(Questions.Model, 1)), text => text.Contains("FromScratch"));
    }

    [Fact]
    public void Sizes_of_the_data_and_weights_of_a_checkpoint_exclude_each_other()
    {
        using var folder = new TemporaryFolder();
        var options = VisualQuestionAnsweringOptions.FromScratch();
        options.InitialWeights = folder.Write("weights.safetensors", [1]);

        var error = Assert.Throws<ArgumentException>(() => new MLContext().VisionLanguage().Trainers.VisualQuestionAnswering(options));
        Assert.Contains("SizesFromData", error.Message);
    }

    private static List<string> Warnings(VisualQuestionAnsweringOptions options)
    {
        var ml = new MLContext(1);
        var warnings = new List<string>();
        ml.Log += (_, e) =>
        {
            if (e.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning) warnings.Add(e.RawMessage);
        };
        ml.VisionLanguage().Trainers.VisualQuestionAnswering(options).Fit(Questions.View(ml, Questions.Make(10))).Dispose();
        return warnings;
    }
}
