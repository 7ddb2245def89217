using Microsoft.ML;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Tasks.Reasoning;

namespace MLNet.VisionLanguage;

/// <summary>
/// Tells whether a text about two images is true. Reads InputIds, AttentionMask and TokenTypeIds (Vector&lt;Int64&gt; of one length), and of
/// each image RegionFeatures (Vector&lt;Single&gt;, N×D), RegionBoxes (Vector&lt;Single&gt;, N×4, pixels x1 y1 x2 y2) and ImageSize
/// (Vector&lt;Single, 2&gt;, pixels), whose names end with the image's (RegionFeaturesLeft, RegionFeaturesRight); adds Score
/// (Vector&lt;Single, 2&gt;, the probabilities 0..1 of False and True, with SlotNames; LXMERT's and VL-BERT's sum to 1, ViLBERT's are each
/// for itself, as its reference trains them) and PredictedLabel (a key whose KeyValues are False and True).
/// </summary>
public sealed class VisualReasoningTransformer : TaskTransformer
{
    internal VisualReasoningTransformer(MLContext mlContext, ReasoningSettings settings, OnnxModelFolder model)
        : base(mlContext, settings, model) => Images = settings.Images;

    /// <summary>What the names of each image's columns end with.</summary>
    public IReadOnlyList<string> Images { get; }
}
