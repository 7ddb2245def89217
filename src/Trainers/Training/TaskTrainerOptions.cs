using MLNet.VisionLanguage.Tasks;
using MLNet.VisionLanguage.Training;

namespace MLNet.VisionLanguage;

/// <summary>What every trainer of a task can be told besides <see cref="TrainerOptions"/>: the columns its transformer adds.</summary>
public abstract class TaskTrainerOptions : TrainerOptions
{
    private protected TaskTrainerOptions()
    {
    }

    /// <summary>Output column: the scores, as the trained transformer describes them.</summary>
    public string ScoreColumnName { get; set; } = "Score";

    /// <summary>
    /// Output column: how the text attends to the regions in the last layer where it reads them, the mean over the heads, Vector&lt;Single&gt;
    /// of L × N numbers 0..1 for a row of L tokens and N regions. Row 0 is where the model answers ([CLS], or VL-BERT's answer slot), the
    /// others are the tokens; what goes to the image as a whole is left out. For tasks on one text and one image; null for no such column.
    /// </summary>
    public string? AttentionColumnName { get; set; }

    /// <summary>
    /// Output column: what every layer makes of the tokens, in the order the layers run (ViLBERT's and LXMERT's that update the text, VL-BERT's
    /// all), Vector&lt;Single&gt; of L × layers × width numbers for a row of L tokens: all of the first token's, then all of the second's. For
    /// tasks on one text and one image; null for no such column.
    /// </summary>
    public string? TextStatesColumnName { get; set; }

    /// <summary>
    /// Output column: what every layer makes of the regions, Vector&lt;Single&gt; of N × layers × width numbers for a row of N regions, as
    /// <see cref="TextStatesColumnName"/> has those of tokens; null for no such column.
    /// </summary>
    public string? RegionStatesColumnName { get; set; }

    /// <summary>
    /// The number that a ViLBERT with task_specific_tokens is told, 0 to 19, as vilbert_tasks.yml counts the tasks; null for that of the
    /// trainer's task: 1 VQA, 15 GQA's head, 13 entailment, 12 reasoning, 5 multiple choice, 7 retrieval, 9 referring expressions. Others are 2
    /// Visual Genome's questions, 4 Visual7W, 6 VCR's rationales, 8 Flickr30k's retrieval, 10 RefCOCO+, 11 RefCOCOg, 14 GuessWhat's questions,
    /// 17 its games and 18 Flickr30k Entities.
    /// </summary>
    public int? TaskNumber { get; set; }

    /// <summary>The task as one of several that train together.</summary>
    /// <exception cref="ArgumentException">It trains alone.</exception>
    internal virtual JointMember Join() => throw new ArgumentException($"{GetType().Name} is for a task that trains alone.");

    /// <summary>Settings of the task's model as far as all tasks have them.</summary>
    private protected TSettings Shared<TSettings>()
        where TSettings : TaskSettings, new() => new()
        {
            Model = Model,
            Columns = Columns,
            ScoreColumnName = ScoreColumnName,
            AttentionColumnName = AttentionColumnName,
            TextStatesColumnName = TextStatesColumnName,
            RegionStatesColumnName = RegionStatesColumnName,
            TaskNumber = TaskNumber,
            RowIdColumnName = RowIdColumnName,
            BatchSize = ScoringBatchSize,
            WindowSize = ScoringWindowSize,
            Quantize = Quantize,
        };

    /// <summary>The label's columns, as <see cref="TrainerOptions.TaskColumns"/>.</summary>
    private protected abstract IEnumerable<(string Option, string? Column, bool IsOptional)> LabelColumns();

    /// <summary>The column of what is predicted, with its option; null where there are scores alone.</summary>
    private protected virtual (string Option, string? Column, bool IsOptional)? PredictionColumn => null;

    private protected sealed override IEnumerable<(string Option, string? Column, bool IsOptional)> TaskColumns()
    {
        IEnumerable<(string Option, string? Column, bool IsOptional)> columns =
        [
            .. LabelColumns(), (nameof(ScoreColumnName), ScoreColumnName, false), (nameof(AttentionColumnName), AttentionColumnName, true),
            (nameof(TextStatesColumnName), TextStatesColumnName, true), (nameof(RegionStatesColumnName), RegionStatesColumnName, true),
        ];
        return PredictionColumn is { } prediction ? columns.Append(prediction) : columns;
    }

    /// <summary>Checks a list of names.</summary>
    /// <exception cref="ArgumentException">It is empty, or a name is missing or stands twice.</exception>
    private protected static void CheckNames(string option, IReadOnlyList<string> names)
    {
        if (names is null) throw Fail(option, "it is null");
        if (names.Count == 0) throw Fail(option, "the list is empty");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i] is null) throw Fail(option, $"entry {i} is missing");
            if (!seen.Add(names[i])) throw Fail(option, $"'{names[i]}' stands twice");
        }
    }
}

/// <summary>What every trainer of a task that predicts a label can be told besides <see cref="TaskTrainerOptions"/>.</summary>
public abstract class LabelTrainerOptions : TaskTrainerOptions
{
    private protected LabelTrainerOptions()
    {
    }

    /// <summary>Output column: what has the largest score, as the trained transformer describes it.</summary>
    public string PredictedLabelColumnName { get; set; } = "PredictedLabel";

    private protected sealed override (string Option, string? Column, bool IsOptional)? PredictionColumn =>
        (nameof(PredictedLabelColumnName), PredictedLabelColumnName, false);
}
