using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Training;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tasks.Captioning;

/// <summary>Captions by GOLD: what a frozen copy of the model thinks of a caption's words weighs them.</summary>
/// <param name="settings">The settings of its model.</param>
/// <param name="refreshed">Batches after which the copy becomes the model again.</param>
internal sealed class OffPolicyCaptionTask(CaptionSettings settings, int refreshed) : CaptionTask(settings)
{
    private ModelParameters? _frozen;

    /// <summary>The frozen copy.</summary>
    public override IReadOnlyDictionary<string, Tensor> Remember(Device device, int seed)
    {
        var frozen = _frozen = new(Parameters(), device);
        return frozen.Specs.ToDictionary(spec => $"frozen.{spec.Name}", Tensor (spec) => frozen[spec.Name]);
    }

    protected override BatchResult Measure(TorchEngine engine, TrainingBatch batch, CaptionBatch words)
    {
        var likelihood = base.Measure(engine, batch, words);
        if (!engine.Training) return likelihood;
        if (batch.Number % refreshed == 0) _frozen!.CopyFrom(engine.Parameters);
        return likelihood with { Loss = CaptionObjective.OffPolicyLoss(words.Logits, Frozen(), words.Labels) };

        Tensor Frozen()
        {
            using var untracked = no_grad();
            return Network.Logits(new TorchEngine(_frozen!), words.Inputs);
        }
    }
}
