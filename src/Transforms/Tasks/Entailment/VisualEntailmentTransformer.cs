using Microsoft.ML;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Tasks.Entailment;

namespace MLNet.VisionLanguage;

/// <summary>
/// Tells whether an image entails a text, contradicts it or says nothing about it. Reads the columns that
/// <see cref="VisualQuestionAnsweringTransformer"/> reads; adds Score (Vector&lt;Single&gt;, a probability 0..1 a class, with SlotNames;
/// LXMERT's and VL-BERT's sum to 1, ViLBERT's are each for itself, as its reference trains them) and PredictedLabel (a key whose KeyValues
/// are the classes).
/// </summary>
public sealed class VisualEntailmentTransformer : TaskTransformer
{
    internal VisualEntailmentTransformer(MLContext mlContext, EntailmentSettings settings, OnnxModelFolder model)
        : base(mlContext, settings, model) => Classes = settings.Classes;

    /// <summary>The classes, in the order of the scores.</summary>
    public IReadOnlyList<string> Classes { get; }
}
