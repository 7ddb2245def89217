using MLNet.VisionLanguage.Datasets;

namespace MLNet.VisionLanguage.Tool.Training;

/// <summary>What <c>vl train vqa</c> was asked to do, options resolved.</summary>
internal sealed record TrainingRequest
{
    public required IReadOnlyList<VqaExample> Training { get; init; }

    /// <summary>Questions on other images, answered after training; may be empty.</summary>
    public required IReadOnlyList<VqaExample> Measured { get; init; }

    /// <summary>Region features; empty to look at the images.</summary>
    public required IReadOnlyList<string> FeatureFiles { get; init; }

    /// <summary>The cells an image is cut into.</summary>
    public required GridFeatureOptions Grid { get; init; }

    public required Text.BertVocabulary Vocabulary { get; init; }

    public required TokenizeTextOptions Tokens { get; init; }

    public required VisualQuestionAnsweringOptions Trainer { get; init; }

    /// <summary>Where the model goes.</summary>
    public required string Output { get; init; }
}
