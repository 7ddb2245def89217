using Microsoft.ML.Runtime;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Training;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tasks;

/// <summary>
/// Learning which of a list of names is a row's, where every row has one: with cross entropy where the classifier's classes exclude each
/// other, with the binary cross entropy of each class where its reference trains them so.
/// </summary>
/// <param name="settings">The settings of the model.</param>
/// <param name="names">The names, in the order of the scores.</param>
/// <param name="labelColumn">The column of the row's name, see <see cref="LabelNames"/>.</param>
/// <param name="component">What messages call the trainer.</param>
internal sealed class NamedTask<TSettings>(TSettings settings, IReadOnlyList<string> names, string labelColumn, string component)
    : LogitsTask<NameLabel, TSettings>(settings, component)
    where TSettings : TaskSettings
{
    public override TrainingLabels<NameLabel> Labels { get; } = new NameLabels(component, labelColumn, names);

    public override bool IsMeanOfRows => true;

    public override void Settle(IReadOnlyList<TrainingRow<NameLabel>> training, IChannel channel)
    {
    }

    public override IEnumerable<(string Name, object? Value)> Identity() => [];

    public override PaddedColumn[] Targets(IReadOnlyList<TrainingRow<NameLabel>> rows)
    {
        var targets = new PaddedColumn<float>(0, rows.Count, names.Count);
        for (var i = 0; i < rows.Count; i++) targets.Row(i)[rows[i].Label.Place] = 1;
        return [targets];
    }

    public override (double Score, string Prediction)? Constant(IReadOnlyList<TrainingRow<NameLabel>> training)
    {
        var (place, rows) = training.CountBy(row => row.Label.Place).MaxBy(pair => pair.Value);
        return ((double)rows / training.Count, names[place]);
    }

    protected override BatchResult Measure(Tensor logits, IReadOnlyList<Tensor> targets, TrainingBatch batch)
    {
        var loss = ((ClassifierHead)Network.Head).Classifier.IsExclusive
            ? ChoiceObjective.Loss(logits, targets[0].argmax(1))
            : ClassObjective.Loss(logits, targets[0]);
        return new(loss, AnswerObjective.Score(logits.detach(), targets[0]), batch.Rows);
    }

    public override string ToString() => $"{names.Count} names";
}
