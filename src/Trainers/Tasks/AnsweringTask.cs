using Microsoft.ML.Runtime;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Tasks.Answering;
using MLNet.VisionLanguage.Training;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tasks;

/// <summary>Question answering as the training run sees it: a model with an answer classifier, trained towards soft scores.</summary>
internal sealed class AnsweringTask(VisualQuestionAnsweringOptions options)
    : ModelTask<AnswerLabel, AnswerModelSettings>(options.ToSettings([]), Component)
{
    private const string Component = nameof(VisualQuestionAnsweringTrainer);

    private readonly AnswerLabels _labels = new(Component, options.AnswersColumnName, options.AnswerScoresColumnName);
    private int[] _places = [];

    public override TrainingLabels<AnswerLabel> Labels => _labels;

    /// <summary>The answers the model knows, once <see cref="Settle"/> has settled them.</summary>
    public IReadOnlyList<string> Answers => Settings.Answers;

    public override void Settle(IReadOnlyList<TrainingRow<AnswerLabel>> training, IChannel channel)
    {
        Settings = options.ToSettings([.. options.Answers ?? _labels.Vocabulary(training.Select(row => row.Label), options.MinimumAnswerCount)]);
        _places = _labels.IndexIn(Answers);
        Say(channel, CheckAnswers(training));
    }

    public override PickedAnswers? Picked => options.InitialAnswers is { } before
        ? new(options.Model.FindAnswerClassifier(options.Head).Layers.Output, before, Answers)
        : null;

    public override bool IsMeanOfRows => true;

    public override IEnumerable<(string Name, object? Value)> Identity() => [(nameof(Answers), Answers)];

    public override PaddedColumn[] Targets(IReadOnlyList<TrainingRow<AnswerLabel>> rows)
    {
        var targets = new PaddedColumn<float>(0, rows.Count, Answers.Count);
        for (var i = 0; i < rows.Count; i++)
        {
            var label = rows[i].Label;
            for (var k = 0; k < label.Answers.Length; k++)
                if (_places[label.Answers[k]] is >= 0 and var place) targets.Row(i)[place] = label.Scores[k];
        }

        return [targets];
    }

    public override (double Score, string Prediction)? Constant(IReadOnlyList<TrainingRow<AnswerLabel>> training)
    {
        var sums = new double[Answers.Count];
        foreach (var label in training.Select(row => row.Label))
        {
            for (var k = 0; k < label.Answers.Length; k++)
                if (_places[label.Answers[k]] is >= 0 and var place) sums[place] += label.Scores[k];
        }

        var best = Array.IndexOf(sums, sums.Max());
        return (sums[best] / training.Count, Answers[best]);
    }

    protected override BatchResult Measure(Tensor logits, IReadOnlyList<Tensor> targets, TrainingBatch batch) => new(
        options.BestAnswerOnly ? AnswerObjective.BestAnswerLoss(logits, targets[0]) : AnswerObjective.Loss(logits, targets[0]),
        AnswerObjective.Score(logits.detach(), targets[0]),
        batch.Rows);

    public override string ToString() => $"{Answers.Count} answers";

    private string? CheckAnswers(IReadOnlyList<TrainingRow<AnswerLabel>> rows)
    {
        var without = rows.Count(row => !row.Label.Answers.Any(answer => _places[answer] >= 0));
        if (without == rows.Count)
        {
            throw new InvalidDataException(_labels.Texts.Where((_, i) => _places[i] < 0).FirstOrDefault() is { } example
                ? $"No training row has an answer of the list of answers; one that is not in it is '{example}'."
                : "No training row has an answer.");
        }

        return without == 0 ? null : $"{without} of {rows.Count} training rows have no answer of the list of answers; they train towards no answer.";
    }

    private static void Say(IChannel channel, string? warning)
    {
        if (warning is not null) channel.Warning(MessageSensitivity.None, "{0}", warning);
    }
}
