using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage;

// ResNetVLBERTForPretraining with features that are there already, and with its relationship head.
public sealed partial record VlBertConfig
{
    /// <summary>Keeps the mean of no regions from being a division by 0.</summary>
    private const float Epsilon = 1e-5f;

    internal override int PairClass => 1;

    /// <summary>The relationship of caption and image is read from the pooled vector.</summary>
    /// <exception cref="NotSupportedException">Regions are hidden by their features, which a model with a backbone is not given.</exception>
    internal override VisionLanguageModel ForPretraining(int? regionNumbers) => Backbone is not null
        ? throw new NotSupportedException($"{Title} is pre-trained on features of regions: {nameof(Backbone)} must be null.")
        : this with { Pooler = true, RegionClasses = regionNumbers ?? RegionClasses };

    internal override VisionLanguageModel WithTexts() => this with { HasTexts = true };

    internal override T Match<T>(IEngine<T> engine, ModelStates<T> states) =>
        new VlBertHeads<T>(engine, this).Match(
            states.PooledText ?? throw new ArgumentException("The relationship of caption and image needs with_pooler.", nameof(states)));

    internal override void BuildPretraining<T>(IRegionEngine<T> engine, ModelInputs<T> inputs) =>
        Pretrain(
            engine, inputs, engine.Affine(engine.Squeeze(engine.Slice(inputs.RegionBoxes, 2, 0, 1), 2), 0),
            HasTexts ? new(inputs.InputIds, inputs.TokenTypeIds, inputs.AttentionMask) : null);

    /// <summary>All that pre-training predicts of captions.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="inputs">Captions with some words hidden, and regions.</param>
    /// <param name="masked">1.0 for a region whose feature is hidden, also from the whole image's, [B, N].</param>
    /// <param name="texts">Texts without an image; null when there are none.</param>
    internal VlBertPredictions<T> Pretrain<T>(IEngine<T> engine, ModelInputs<T> inputs, T masked, VlBertText<T>? texts = null)
        where T : class
    {
        var objects = VlBertRegions<T>.Build(engine, inputs.RegionFeatures, inputs.RegionBoxes, inputs.ImageSize);
        var seen = engine.Of(RegionColumns.Validity(engine, inputs.RegionBoxes)) * (1 - engine.Of(engine.Unsqueeze(masked, 2)));
        var whole = engine.Of(engine.Sum(engine.Of(inputs.RegionFeatures) * seen, 1, keepAxis: true))
            / (engine.Of(engine.Sum(seen, 1, keepAxis: true)) + Epsilon);
        var first = engine.Affine(engine.Slice(objects.Mask, 1, 0, 1), 0);
        return new VlBertPretraining<T>(engine, this).Run(
            new(inputs.InputIds, inputs.TokenTypeIds, inputs.AttentionMask),
            objects with { Features = engine.Concat(1, whole, engine.Slice(objects.Features, 1, 1, null)) },
            inputs.ImageSize,
            engine.Concat(1, first, masked),
            texts);
    }
}
