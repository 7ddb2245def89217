using Microsoft.ML.Runtime;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Optimization;
using MLNet.VisionLanguage.Training;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tasks.Captioning;

/// <summary>Learning to write the next token of a text about an image.</summary>
/// <param name="settings">The settings of its model.</param>
internal sealed class CaptionTask(CaptionSettings settings) : ModelTask<bool, CaptionSettings>(settings, nameof(ImageCaptioningTrainer))
{
    public override TrainingLabels<bool> Labels { get; } = new NoLabels();

    public override void Settle(IReadOnlyList<TrainingRow<bool>> training, IChannel channel)
    {
    }

    public override IEnumerable<(string Name, object? Value)> Identity() => [];

    public override PaddedColumn[] Targets(IReadOnlyList<TrainingRow<bool>> rows) => [];

    public override (double Score, string Prediction)? Constant(IReadOnlyList<TrainingRow<bool>> training) => null;

    protected override BatchResult Measure(Tensor logits, IReadOnlyList<Tensor> targets, TrainingBatch batch)
    {
        var labels = CaptionObjective.Labels(batch.Value(StandardColumns.InputIds, 0, logits.device), Settings.Model.PaddingWord);
        var right = Scalars.With((long)batch.Rows, CaptionObjective.RightShare(logits.detach(), labels).mul);
        return new(CaptionObjective.Loss(logits, labels), right, batch.Rows);
    }

    public override string ToString() => "each token of a caption";
}
