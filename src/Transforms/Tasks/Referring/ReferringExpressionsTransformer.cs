using Microsoft.ML;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Tasks.Referring;

namespace MLNet.VisionLanguage;

/// <summary>
/// Tells which of an image's regions a text means: one of a detector's, or one of the boxes to choose from (Visual7W, GuessWhat) where the
/// row's regions are those. Reads InputIds, AttentionMask and TokenTypeIds (Vector&lt;Int64&gt; of one length), RegionFeatures
/// (Vector&lt;Single&gt;, N×D), RegionBoxes (Vector&lt;Single&gt;, N×4, pixels x1 y1 x2 y2) and ImageSize (Vector&lt;Single, 2&gt;, pixels);
/// adds Score (Vector&lt;Single&gt;, a number 0..1 for each of the row's N regions, each for itself) and PredictedBox
/// (Vector&lt;Single, 4&gt;, the box of the region with the largest score, pixels x1 y1 x2 y2).
/// </summary>
public sealed class ReferringExpressionsTransformer : TaskTransformer
{
    internal ReferringExpressionsTransformer(MLContext mlContext, ReferringSettings settings, OnnxModelFolder model)
        : base(mlContext, settings, model)
    {
    }
}
