using System.Text.Json;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Training;

/// <summary>Where a run stands: everything besides the tensors that decides how it goes on.</summary>
internal sealed record TrainingState
{
    /// <summary>
    /// What identifies data, model and options (<see cref="RunIdentity"/>); a checkpoint of another run must not be resumed.
    /// </summary>
    public required SortedDictionary<string, string> Run { get; init; }

    /// <summary>Updates done.</summary>
    public long Update { get; set; }

    /// <summary>The epoch to go on with, from 0.</summary>
    public int Epoch { get; set; }

    /// <summary>Batches of that epoch that are done.</summary>
    public int Batch { get; set; }

    public double EpochLoss { get; set; }

    public double EpochScore { get; set; }

    public long EpochRows { get; set; }

    public double? BestScore { get; set; }

    /// <summary>The epoch of that score, from 1.</summary>
    public int BestEpoch { get; set; }

    public int EpochsWithoutImprovement { get; set; }

    /// <summary>Set once the run is over, so that resuming a finished run trains no further.</summary>
    public bool Finished { get; set; }

    /// <summary>Where the tasks of a run of several stand, see <see cref="ITrainingTask{TBatch}.Save"/>.</summary>
    public string? Task { get; set; }

    /// <summary>Updates each parameter has had, by name.</summary>
    public Dictionary<string, long> Steps { get; set; } = [];

    /// <summary>Updates that the average of the weights has followed.</summary>
    public long Averaged { get; set; }
}

/// <summary>
/// Checkpoints of a run in a folder: last.safetensors (weights, their average where there is one, optimiser moments and, as metadata, the
/// <see cref="TrainingState"/>) and best.safetensors (the weights with the best validation score). Files are replaced whole, so a killed process
/// leaves the previous one.
/// </summary>
/// <param name="folder">The folder; made when first needed.</param>
/// <param name="resumable">Whether last.safetensors is written at all; best.safetensors always is.</param>
internal sealed class TrainingCheckpoints(string folder, bool resumable = true)
{
    public string Last => Path.Combine(folder, "last.safetensors");

    public string Best => Path.Combine(folder, "best.safetensors");

    /// <summary>Writes last.safetensors.</summary>
    /// <param name="state">Where the run stands.</param>
    /// <param name="parameters">The weights.</param>
    /// <param name="optimizer">The moments.</param>
    /// <param name="memory">What the task remembers beside them, see <see cref="ITrainingTask{TBatch}.Memory"/>.</param>
    public void Save(
        TrainingState state, ModelParameters parameters, TransformerOptimizer optimizer, IReadOnlyDictionary<string, Tensor>? memory = null)
    {
        if (!resumable) return;
        Directory.CreateDirectory(folder);
        state.Steps = optimizer.Groups.Where(group => group.Step > 0).ToDictionary(group => group.Name, group => group.Step);
        state.Averaged = optimizer.Average?.Updates ?? 0;
        var averages = optimizer.Average?.Tensors.Select(pair => Named(AveragePrefix + pair.Name, pair.Average)) ?? [];
        var tensors = Weights(parameters).Concat(averages).Concat(
            optimizer.Groups.Where(group => group.Mean is not null).SelectMany(group => new[]
            {
                Named(MeanPrefix + group.Name, group.Mean!), Named(SquarePrefix + group.Name, group.Square!),
            })).Concat((memory ?? NoMemory).Select(pair => Named(MemoryPrefix + pair.Key, pair.Value)));
        SafeTensors.Write(Last, tensors, new Dictionary<string, string> { [StateKey] = JsonSerializer.Serialize(state) });
    }

    public void SaveBest(ModelParameters parameters)
    {
        Directory.CreateDirectory(folder);
        SafeTensors.Write(Best, Weights(parameters));
    }

