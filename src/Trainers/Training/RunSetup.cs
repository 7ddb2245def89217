using System.Globalization;
using Microsoft.ML.Runtime;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Training;

/// <summary>What a run has whatever it trains: a device, threads, weights to start from, a loop's options, and somebody to tell.</summary>
/// <param name="channel">Takes what there is to say.</param>
/// <param name="options">The user's options.</param>
/// <param name="seed">The seed, the option's or the context's.</param>
internal sealed class RunSetup(IChannel channel, LearningOptions options, int seed)
{
    /// <summary>Numbers in a batch's first states from which a second thread pays.</summary>
    private const int SmallBatch = 2048;

    /// <summary>Batches that a GPU may be ahead of what is known of their losses.</summary>
    private const int UnreadLosses = 16;

    /// <summary>The highest rate at which the references fine-tune.</summary>
    private const double LargestFineTuningRate = 1e-4;

    public IChannel Channel => channel;

    /// <summary>Which of the parameters that were made are not from the initial weights.</summary>
    public IReadOnlyList<string> Fresh { get; private set; } = [];

    public LearningOptions Options => options;

    public int Seed => seed;

    /// <summary>Whether batches of so many rows are too small for two threads.</summary>
    public bool IsSmall(int batchSize) => batchSize * options.Width < SmallBatch;

    /// <summary>Makes the parameters, fresh or from the initial weights.</summary>
    /// <param name="specs">The parameters.</param>
    /// <param name="mayStartInPart">Whether initial weights may lack parts of the trunk.</param>
    /// <param name="picked">Where the classifier's rows are in the initial weights; null where there is nothing to tell.</param>
    public ModelParameters Create(IReadOnlyList<ModelParameter> specs, bool mayStartInPart, PickedAnswers? picked = null)
    {
        var parameters = new ModelParameters(specs, ChooseDevice());
        try
        {
            parameters.Initialize(options.Initialization, options.InitializerRange, seed);
            LoadInitialWeights(parameters, mayStartInPart, picked);
            return parameters;
        }
        catch
        {
            parameters.Dispose();
            throw;
        }
    }

    /// <summary>Runs with the threads that the options or the size of batches ask for.</summary>
    public T WithThreads<T>(int batchSize, Func<T> action)
    {
        var before = torch.get_num_threads();

        // Small matrices are slower on two threads than on one.
        torch.set_num_threads(options.Threads > 0 ? options.Threads : IsSmall(batchSize) ? 1 : Environment.ProcessorCount);
        try
        {
            return action();
        }
        finally
        {
            torch.set_num_threads(before);
        }
    }

    /// <summary>Shares the threads between the two; with one thread a batch's parts are computed one after the other.</summary>
    public static Companion? MakeCompanion()
    {
        var threads = torch.get_num_threads();
        if (threads < 2) return null;
        torch.set_num_threads(threads / 2);
        return new(threads / 2);
    }

    public void Report(TrainingProgress progress)
    {
        var validation = progress.ValidationScore is { } score ? $", validation score {score:F4}" : "";
        Say($"Epoch {progress.Epoch}/{progress.Epochs}, update {progress.Update}/{progress.Updates}: loss {progress.Loss:F4}, "
            + $"score {progress.TrainingScore:F4}{validation}, {progress.RowsPerSecond:F0} rows/s.");
        options.Progress?.Report(progress);
    }

    /// <param name="device">Where the loop will compute.</param>
    public LoopOptions LoopOptions(Device device) => new()
    {
        Epochs = options.Epochs,
        GradientAccumulation = options.GradientAccumulation,
        GradientClipping = options.GradientClipping,
        Seed = seed,
        Patience = options.EarlyStoppingPatience,
        CheckpointEvery = options.CheckpointEvery,
        ReportEvery = options.ReportEvery,
        ReadLossesEvery = device.type == DeviceType.CUDA ? UnreadLosses : 1,
    };

    /// <summary>What tells this run from another.</summary>
    /// <param name="values">What is known beyond options and initial weights.</param>
    public SortedDictionary<string, string> Identity(IEnumerable<(string Name, object? Value)> values) => RunIdentity.Of(
        options,
        [
            .. values, (nameof(LearningOptions.Seed), seed), ("InitialWeights", RunIdentity.DigestOf(options.InitialWeights)),
            .. options.InitialPart is { } part ? [("InitialImageWeights", RunIdentity.DigestOf(part))] : Array.Empty<(string, object?)>(),
        ]);

