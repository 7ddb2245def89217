using Microsoft.ML;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Tasks.Retrieval;

namespace MLNet.VisionLanguage;

/// <summary>
/// Tells how well a text and an image suit each other, to find images by texts and texts by images: a row is a pair, and of pairs with the
/// same text (or the same image) those with larger scores come first. Reads InputIds, AttentionMask and TokenTypeIds (Vector&lt;Int64&gt; of
/// one length), RegionFeatures (Vector&lt;Single&gt;, N×D), RegionBoxes (Vector&lt;Single&gt;, N×4, pixels x1 y1 x2 y2) and ImageSize
/// (Vector&lt;Single, 2&gt;, pixels); adds Score (Single, any number: it has a meaning only beside the scores of other pairs).
/// </summary>
public sealed class ImageTextRetrievalTransformer : ImageTextPairTransformer
{
    internal ImageTextRetrievalTransformer(MLContext mlContext, RetrievalSettings settings, OnnxModelFolder model)
        : base(mlContext, settings, model)
    {
    }
}
