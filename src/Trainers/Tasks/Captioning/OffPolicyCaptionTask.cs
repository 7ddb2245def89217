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
    private ModelParameters? _model;
    private ModelParameters? _frozen;

    public override ModelParameters Freeze(ModelParameters parameters)
    {
        _model = parameters;
        return _frozen = new(parameters.Specs, parameters.Device);
    }

    protected override BatchResult Measure(TorchEngine engine, TrainingBatch batch, CaptionBatch words)
    {
        var likelihood = base.Measure(engine, batch, words);
        if (!engine.Training) return likelihood;
        if (batch.Number % refreshed == 0) _frozen!.CopyFrom(_model!);
        return likelihood with { Loss = CaptionObjective.OffPolicyLoss(words.Logits, Frozen(), words.Labels) };

        Tensor Frozen()
        {
            using var untracked = no_grad();
            return Network.Logits(new TorchEngine(_frozen!), words.Inputs);
        }
    }
}
