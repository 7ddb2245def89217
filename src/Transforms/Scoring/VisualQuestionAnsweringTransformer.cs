using Microsoft.ML;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Composition;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage;

/// <summary>
/// Answers questions about images: adds Score (Vector&lt;Single&gt;, one probability 0..1 an answer, with SlotNames) and PredictedLabel (a key
/// whose KeyValues are the answers).
/// </summary>
public sealed class VisualQuestionAnsweringTransformer : DelegatingTransformer
{
    private VisualQuestionAnsweringTransformer(ITransformer inner)
        : base(inner)
    {
    }

    internal static VisualQuestionAnsweringTransformer Create(MLContext mlContext, AnswerModelSettings settings, IParameterSource weights)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(weights);
        throw new NotSupportedException("The scorer is not part of this commit.");
    }
}
