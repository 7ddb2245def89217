using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tasks.Pretraining;

/// <summary>What a model that takes the image whole predicts in pre-training.</summary>
internal static class PicturePretraining
{
    /// <summary>Logits of the words at every place of texts with their images, [B, L, vocabulary].</summary>
    public static Tensor Words(TorchEngine engine, VisionLanguageModel model, ModelInputs<Tensor> inputs) =>
        model.PredictWords(engine, model.Build(engine, inputs with { IsPretraining = true }));

    /// <summary>Logits of whether texts and images belong together, [B, 2].</summary>
    public static Tensor Match(TorchEngine engine, VisionLanguageModel model, ModelInputs<Tensor> inputs) =>
        model.Match(engine, model.Build(engine, inputs with { IsPretraining = true }));

    /// <summary>
    /// Makes the row that tells pairs the head that ranks them, whose memory the reference has both share: what is fine-tuned for retrieval begins
    /// there.
    /// </summary>
    public static void ShareRank(ModelParameters parameters, VisionLanguageModel model)
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        foreach (var part in new[] { ".weight", ".bias" })
            parameters[FiberNames.Rank + part].copy_(parameters[FiberNames.Match + part].slice(0, model.PairClass, model.PairClass + 1, 1));
    }
}
