using Microsoft.ML;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Training;

public sealed class OptionsTests
{
    private readonly MLContext _ml = new(1);

    private static IReadOnlyDictionary<string, Action<VisualQuestionAnsweringOptions>> Impossible { get; } =
        new Dictionary<string, Action<VisualQuestionAnsweringOptions>>
        {
            ["Model"] = o => o.Model = null!,
            ["Epochs"] = o => o.Epochs = 0,
            ["BatchSize"] = o => o.BatchSize = -1,
            ["GradientAccumulation"] = o => o.GradientAccumulation = 0,
            ["ReportEvery"] = o => o.ReportEvery = 0,
            ["ScoringBatchSize"] = o => o.ScoringBatchSize = 0,
            ["MinimumAnswerCount"] = o => o.MinimumAnswerCount = 0,
            ["LearningRate"] = o => o.LearningRate = double.NaN,
            ["HeadLearningRate"] = o => o.HeadLearningRate = -1e-4,
            ["WeightDecay"] = o => o.WeightDecay = double.PositiveInfinity,
            ["Beta1"] = o => o.Beta1 = 1,
            ["Beta2"] = o => o.Beta2 = -0.1,
            ["Epsilon"] = o => o.Epsilon = 0,
            ["WarmupProportion"] = o => o.WarmupProportion = 1.1,
            ["GradientClipping"] = o => o.GradientClipping = -1,
            ["ValidationFraction"] = o => o.ValidationFraction = 1,
            ["EarlyStoppingPatience"] = o => o.EarlyStoppingPatience = -1,
            ["CheckpointEvery"] = o => o.CheckpointEvery = -1,
            ["Threads"] = o => o.Threads = -1,
            ["Optimizer"] = o => o.Optimizer = (OptimizerKind)9,
            ["Schedule"] = o => o.Schedule = (LearningRateSchedule)9,
            ["Device"] = o => o.Device = (TrainingDevice)9,
            ["Head"] = o => o.Head = (AnswerHead)9,
            ["Initialization"] = o => o.Initialization = (WeightInitialization)9,
            ["Answers"] = o => o.Answers = ["yes", "no", "yes"],
            ["InitialWeights"] = o => o.InitialWeights = "no such file",
            ["CheckpointFolder"] = o => o.CheckpointFolder = "",
            ["InputIdsColumnName"] = o => o.InputIdsColumnName = "",
            ["PredictedLabelColumnName"] = o => o.PredictedLabelColumnName = "Score",
            ["AnswerScoresColumnName"] = o => o.AnswerScoresColumnName = "Answers",
        };

    public static TheoryData<string> OptionNames() => [.. Impossible.Keys];

    [Theory]
    [MemberData(nameof(OptionNames))]
    public void An_impossible_value_names_its_option(string option)
    {
        var options = Questions.Options(Impossible[option]);
        var error = Assert.Throws<ArgumentException>(() => _ml.VisionLanguage().Trainers.VisualQuestionAnswering(options));
        Assert.StartsWith($"Option {option}: ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_empty_list_of_answers_or_a_missing_answer_is_refused()
    {
        foreach (var (answers, problem) in new (string[], string)[] { ([], "empty"), (["yes", null!], "missing") })
        {
            var error = Assert.Throws<ArgumentException>(() =>
                _ml.VisionLanguage().Trainers.VisualQuestionAnswering(Questions.Options(o => o.Answers = answers)));
            Assert.Contains("Answers", error.Message, StringComparison.Ordinal);
            Assert.Contains(problem, error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void The_defaults_are_possible()
    {
        Assert.NotNull(_ml.VisionLanguage().Trainers.VisualQuestionAnswering());
        Assert.NotNull(_ml.VisionLanguage().Trainers.VisualQuestionAnswering(new() { AnswerScoresColumnName = null }));
    }

    [Fact]
    public void The_shape_of_the_output_is_known_before_training()
    {
        var trainer = _ml.VisionLanguage().Trainers.VisualQuestionAnswering(Questions.Options(o => o.ScoreColumnName = "P"));
        var input = _ml.Transforms.CustomMapping<Nothing, Question>((_, _) => { }, contractName: null).GetOutputSchema(new SchemaShape([]));
        var output = trainer.GetOutputSchema(input);
        Assert.Contains("SlotNames", output.Single(column => column.Name == "P").Annotations.Select(column => column.Name));
        Assert.True(output.Single(column => column.Name == "PredictedLabel").IsKey);
        Assert.Contains("Answers", output.Select(column => column.Name));
        var missing = _ml.Transforms.DropColumns("InputIds").GetOutputSchema(input);
        Assert.Contains("'InputIds'", Assert.Throws<ArgumentException>(() => trainer.GetOutputSchema(missing)).Message, StringComparison.Ordinal);
    }

    private sealed class Nothing;
}
