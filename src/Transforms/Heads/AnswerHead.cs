namespace MLNet.VisionLanguage;

/// <summary>Which of ViLBERT's two answer classifiers a model uses; they differ in their parameters' names.</summary>
public enum AnswerHead
{
    /// <summary>vil_prediction: VQA v2, 3129 answers in the reference.</summary>
    Vqa,

    /// <summary>vil_prediction_gqa: GQA, 1533 answers in the reference.</summary>
    Gqa,
}
