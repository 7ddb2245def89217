using Microsoft.ML.Runtime;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Training;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tasks.Retrieval;

/// <summary>
/// Learning to tell a row's own text and image from others (datasets/retreival_dataset.py): each time a row is used it becomes four, the
/// pair itself, its image with another text, another image with its text, and its image with one more text.
/// </summary>
/// <param name="settings">The settings of its model.</param>
/// <param name="nearestImages">How many of the images most like a training row's the last text may be of; 0 takes that of any.</param>
internal sealed class RetrievalTask(RetrievalSettings settings, int nearestImages = 0) : LogitsTask<bool, RetrievalSettings>(settings, Component)
{
    private const string Component = nameof(ImageTextRetrievalTrainer);

    /// <summary>The pair and what it is told from.</summary>
    public const int Parts = 4;

    private const int Tries = 100;

    private readonly Lock _finding = new();
    private IReadOnlyList<TrainingRow<bool>>? _training;
    private NearestImages? _nearest;

    public override TrainingLabels<bool> Labels { get; } = new NoLabels();

    public override void Settle(IReadOnlyList<TrainingRow<bool>> training, IChannel channel) => _training = training;

    public override IEnumerable<(string Name, object? Value)> Identity() =>
        nearestImages > 0 ? [(nameof(ImageTextRetrievalOptions.NearestImages), nearestImages)] : [];

    public override IReadOnlyList<TrainingRow<bool>> Draw(
        TrainingRows<bool> data, IReadOnlyList<TrainingRow<bool>> rows, IReadOnlyList<TrainingRow<bool>> all, Random random)
    {
        var nearest = nearestImages > 0 && ReferenceEquals(all, _training) ? Nearest(data, all) : null;
        return [.. rows.SelectMany(Questions)];

        TrainingRow<bool>[] Questions(TrainingRow<bool> row) =>
            [row, WithText(row, Other(row)), WithText(Other(row), row), WithText(row, Near(row))];

        static TrainingRow<bool> WithText(TrainingRow<bool> image, TrainingRow<bool> text) => image with { TextPlace = text.Place };

        TrainingRow<bool> Near(TrainingRow<bool> row) => nearest?.Draw(row, random, Tries) ?? Other(row);

        TrainingRow<bool> Other(TrainingRow<bool> row) => data.Other(Component, row, all, random, Tries);
    }

    public override PaddedColumn[] Targets(IReadOnlyList<TrainingRow<bool>> rows) => [];

    public override (double Score, string Prediction)? Constant(IReadOnlyList<TrainingRow<bool>> training) => (1.0 / Parts, "the first");

    protected override BatchResult Measure(Tensor logits, IReadOnlyList<Tensor> targets, TrainingBatch batch)
    {
        var questions = ChoiceObjective.SideBySide(logits, Parts);
        var right = zeros(questions.shape[0], dtype: ScalarType.Int64, device: logits.device);
        return new(ChoiceObjective.Loss(questions, right), ChoiceObjective.Score(questions.detach(), right), batch.Rows / Parts);
    }

    public override string ToString() => "each against three others";

    /// <summary>Found once, when the first batch is laid out.</summary>
    private NearestImages Nearest(TrainingRows<bool> data, IReadOnlyList<TrainingRow<bool>> training)
    {
        lock (_finding) return _nearest ??= new(data, training, nearestImages);
    }
}
