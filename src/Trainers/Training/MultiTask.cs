using System.Text.Json;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Optimization;

namespace MLNet.VisionLanguage.Training;

/// <summary>One of several tasks that train the same model.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Batches">Batches of an epoch of its data; then they begin again.</param>
/// <param name="LossScale">The factor on its loss: its learning rate over the smallest of all.</param>
/// <param name="Forward">Loss and score of its next training batch, by how many it has had.</param>
/// <param name="Validate">The mean score of its validation rows; null when it has none, and then it never pauses.</param>
internal sealed record JointTask(string Name, int Batches, double LossScale, Func<int, BatchResult> Forward, Func<double>? Validate)
{
    /// <summary>Whether it is paused.</summary>
    public StopAndGo Controller { get; } = new();

    /// <summary>Batches it has trained on.</summary>
    public int Done { get; set; }
}

/// <summary>
/// Several tasks that train together (12-in-1, Lu et al. 2020; train_tasks.py): at each iteration every task has a batch in its turn; one
/// that no longer improves pauses, and then has a batch at every so many iterations only. A batch of the loop is the number of an iteration.
/// </summary>
/// <param name="parameters">The model's parameters.</param>
/// <param name="tasks">The tasks in their order.</param>
/// <param name="iterationsPerEpoch">Iterations of an epoch.</param>
/// <param name="iterations">Iterations of the whole run; after the last all tasks are validated.</param>
/// <param name="gap">Iterations from one batch of a paused task to the next.</param>
/// <param name="switchDropout">Turns dropout on or off.</param>
internal sealed class MultiTask(
    ModelParameters parameters, IReadOnlyList<JointTask> tasks, int iterationsPerEpoch, int iterations, int gap, Action<bool> switchDropout)
    : ITrainingTask<int>
{
    /// <summary>The epochs, from 0, after which the rate has dropped and every task begins anew.</summary>
    private static readonly int[] ForgettingEpochs = [5, 7];

    public ModelParameters Parameters => parameters;

    public bool Training
    {
        set => switchDropout(value);
    }

    /// <summary>Hears of every validation: the task, and its score.</summary>
    public Action<JointTask, double>? Validated { get; init; }

    public IEnumerable<BatchResult> Forward(int iteration)
    {
        foreach (var task in tasks.Where(task => !task.Controller.IsStopped || iteration % gap == 0))
        {
            var result = task.Forward(task.Done++);
            yield return task.LossScale == 1 ? result : result with { Loss = Scalars.With(task.LossScale, result.Loss.mul) };
        }

        // Here the loop has updated the weights.
        var isLast = iteration == iterations - 1;
        foreach (var task in tasks.Where(task => isLast || (iteration > 0 && iteration % task.Batches == 0))) Validate(task);
        if ((iteration + 1) % iterationsPerEpoch != 0 || !ForgettingEpochs.Contains(iteration / iterationsPerEpoch)) yield break;
        foreach (var task in tasks) task.Controller.Reset();
    }

    public string Save() => JsonSerializer.Serialize(tasks.Select(task =>
    {
        var (best, bad, coolingDown, isStopped) = task.Controller.State;
        return new Place(task.Name, task.Done, best, bad, coolingDown, isStopped);
    }));

    /// <summary>Puts back what <see cref="Save"/> kept.</summary>
    public void Restore(string state)
    {
        foreach (var (task, place) in tasks.Zip(JsonSerializer.Deserialize<Place[]>(state)!))
        {
            task.Done = place.Done;
            task.Controller.State = (place.Best, place.Bad, place.CoolingDown, place.IsStopped);
        }
    }

    private void Validate(JointTask task)
    {
        if (task.Validate is not { } validate) return;
        using var gradients = TorchSharp.torch.no_grad();
        switchDropout(false);
        var score = validate();
        switchDropout(true);
        task.Controller.Hear(score);
        Validated?.Invoke(task, score);
    }

    /// <summary>Where a task stands.</summary>
    private sealed record Place(string Name, int Done, double? Best, int Bad, int CoolingDown, bool IsStopped);
}
