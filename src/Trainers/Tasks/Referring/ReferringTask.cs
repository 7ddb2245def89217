using Microsoft.ML.Runtime;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Optimization;
using MLNet.VisionLanguage.Training;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tasks.Referring;

/// <summary>
/// Learning which region a text means, each region by itself, as the model's reference does: towards its overlap from one half on, or whether
/// that is above one half.
/// </summary>
internal sealed class ReferringTask(ReferringExpressionsOptions options)
    : LogitsTask<BoxLabel, ReferringSettings>(options.ToSettings(), Component)
{
    private const string Component = nameof(ReferringExpressionsTrainer);

    /// <summary>Stands for the overlap where there is no region.</summary>
    private const float NoRegion = -1;

    private const float Found = 0.5f;

    public override TrainingLabels<BoxLabel> Labels { get; } =
        new BoxLabels(Component, options.BoxesColumnName, options.Columns);

    private bool IsBinary => Settings.Model.RegionClassifier.IsBinary;

    public override bool IsMeanOfRows => !IsBinary;

    public override void Settle(IReadOnlyList<TrainingRow<BoxLabel>> training, IChannel channel)
    {
        var without = training.Count(row => !row.Label.Overlaps.Skip(1).Any(overlap => overlap > Found));
        if (without == 0) return;
        var found = $"{without} of {training.Count} training rows have no region that overlaps a box of column '{options.BoxesColumnName}' by more "
            + "than one half";
        if (without == training.Count) throw new InvalidDataException($"{Component}: {found}.");
        channel.Warning(MessageSensitivity.None, "{0}", found + "; they train towards no region.");
    }

    public override IEnumerable<(string Name, object? Value)> Identity() => [];

    public override PaddedColumn[] Targets(IReadOnlyList<TrainingRow<BoxLabel>> rows)
    {
        var targets = new PaddedColumn<float>(NoRegion, rows.Count, rows.Max(row => row.Label.Overlaps.Length));
        for (var i = 0; i < rows.Count; i++)
        {
            // The whole image last, as in the head's logits.
            var target = targets.Row(i);
            rows[i].Label.Overlaps.AsSpan(1).CopyTo(target);
            target[^1] = rows[i].Label.Overlaps[0];
        }

        return [targets];
    }

    public override (double Score, string Prediction)? Constant(IReadOnlyList<TrainingRow<BoxLabel>> training)
    {
        var (place, rows) = training
            .SelectMany(row => row.Label.Overlaps.Skip(1).Index().Where(pair => pair.Item > Found).Select(pair => pair.Index))
            .CountBy(place => place).MaxBy(pair => pair.Value);
        return ((double)rows / training.Count, $"region {place}");
    }

    protected override BatchResult Measure(Tensor logits, IReadOnlyList<Tensor> targets, TrainingBatch batch)
    {
        // A model that has nothing for the whole image does not train towards it.
        var overlaps = targets[0].slice(1, 0, logits.shape[1], 1);
        var isRegion = Scalars.With(0, overlaps.ge).to_type(ScalarType.Float32);
        overlaps = overlaps.mul(isRegion);
        var loss = IsBinary
            ? ReferringObjective.Loss(logits, Scalars.With(Found, overlaps.gt).to_type(ScalarType.Float32), isRegion)
            : RegionChoiceObjective.Loss(
                logits, overlaps.mul(Scalars.With(GroundingTargets.LeastWhileTraining, overlaps.ge).to_type(ScalarType.Float32)));

        // The whole image is never chosen.
        Tensor Own(Tensor all) => all.slice(1, 0, targets[0].shape[1] - 1, 1);
        return new(loss, RegionChoiceObjective.Score(Own(logits.detach()), Own(overlaps)), batch.Rows);
    }

    public override string ToString() => "referring expressions";
}
