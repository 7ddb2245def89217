namespace MLNet.VisionLanguage.Scoring;

/// <summary>What makes a question answering model besides its weights. As JSON it is the state in the model file.</summary>
internal sealed record AnswerModelSettings
{
    /// <summary>The architecture.</summary>
    public ViLbertConfig Model { get; init; } = ViLbertConfig.Base;

    /// <summary>The classifier: vil_prediction (VQA) or vil_prediction_gqa (GQA).</summary>
    public string Head { get; init; } = "vil_prediction";

    /// <summary>The answers, in the order of the classifier's outputs.</summary>
    public IReadOnlyList<string> Answers { get; init; } = [];

    public string InputIdsColumnName { get; init; } = "InputIds";

    public string AttentionMaskColumnName { get; init; } = "AttentionMask";

    public string TokenTypeIdsColumnName { get; init; } = "TokenTypeIds";

    public string RegionFeaturesColumnName { get; init; } = "RegionFeatures";

    public string RegionBoxesColumnName { get; init; } = "RegionBoxes";

    public string ImageSizeColumnName { get; init; } = "ImageSize";

    public string ScoreColumnName { get; init; } = "Score";

    public string PredictedLabelColumnName { get; init; } = "PredictedLabel";

    /// <summary>How many rows are read ahead and scored at once.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Threads of one operator; 0 leaves the choice to ONNX Runtime.</summary>
    public int Threads { get; init; }
}
