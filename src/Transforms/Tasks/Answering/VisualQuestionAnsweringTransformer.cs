using Microsoft.ML;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Tasks.Answering;

namespace MLNet.VisionLanguage;

/// <summary>
/// Answers questions about images. Reads InputIds, AttentionMask and TokenTypeIds (Vector&lt;Int64&gt; of one length), RegionFeatures
/// (Vector&lt;Single&gt;, N×D), RegionBoxes (Vector&lt;Single&gt;, N×4, pixels x1 y1 x2 y2) and ImageSize (Vector&lt;Single, 2&gt;,
/// pixels); adds
/// Score (Vector&lt;Single&gt;, one probability 0..1 an answer, with SlotNames) and PredictedLabel (a key whose KeyValues are the answers).
/// </summary>
public sealed class VisualQuestionAnsweringTransformer : TaskTransformer
{
    internal VisualQuestionAnsweringTransformer(MLContext mlContext, AnswerModelSettings settings, OnnxModelFolder model)
        : base(mlContext, settings, model) => Answers = settings.Answers;

    /// <summary>The answers, in the order of the scores.</summary>
    public IReadOnlyList<string> Answers { get; }
}
