using System.Text.Json.Serialization;
using Microsoft.ML;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage.Tasks;

/// <summary>
/// What makes a task's model besides its weights: the architecture, the columns it reads and those it adds. As JSON it is the state in the
/// model file, so public properties keep their names and defaults.
/// </summary>
internal abstract record TaskSettings
{
    /// <summary>The architecture.</summary>
    public VisionLanguageModel Model { get; init; } = ViLbertConfig.Base;

    /// <summary>The user's names of the input columns.</summary>
    public ColumnNames Columns { get; init; } = [];

    /// <summary>The task's scores.</summary>
    public string ScoreColumnName { get; init; } = TaskHead.Score;

    /// <summary>How the text attends to the regions, tokens × regions; null for no such column.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? AttentionColumnName { get; init; }

    /// <summary>What every layer makes of the tokens; null for no such column.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? TextStatesColumnName { get; init; }

    /// <summary>What every layer makes of the regions; null for no such column.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RegionStatesColumnName { get; init; }

    /// <summary>The number of the task in the reference, for models that are told it; null for that of the head.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? TaskNumber { get; init; }

    /// <summary>The column whose values name rows in messages, when the data has it.</summary>
    public string? RowIdColumnName { get; init; } = RowName.Column;

    /// <summary>How many rows are scored at once.</summary>
    public int BatchSize { get; init; } = 32;

    /// <summary>How many rows are read ahead, those of like length to be scored together; 0 for four batches.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public int WindowSize { get; init; }

    /// <summary>Threads of one operator; 0 leaves the choice to ONNX Runtime.</summary>
    public int Threads { get; init; }

    /// <summary>Whether the model computes in int8, see <see cref="QuantizedWeights"/>.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool Quantize { get; init; }

    /// <summary>What saved models and messages call the task.</summary>
    internal abstract string TaskName { get; }

    /// <summary>Counted up when older programs must not read the state any more.</summary>
    internal virtual int Version => 1;

    /// <summary>What the names of each text's columns end with; several for a task on several texts.</summary>
    internal virtual IReadOnlyList<string> TextEndings => [""];

    /// <summary>The same of the texts that it is trained on, where these are others.</summary>
    internal virtual IReadOnlyList<string> TrainedTextEndings => TextEndings;

    /// <summary>What the names of each image's columns end with.</summary>
    internal virtual IReadOnlyList<string> ImageEndings => [""];

    /// <summary>The head on the model.</summary>
    internal abstract TaskHead CreateHead();

    /// <summary>The names that the head has an output for; empty where a row's texts or regions take their place.</summary>
    internal virtual IReadOnlyList<string> ChosenNames => [];

    /// <summary>The columns added, made of the head's outputs.</summary>
    internal abstract IReadOnlyList<OutputColumn> Outputs();

    /// <summary>The model with its head.</summary>
    public TaskNetwork ToNetwork() => new(Model, CreateHead())
    {
        ShowsAttention = AttentionColumnName is not null,
        ReadsTags = Columns.ContainsKey(StandardColumns.RegionTags.Name),
        ShowsTextStates = TextStatesColumnName is not null,
        ShowsRegionStates = RegionStatesColumnName is not null,
        TaskNumber = TaskNumber,
    };

    /// <summary>Weights in the types in which the model keeps them.</summary>
    public IParameterSource AsStored(IParameterSource weights, TaskNetwork network) =>
        Quantize ? new QuantizedWeights(weights, network.Parameters()) : weights;

    /// <summary>The columns a model of this kind reads.</summary>
    /// <param name="component">What messages call the reader.</param>
    public InputColumns Inputs(string? component = null) =>
        new(component ?? TaskName, StandardColumns.TextsAndImages(Columns, Model.Limits, TextEndings, ImageEndings));

    /// <summary>The columns that such a model is trained on.</summary>
    /// <inheritdoc cref="Inputs"/>
    public InputColumns TrainedInputs(string component) =>
        new(component, StandardColumns.TextsAndImages(Columns, Model.Limits, TrainedTextEndings, ImageEndings));

    /// <summary>The task for the scorer.</summary>
    public ScoringTask ToTask() => new()
    {
        Inputs = Inputs(),
        Outputs = AllOutputs(),
        State = StateText.Write(TaskName, Version, this),
        RowIdColumn = RowIdColumnName,
        BatchSize = BatchSize,
        WindowSize = WindowSize,
        Threads = Threads,
    };

