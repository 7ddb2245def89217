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
    : LogitsTask<AnswerLabel, AnswerModelSettings>(options.ToSettings([]), Component)
{
    private const string Component = nameof(VisualQuestionAnsweringTrainer);

    private readonly AnswerLabels _labels = new(Component, options.AnswersColumnName, options.AnswerScoresColumnName);

    public override TrainingLabels<AnswerLabel> Labels => _labels;

    /// <summary>The answers the model knows, once <see cref="Settle"/> has settled them.</summary>
    public IReadOnlyList<string> Answers => Settings.Answers;

    public override void Settle(IReadOnlyList<TrainingRow<AnswerLabel>> training, IChannel channel)
    {
        Settings = options.ToSettings([.. options.Answers ?? _labels.Vocabulary(training.Select(row => row.Label), options.MinimumAnswerCount)]);
        _labels.TellApart(Answers);
        var without = training.Count(row => !_labels.Known(row.Label).Any());
        var example = _labels.FirstUnknown() is { } text ? $" of the list of answers; one that is not in it is '{text}'" : "";
        if (without == training.Count) throw new InvalidDataException($"No training row has an answer{example}.");
        if (without == 0) return;
        channel.Warning(
            MessageSensitivity.None, "{0}",
            $"{without} of {training.Count} training rows have no answer of the list of answers; they train towards no answer.");
    }

    public override PickedAnswers? Picked => options.InitialAnswers is { } before
        ? new(options.Model.FindAnswerClassifier(options.Head).Layers.Output, before, Answers)
        : null;

    public override bool IsMeanOfRows => true;

    public override IEnumerable<(string Name, object? Value)> Identity() => [(nameof(Answers), Answers)];

    public override PaddedColumn[] Targets(IReadOnlyList<TrainingRow<AnswerLabel>> rows) =>
        [_labels.Targets([.. rows.Select(row => row.Label)], Answers.Count)];

    public override (double Score, string Prediction)? Constant(IReadOnlyList<TrainingRow<AnswerLabel>> training)
    {
        var (best, sum) = _labels.Best(training.Select(row => row.Label), Answers.Count);
        return (sum / training.Count, Answers[best]);
    }

    protected override BatchResult Measure(Tensor logits, IReadOnlyList<Tensor> targets, TrainingBatch batch) => new(
        options.BestAnswerOnly ? AnswerObjective.BestAnswerLoss(logits, targets[0]) : AnswerObjective.Loss(logits, targets[0]),
        AnswerObjective.Score(logits.detach(), targets[0]),
        batch.Rows);

    public override string ToString() => $"{Answers.Count} answers";
}
