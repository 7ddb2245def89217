using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage;

// BertForMultiModalPreTraining.
public sealed partial record ViLbertConfig
{
    internal override int PairClass => 0;

    internal override VisionLanguageModel ForPretraining(int? regionNumbers)
    {
        if (TaskTokens) new OptionCheck($"the {Title} configuration").Fail("task_specific_tokens", "pre-training has no task to name");
        return this with { RegionClasses = regionNumbers ?? RegionClasses };
    }

    internal override T Match<T>(IEngine<T> engine, ModelStates<T> states) => new ViLbertHeads<T>(engine, this).Align(states);

    internal override void BuildPretraining<T>(IRegionEngine<T> engine, ModelInputs<T> inputs) =>
        Pretrain(engine, inputs, engine.Constant([1f], 1, 1, 1));

    /// <summary>All that pre-training predicts.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="inputs">Captions and regions with some words and features hidden.</param>
    /// <param name="divisor">What the sum of an image's features is divided by for the whole image's, [B, 1, 1].</param>
    internal PretrainingLogits<T> Pretrain<T>(IEngine<T> engine, ModelInputs<T> inputs, T divisor)
        where T : class
    {
        var regions = ViLbertRegions<T>.Build(engine, inputs.RegionFeatures, inputs.RegionBoxes, inputs.ImageSize);
        return new ViLbertHeads<T>(engine, this).Pretrain(Run(engine, inputs, regions.WithGlobalSum(engine, divisor)));
    }
}
