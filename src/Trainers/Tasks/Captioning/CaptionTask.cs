using Microsoft.ML.Runtime;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Optimization;
using MLNet.VisionLanguage.Training;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tasks.Captioning;

/// <summary>Learning to write the next token of a text about an image.</summary>
/// <param name="settings">The settings of its model.</param>
internal class CaptionTask(CaptionSettings settings) : ModelTask<bool, CaptionSettings>(settings, nameof(ImageCaptioningTrainer))
{
    /// <summary>The task of some options.</summary>
    public static CaptionTask Of(ImageCaptioningOptions options) => options.Loss switch
    {
        CaptionLoss.OffPolicy => new OffPolicyCaptionTask(options.ToSettings(), options.FrozenBatches),
        CaptionLoss.Cider => new RewardedCaptionTask(options.ToSettings(), options),
        _ => new CaptionTask(options.ToSettings()),
    };

    public override TrainingLabels<bool> Labels { get; } = new NoLabels();

    public override void Settle(IReadOnlyList<TrainingRow<bool>> training, IChannel channel)
    {
    }

    public override IEnumerable<(string Name, object? Value)> Identity() => [];

    public override PaddedColumn[] Targets(IReadOnlyList<TrainingRow<bool>> rows) => [];

    public override (double Score, string Prediction)? Constant(IReadOnlyList<TrainingRow<bool>> training) => null;

    public sealed override IEnumerable<BatchResult> Forward(TorchEngine engine, TrainingBatch batch)
    {
        var inputs = Network.Inputs(engine, (column, number) => batch.Value(column, number, engine.Device));
        var words = new CaptionBatch(
            inputs, Network.Logits(engine, inputs), CaptionObjective.Labels(inputs.InputIds, Settings.Model.PaddingWord));
        yield return Measure(engine, batch, words);
    }

    /// <summary>Loss and score of a batch: here the likelihood's, and the share of words that come first.</summary>
    protected virtual BatchResult Measure(TorchEngine engine, TrainingBatch batch, CaptionBatch words)
    {
        var right = Scalars.With((long)batch.Rows, CaptionObjective.RightShare(words.Logits.detach(), words.Labels).mul);
        return new(CaptionObjective.Loss(words.Logits, words.Labels), right, batch.Rows);
    }

    public override string ToString() => "each token of a caption";

    /// <summary>What people wrote, and what the model thinks of it.</summary>
    /// <param name="Inputs">Texts and images.</param>
    /// <param name="Logits">Of the next word at each place, [B, L, vocabulary].</param>
    /// <param name="Labels">What <see cref="CaptionObjective.Labels"/> gave.</param>
    protected sealed record CaptionBatch(ModelInputs<Tensor> Inputs, Tensor Logits, Tensor Labels);
}