    /// <summary>Restores the last checkpoint of the run of this identity, and removes what a killed run was writing.</summary>
    /// <returns>Its state, or null when there is none to resume.</returns>
    /// <exception cref="InvalidOperationException">The checkpoint belongs to another run.</exception>
    public TrainingState? Resume(
        SortedDictionary<string, string> run, ModelParameters parameters, TransformerOptimizer optimizer,
        IReadOnlyDictionary<string, Tensor>? memory = null)
    {
        if (!resumable || !Directory.Exists(folder)) return null;
        foreach (var half in Directory.EnumerateFiles(folder, "*.safetensors.*.tmp")) File.Delete(half);
        if (!File.Exists(Last)) return null;
        using var checkpoint = Checkpoint.Open(Last);
        var state = ReadState(checkpoint);
        if (RunIdentity.Difference(state.Run, run) is { } difference)
        {
            throw new InvalidOperationException(
                $"'{Last}' is the checkpoint of another run; it differs in {difference}. "
                + "Give another CheckpointFolder, or delete the file to start anew.");
        }

        using var gradients = no_grad();
        foreach (var spec in parameters.Specs) Copy(checkpoint, spec.Name, parameters[spec.Name]);
        foreach (var (name, tensor) in memory ?? NoMemory) Copy(checkpoint, MemoryPrefix + name, tensor);
        foreach (var group in optimizer.Groups)
        {
            group.Step = state.Steps.GetValueOrDefault(group.Name);
            if (!checkpoint.TryGet(MeanPrefix + group.Name, out _)) continue;
            group.Mean = torch.zeros_like(group.Parameter, requires_grad: false).DetachFromDisposeScope();
            group.Square = torch.zeros_like(group.Parameter, requires_grad: false).DetachFromDisposeScope();
            Copy(checkpoint, MeanPrefix + group.Name, group.Mean);
            Copy(checkpoint, SquarePrefix + group.Name, group.Square);
        }

        if (optimizer.Average is not { } average) return state;
        average.Updates = state.Averaged;
        foreach (var (name, tensor) in average.Tensors) Copy(checkpoint, AveragePrefix + name, tensor);
        return state;
    }

    /// <summary>Puts the best weights back.</summary>
    public void RestoreBest(ModelParameters parameters)
    {
        using var checkpoint = Checkpoint.Open(Best);
        using var gradients = no_grad();
        foreach (var spec in parameters.Specs) Copy(checkpoint, spec.Name, parameters[spec.Name]);
    }

    private static TrainingState ReadState(Checkpoint checkpoint)
    {
        try
        {
            if (checkpoint.Metadata.TryGetValue(StateKey, out var json) && JsonSerializer.Deserialize<TrainingState>(json) is { } state) return state;
        }
        catch (JsonException e)
        {
            throw Wrong(e);
        }

        throw Wrong(null);

        InvalidDataException Wrong(Exception? cause) =>
            new($"'{checkpoint.Path}' holds no training state; expected a checkpoint that this version of the trainer wrote.", cause);
    }

    private static IEnumerable<NamedTensor> Weights(ModelParameters parameters) =>
        parameters.Specs.Select(spec => Named(spec.Name, parameters[spec.Name]));

    private static NamedTensor Named(string name, Tensor tensor) => new(
        name, tensor.dtype == ScalarType.Int64 ? TensorElementType.Int64 : TensorElementType.Float32, tensor.shape, stream =>
    {
        using var scope = NewDisposeScope();
        stream.Write(tensor.detach().cpu().contiguous().bytes);
    });

    private static void Copy(Checkpoint checkpoint, string name, Tensor target)
    {
        using var scope = NewDisposeScope();
        var found = checkpoint[name];
        if (!found.Shape.SequenceEqual(target.shape))
            throw new InvalidDataException($"'{checkpoint.Path}': tensor '{name}' has another shape than the model's parameter.");
        target.copy_(target.dtype == ScalarType.Int64
            ? torch.tensor(found.ToInt64s(), target.shape, dtype: ScalarType.Int64)
            : torch.tensor(found.ToSingles(), target.shape, dtype: ScalarType.Float32));
    }

    private const string StateKey = "mlnet_visionlanguage_training_state";
    private const string MeanPrefix = "optimizer.mean.";
    private const string SquarePrefix = "optimizer.square.";
    private const string AveragePrefix = "optimizer.average.";
    private const string MemoryPrefix = "memory.";

    private static readonly Dictionary<string, Tensor> NoMemory = [];
}
