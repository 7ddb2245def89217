using System.Text.Json;
using MLNet.VisionLanguage.Heads;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>What makes a question answering model besides its weights. As JSON it is the state in the model file.</summary>
internal sealed record AnswerModelSettings
{
    /// <summary>The architecture.</summary>
    public VisionLanguageModel Model { get; init; } = ViLbertConfig.Base;

    /// <summary>The classifier by its name in the reference, such as ViLBERT's vil_prediction.</summary>
    public string Head { get; init; } = "vil_prediction";

    /// <summary>The answers, in the order of the classifier's outputs.</summary>
    public IReadOnlyList<string> Answers { get; init; } = [];

    public string InputIdsColumnName { get; init; } = AnswerGraph.InputIds;

    public string AttentionMaskColumnName { get; init; } = AnswerGraph.AttentionMask;

    public string TokenTypeIdsColumnName { get; init; } = AnswerGraph.TokenTypeIds;

    public string RegionFeaturesColumnName { get; init; } = AnswerGraph.RegionFeatures;

    public string RegionBoxesColumnName { get; init; } = AnswerGraph.RegionBoxes;

    public string ImageSizeColumnName { get; init; } = AnswerGraph.ImageSize;

    public string ScoreColumnName { get; init; } = AnswerGraph.Score;

    public string PredictedLabelColumnName { get; init; } = "PredictedLabel";

    /// <summary>How many rows are read ahead and scored at once.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Threads of one operator; 0 leaves the choice to ONNX Runtime.</summary>
    public int Threads { get; init; }

    /// <summary>The model with its classifier.</summary>
    public AnswerNetwork ToNetwork() => new(Model, Model.FindAnswerClassifier(Head), Answers.Count);

    /// <exception cref="ArgumentException">A setting is out of its range, or two contradict each other.</exception>
    public void Validate()
    {
        Model.Validate();
        Model.FindAnswerClassifier(Head);
        if (Answers.Count == 0)
            throw new ArgumentException("The model has no answers.");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < Answers.Count; i++)
        {
            if (string.IsNullOrEmpty(Answers[i]))
                throw new ArgumentException($"Answer {i} is empty.");
            if (!seen.Add(Answers[i]))
                throw new ArgumentException($"Answer {i}, \"{Answers[i]}\", is in the list twice.");
        }

        foreach (var column in new[]
        {
            InputIdsColumnName, AttentionMaskColumnName, TokenTypeIdsColumnName, RegionFeaturesColumnName, RegionBoxesColumnName,
            ImageSizeColumnName, ScoreColumnName, PredictedLabelColumnName,
        })
        {
            ArgumentException.ThrowIfNullOrEmpty(column);
        }

        if (ScoreColumnName == PredictedLabelColumnName)
            throw new ArgumentException($"The score and the predicted label are both to be column '{ScoreColumnName}'.");
        if (BatchSize < 1)
            throw new ArgumentOutOfRangeException(nameof(BatchSize), BatchSize, $"{nameof(BatchSize)} must be at least 1.");
        if (Threads < 0)
            throw new ArgumentOutOfRangeException(nameof(Threads), Threads, $"{nameof(Threads)} must not be negative.");
    }

    public string ToState() => JsonSerializer.Serialize(this);

    /// <exception cref="InvalidDataException">The text holds no settings.</exception>
    public static AnswerModelSettings FromState(string state)
    {
        try
        {
            var settings = JsonSerializer.Deserialize<AnswerModelSettings>(state)
                ?? throw new InvalidDataException("The model's question answering state is damaged: it holds no settings.");
            settings.Validate();
            return settings;
        }
        catch (Exception e) when (e is JsonException or ArgumentException or NotSupportedException)
        {
            throw new InvalidDataException($"The model's question answering state is damaged: {e.Message}", e);
        }
    }
}
