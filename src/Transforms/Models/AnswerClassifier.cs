using MLNet.VisionLanguage.Layers;

namespace MLNet.VisionLanguage;

/// <summary>Which of a reference's answer classifiers a model uses; some have one for each, under names of their own.</summary>
public enum AnswerHead
{
    /// <summary>VQA v2: 3129 answers in the references; ViLBERT's vil_prediction.</summary>
    Vqa,

    /// <summary>GQA: 1533 (ViLBERT's vil_prediction_gqa) or 1842 (LXMERT) answers in the references.</summary>
    Gqa,
}

/// <summary>A classifier of a reference that answers questions.</summary>
/// <param name="Head">The data set it is for.</param>
/// <param name="Name">What its parameters' names start with.</param>
/// <param name="TaskId">The number of its task.</param>
/// <param name="Layers">Its layers.</param>
internal sealed record AnswerClassifier(AnswerHead Head, string Name, int TaskId, Classifier Layers);