    /// <summary>Says from where a run goes on.</summary>
    public void TellResumed(TrainingState state)
    {
        if (state.Update > 0) Say($"Resuming after update {state.Update} (epoch {state.Epoch + 1}, batch {state.Batch}).");
    }

    /// <summary>Says how a run ended.</summary>
    public void TellEnd(TrainingState state)
    {
        if (state.Epoch < options.Epochs)
        {
            Say($"Training stopped early, after epoch {state.Epoch} of {options.Epochs}: "
                + $"{state.EpochsWithoutImprovement} epochs without a better validation score.");
        }

        if (state.BestScore is { } best) Say($"The model has the weights of its best epoch, {state.BestEpoch}: validation score {best:F4}.");
    }

    public void Warn(string text) => channel.Warning(MessageSensitivity.None, "{0}", text);

    public void Say(string text) => channel.Info(MessageSensitivity.None, "{0}", text);

    private void LoadInitialWeights(ModelParameters parameters, bool mayStartInPart, PickedAnswers? picked)
    {
        Fresh = [.. parameters.Specs.Select(spec => spec.Name)];
        if (options.InitialWeights is null && options.InitialPart is null) WarnOfFineTuning();
        if (options.InitialWeights is { } path) LoadWeights(parameters, path, mayStartInPart || options.InitialPart is not null, picked);
        if (options.InitialPart is { } part) LoadWeights(parameters, part, mayStartInPart: true, null);
    }

    private void LoadWeights(ModelParameters parameters, string path, bool mayStartInPart, PickedAnswers? picked)
    {
        using var checkpoint = Checkpoint.Open(path, options.InitialStateDictionary);
        var match = options.Match(checkpoint, picked?.OfOther(parameters.Specs) ?? parameters.Specs);
        var heads = parameters.Specs.Where(spec => spec.IsHead || spec.Role == ParameterRole.Unused)
            .Select(spec => spec.Name).ToHashSet(StringComparer.Ordinal);

        // Another list of answers is the usual reason to fine-tune; only the trunk has to fit.
        var isIncomplete = match.Missing.Any(name => !heads.Contains(name));
        if ((isIncomplete && !(mayStartInPart && match.Missing.Count < parameters.Specs.Count))
            || match.Mismatched.Any(mismatch => !heads.Contains(mismatch.Name) && !match.Shorter.ContainsKey(mismatch.Name)))
        {
            match.ThrowIfIncompatible(
                $"the {options.Trained} of the options", path, heads.Contains, ModelKinds.Describe(checkpoint.Names));
        }

        var missing = picked is null ? parameters.Load(match) : parameters.Load(match, picked.Pick(checkpoint.Path, match));
        Fresh = [.. Fresh.Intersect(missing)];
        if (picked is not null) Say($"{picked.Found} of {picked.Now.Count} answers have a row in '{path}'; the others start at zero.");
        Say(missing.Count == 0
            ? $"All weights are from '{path}'."
            : $"Weights are from '{path}', but {missing.Count} parameters start fresh: "
                + $"{string.Join(", ", missing.Take(4))}{(missing.Count > 4 ? ", ..." : "")}.");
    }

    /// <summary>The defaults are for a pre-trained base; fresh weights hardly move at such rates.</summary>
    private void WarnOfFineTuning()
    {
        if (options.Initialization != WeightInitialization.Normal || options.LearningRate > LargestFineTuningRate) return;
        Warn(string.Create(
            CultureInfo.InvariantCulture,
            $"The options are those for fine-tuning a pre-trained model ({nameof(options.Initialization)} {options.Initialization}, "
            + $"{nameof(options.LearningRate)} {options.LearningRate}), but {nameof(options.InitialWeights)} names none: with fresh weights "
            + $"little will be learnt. The options' FromScratch() has what suits them."));
    }

    private Device ChooseDevice() => options.Device switch
    {
        TrainingDevice.Cpu => torch.CPU,
        TrainingDevice.Cuda when !torch.cuda.is_available() =>
            throw new InvalidOperationException("Option Device: Cuda was asked for, but libtorch finds no CUDA device."),
        TrainingDevice.Cuda => torch.device("cuda:0"),
        _ => torch.cuda.is_available() ? torch.device("cuda:0") : torch.CPU,
    };
}
