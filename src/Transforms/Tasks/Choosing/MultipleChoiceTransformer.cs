using Microsoft.ML;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Tasks.Choosing;

namespace MLNet.VisionLanguage;

/// <summary>
/// Tells which of several texts suits an image best, such as the answers of a question or the reasons for an answer. Reads of each choice
/// InputIds, AttentionMask and TokenTypeIds (Vector&lt;Int64&gt; of one length), whose names end with the choice's (InputIds0, InputIds1),
/// and RegionFeatures (Vector&lt;Single&gt;, N×D), RegionBoxes (Vector&lt;Single&gt;, N×4, pixels x1 y1 x2 y2) and ImageSize
/// (Vector&lt;Single, 2&gt;, pixels); adds Score (Vector&lt;Single&gt;, a probability 0..1 a choice, which sum to 1, with SlotNames) and
/// PredictedLabel (a key whose KeyValues are the names of the choices).
/// </summary>
public sealed class MultipleChoiceTransformer : TaskTransformer
{
    internal MultipleChoiceTransformer(MLContext mlContext, ChoiceSettings settings, OnnxModelFolder model)
        : base(mlContext, settings, model) => Choices = settings.Choices;

    /// <summary>What the choices are called, and what the names of each one's columns end with, in the order of the scores.</summary>
    public IReadOnlyList<string> Choices { get; }
}
