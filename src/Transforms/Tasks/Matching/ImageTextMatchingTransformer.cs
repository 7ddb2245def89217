using Microsoft.ML;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Tasks.Matching;

namespace MLNet.VisionLanguage;

/// <summary>
/// Tells whether a text and an image belong together, by the alignment that pre-training learns. Reads InputIds, AttentionMask and
/// TokenTypeIds (Vector&lt;Int64&gt; of one length), RegionFeatures (Vector&lt;Single&gt;, N×D), RegionBoxes (Vector&lt;Single&gt;, N×4,
/// pixels x1 y1 x2 y2) and ImageSize (Vector&lt;Single, 2&gt;, pixels); adds Score (Single, the probability 0..1 that they do) and
/// PredictedLabel (Boolean, whether it is above one half). <see cref="TaskTransformer.SaveWeights"/> writes all that was pre-trained, under
/// the names of the reference's pre-training.
/// </summary>
public sealed class ImageTextMatchingTransformer : ImageTextPairTransformer
{
    internal ImageTextMatchingTransformer(MLContext mlContext, MatchingSettings settings, OnnxModelFolder model)
        : base(mlContext, settings, model)
    {
    }
}
