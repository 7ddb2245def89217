using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage.Tasks.Answering;

/// <summary>
/// Question answering as a task: what makes a model besides its weights, the columns it reads and those it adds. As JSON it is the state in
/// the model file.
/// </summary>
internal sealed record AnswerModelSettings
{
    /// <summary>What saved models and messages call the task.</summary>
    public const string Kind = "VisualQuestionAnswering";

    private const int Version = 1;

    /// <summary>The architecture.</summary>
    public VisionLanguageModel Model { get; init; } = ViLbertConfig.Base;

    /// <summary>The classifier by its name in the reference, such as ViLBERT's vil_prediction.</summary>
    public string Head { get; init; } = "vil_prediction";

    /// <summary>The answers, in the order of the classifier's outputs.</summary>
    public IReadOnlyList<string> Answers { get; init; } = [];

    /// <summary>The user's names of the input columns.</summary>
    public ColumnNames Columns { get; init; } = [];

    /// <summary>The probability of each answer, Vector&lt;Single&gt; with SlotNames.</summary>
    public string ScoreColumnName { get; init; } = AnswerGraph.Score;

    /// <summary>The most probable answer, a key with KeyValues.</summary>
    public string PredictedLabelColumnName { get; init; } = "PredictedLabel";

    /// <summary>The column whose values name rows in messages, when the data has it.</summary>
    public string? RowIdColumnName { get; init; } = RowName.Column;

    /// <summary>How many rows are read ahead and scored at once.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>Threads of one operator; 0 leaves the choice to ONNX Runtime.</summary>
    public int Threads { get; init; }

    /// <exception cref="InvalidDataException">The text holds no settings, or those of a newer version.</exception>
    public static AnswerModelSettings FromState(string state)
    {
        var settings = StateText.Read<AnswerModelSettings>(state, Kind, Version);
        try
        {
            settings.Validate();
            return settings;
        }
        catch (ArgumentException e)
        {
            throw StateText.Damaged(Kind, e);
        }
    }

    /// <summary>The columns a model of this kind reads.</summary>
    /// <param name="component">What messages call the reader.</param>
    public InputColumns Inputs(string component = Kind) => new(component, StandardColumns.TextAndImage(Columns, Model.Limits));

    /// <summary>The task for the scorer.</summary>
    public ScoringTask ToTask() => new()
    {
        Inputs = Inputs(),
        Outputs =
        [
            new NamedScoresColumn(ScoreColumnName, AnswerGraph.Score, Answers),
            new BestNameColumn(PredictedLabelColumnName, AnswerGraph.Score, Answers),
        ],
        State = StateText.Write(Kind, Version, this),
        RowIdColumn = RowIdColumnName,
        BatchSize = BatchSize,
        Threads = Threads,
    };

    /// <summary>The model with its classifier.</summary>
    public AnswerNetwork ToNetwork() => new(Model, Model.FindAnswerClassifier(Head), Answers.Count);

    /// <exception cref="ArgumentException">A setting is out of its range, or two contradict each other.</exception>
    public void Validate()
    {
        Model.Validate();
        Model.FindAnswerClassifier(Head);
        if (Answers.Count == 0) throw new ArgumentException("The model has no answers.");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < Answers.Count; i++)
        {
            // The empty answer is one of the reference's 3129.
            if (Answers[i] is null) throw new ArgumentException($"Answer {i} is missing.");
            if (!seen.Add(Answers[i])) throw new ArgumentException($"Answer {i}, \"{Answers[i]}\", is in the list twice.");
        }

        foreach (var column in Columns.Values.Append(ScoreColumnName).Append(PredictedLabelColumnName))
            ArgumentException.ThrowIfNullOrEmpty(column);
        if (ScoreColumnName == PredictedLabelColumnName)
            throw new ArgumentException($"The score and the predicted label are both to be column '{ScoreColumnName}'.");
        if (BatchSize < 1) throw new ArgumentOutOfRangeException(nameof(BatchSize), BatchSize, $"{nameof(BatchSize)} must be at least 1.");
        if (Threads < 0) throw new ArgumentOutOfRangeException(nameof(Threads), Threads, $"{nameof(Threads)} must not be negative.");
    }
}