    /// <exception cref="ArgumentException">A setting is out of its range, or two contradict each other.</exception>
    public void Validate()
    {
        Model.Validate();
        ValidateTask();
        if (Columns.ContainsKey(StandardColumns.RegionTags.Name) && !Model.ReadsTags)
            throw new ArgumentException($"RegionTagsColumnName: {Model.Title} is not told which objects its tokens are about; VL-BERT is.");
        foreach (var column in Columns.Values) ArgumentException.ThrowIfNullOrEmpty(column);
        var outputs = new HashSet<string>(StringComparer.Ordinal);
        foreach (var output in AllOutputs())
        {
            ArgumentException.ThrowIfNullOrEmpty(output.Name);
            if (!outputs.Add(output.Name)) throw new ArgumentException($"Two of the outputs are both to be column '{output.Name}'.");
        }

        (string Option, string? Column)[] shown =
        [
            (nameof(AttentionColumnName), AttentionColumnName), (nameof(TextStatesColumnName), TextStatesColumnName),
            (nameof(RegionStatesColumnName), RegionStatesColumnName),
        ];
        if (shown.FirstOrDefault(pair => pair.Column is not null).Option is { } option && (TextEndings.Count > 1 || ImageEndings.Count > 1))
            throw new ArgumentException($"{option}: {TaskName} is about several texts or images; attention and states are shown of one of each.");
        if (TaskNumber is < 0 or >= ViLbertConfig.TaskNumbers)
        {
            throw new ArgumentOutOfRangeException(
                nameof(TaskNumber), TaskNumber, $"{nameof(TaskNumber)} must be from 0 to {ViLbertConfig.TaskNumbers - 1}.");
        }

        if (BatchSize < 1) throw new ArgumentOutOfRangeException(nameof(BatchSize), BatchSize, $"{nameof(BatchSize)} must be at least 1.");
        if (WindowSize < 0)
            throw new ArgumentOutOfRangeException(nameof(WindowSize), WindowSize, $"{nameof(WindowSize)} must not be negative.");
        if (Threads < 0) throw new ArgumentOutOfRangeException(nameof(Threads), Threads, $"{nameof(Threads)} must not be negative.");
    }

    private IReadOnlyList<OutputColumn> AllOutputs()
    {
        List<OutputColumn> all = [.. Outputs()];
        if (AttentionColumnName is { } attention) all.Add(new ItemPairsColumn(attention, TaskNetwork.Attention, rows: 0, columns: 1));
        if (TextStatesColumnName is { } text)
            all.Add(new ItemScoresColumn(text, TaskNetwork.TextStates, group: 0, TaskNetwork.NumbersOf(Model, Modality.Text)));
        if (RegionStatesColumnName is { } regions)
            all.Add(new ItemScoresColumn(regions, TaskNetwork.RegionStates, group: 1, TaskNetwork.NumbersOf(Model, Modality.Image)));
        return all;
    }

    /// <summary>Checks what only the task has.</summary>
    /// <exception cref="ArgumentException">A setting is out of its range.</exception>
    private protected virtual void ValidateTask()
    {
    }
}

/// <inheritdoc/>
/// <typeparam name="TSelf">The settings themselves.</typeparam>
/// <typeparam name="TTransformer">The task's transformer.</typeparam>
internal abstract record TaskSettings<TSelf, TTransformer> : TaskSettings
    where TSelf : TaskSettings<TSelf, TTransformer>, new()
    where TTransformer : TaskTransformer
{
    /// <exception cref="InvalidDataException">The text holds no settings, or those of a newer version.</exception>
    public static TSelf FromState(string state)
    {
        var known = new TSelf();
        var settings = StateText.Read<TSelf>(state, known.TaskName, known.Version);
        try
        {
            settings.Validate();
            return settings;
        }
        catch (ArgumentException e)
        {
            throw StateText.Damaged(known.TaskName, e);
        }
    }

    /// <summary>Gives the transformer of a saved state back; a <see cref="Restorer"/>.</summary>
    public static TTransformer Restore(MLContext mlContext, ITransformer loaded, string state, Func<int, OnnxModelFolder?> takeModel) =>
        FromState(state).Open(mlContext, ScoringTransformer.TakeModel(loaded, takeModel));

    /// <summary>Makes the transformer of trained weights, which are read one by one and written to a temporary file.</summary>
    /// <param name="mlContext">The context the built-ins are made in.</param>
    /// <param name="weights">Parameters under the reference's names; not needed any more when the call returns.</param>
    /// <exception cref="ArgumentException">A setting is out of its range, or the classifier has not as many outputs as there are names.</exception>
    /// <exception cref="InvalidDataException">A parameter is missing or has another shape than the architecture asks for.</exception>
    public TTransformer Create(MLContext mlContext, IParameterSource weights)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        ArgumentNullException.ThrowIfNull(weights);
        Validate();
        var network = ToNetwork();
        return Open(mlContext, ToTask().Write(TaskGraph.Create(network, AsStored(weights, network), Column.HelperPrefix)));
    }

    /// <summary>The transformer over a written model, which it owns from then on.</summary>
    private protected abstract TTransformer Open(MLContext mlContext, OnnxModelFolder model);
}
