using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Models;

/// <summary>What the heads say of regions.</summary>
/// <param name="Features">[regions, size of a feature].</param>
/// <param name="Logits">Of classes, the background last, [regions, classes + 1].</param>
/// <param name="Deltas">How boxes differ from the regions, [regions, classes × 4]; [regions, 4] where all classes have one.</param>
/// <param name="AttributeLogits">"None" last, [regions, attributes + 1].</param>
internal sealed record RegionScores<T>(T Features, T Logits, T Deltas, T AttributeLogits);

/// <summary>The fifth stage and the heads over regions (modeling_frcnn.py, Res5ROIHeads and FastRCNNOutputLayers).</summary>
internal static class RegionHeads
{
    /// <summary>What the heads say of regions of maps.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="config">The sizes.</param>
    /// <param name="map">[images, channels, height, width].</param>
    /// <param name="boxes">[regions, 5]: number of the image, and the box in its pixels.</param>
    /// <param name="prefix">What names start with.</param>
    /// <param name="record">Receives "pooler" and "res5", the cells of the regions before and after the stage.</param>
    public static RegionScores<T> Score<T>(
        IRegionEngine<T> engine, FasterRcnnConfig config, T map, T boxes, string prefix = "roi_heads.", Recorder<T>? record = null)
        where T : class
    {
        var pooled = engine.RoiPool(map, boxes, config.PoolSize, 1f / FasterRcnnConfig.Stride);
        record?.Invoke("pooler", pooled);
        var cells = FasterRcnnBackbone.Stage(config, 3, prefix + "res5").Run(engine, pooled);
        record?.Invoke("res5", cells);
        var features = engine.Squeeze(engine.Squeeze(engine.GlobalAveragePool(cells), 3), 2);
        return Predict(engine, config, features, prefix + "box_predictor.");
    }

    /// <summary>What the heads say of features.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="config">The sizes.</param>
    /// <param name="features">[regions, size of a feature].</param>
    /// <param name="prefix">What names start with.</param>
    public static RegionScores<T> Predict<T>(IRegionEngine<T> engine, FasterRcnnConfig config, T features, string prefix)
        where T : class
    {
        using var mark = engine.Mark(ParameterMarks.Head);
        var logits = engine.Linear(features, prefix + "cls_score", config.Classes + 1);
        var deltas = engine.Linear(features, prefix + "bbox_pred", config.SharesBoxes ? 4 : 4 * config.Classes);

        // An attribute is one of what the region most probably is; the background counts as such.
        var known = engine.Embedding(prefix + "cls_embedding", engine.ArgMax(logits, 1), config.Classes + 1, config.FeatureSize / 8);
        var hidden = engine.Linear(engine.Concat(1, features, known), prefix + "fc_attr", config.FeatureSize / 4);
        var attributes = engine.Linear(engine.Activate(hidden, Activation.Relu), prefix + "attr_score", config.Attributes + 1);
        return new(features, logits, deltas, attributes);
    }
}
