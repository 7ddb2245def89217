using System.Text.Json.Serialization;
using Microsoft.ML;

namespace MLNet.VisionLanguage;

/// <summary>
/// Options of <see cref="MultiTaskTrainer"/>: the model, the optimiser and the run that all tasks share. The defaults are those of 12-in-1
/// (Lu et al. 2020; train_tasks.py). Batch size, columns and labels are each task's own; <see cref="LearningOptions.BatchSize"/> is not read.
/// </summary>
public sealed class MultiTaskOptions : TrainerOptions
{
    /// <inheritdoc cref="TrainerOptions.Scratch"/>
    public static MultiTaskOptions FromScratch(VisionLanguageModel? model = null, int epochs = 20) =>
        Scratch<MultiTaskOptions>(model, epochs);

    /// <summary>
    /// Iterations from one batch of a paused task to the next. A task pauses while its validation score no longer rises and goes on when it
    /// falls (dynamic stop-and-go); at 1 no task ever pauses.
    /// </summary>
    public int PausedTaskGap { get; set; } = 4;

    /// <summary>Receives how a task stands after each of its validations, on the training thread.</summary>
    [JsonIgnore]
    public IProgress<MultiTaskScore>? Validated { get; set; }

    private protected override IEnumerable<(string Option, string? Column, bool IsOptional)> TaskColumns() => [];

    private protected override void ValidateTask()
    {
        AtLeast(nameof(PausedTaskGap), PausedTaskGap, 1);
        if (EarlyStoppingPatience > 0)
            throw Fail(nameof(EarlyStoppingPatience), $"{EarlyStoppingPatience}; tasks that train together pause instead, see {nameof(PausedTaskGap)}");
    }
}

/// <summary>A task of several that train together.</summary>
/// <param name="Name">What it is called in messages and results.</param>
/// <param name="Options">
/// The task's own options: batch size, columns, labels, names. Model, optimiser and run are those of <see cref="MultiTaskOptions"/>.
/// </param>
/// <param name="Training">Its training rows.</param>
/// <param name="Validation">Its validation rows; null holds out <see cref="LearningOptions.ValidationFraction"/> of the task's options.</param>
/// <param name="LossScale">The factor on its loss: the ratio of its learning rate to <see cref="LearningOptions.LearningRate"/>.</param>
/// <param name="Epochs">
/// Passes over its rows that the run is to have time for; null takes those of <see cref="MultiTaskOptions"/>. The run is as long as the task
/// that needs the most iterations; the others begin their rows again.
/// </param>
public sealed record MultiTaskData(
    string Name, TaskTrainerOptions Options, [property: JsonIgnore] IDataView Training, [property: JsonIgnore] IDataView? Validation = null,
    double LossScale = 1, int? Epochs = null);

/// <summary>How a task stands, or how it ended.</summary>
/// <param name="Name">The task.</param>
/// <param name="Batches">Batches it has trained on.</param>
/// <param name="ValidationScore">Its mean score on the validation rows then; null when it has none.</param>
/// <param name="IsPaused">Whether it is paused.</param>
public sealed record MultiTaskScore(string Name, int Batches, double? ValidationScore, bool IsPaused);

/// <summary>A transformer for each of several tasks, with one trunk's weights; dispose it when they are not needed any more.</summary>
public sealed class MultiTaskModels : IDisposable
{
    internal MultiTaskModels(IReadOnlyDictionary<string, TaskTransformer> transformers, IReadOnlyList<MultiTaskScore> scores) =>
        (Transformers, Scores) = (transformers, scores);

    /// <summary>The transformers by the names of their tasks; each saves and loads as one that was trained alone.</summary>
    public IReadOnlyDictionary<string, TaskTransformer> Transformers { get; }

    /// <summary>How each task ended, in the order they were given.</summary>
    public IReadOnlyList<MultiTaskScore> Scores { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var transformer in Transformers.Values) transformer.Dispose();
    }
}
