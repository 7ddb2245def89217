using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Training;

/// <summary>
/// One training of a task: rows are read and split, weights made or loaded, then the loop runs and the caller gets the result.
/// </summary>
/// <param name="channel">Takes what there is to say.</param>
/// <param name="options">The user's options.</param>
/// <param name="seed">The seed, the option's or the context's.</param>
/// <param name="task">The task.</param>
/// <param name="rehearse">Tries with untrained parameters and one row what the caller will make of the trained ones; null tries nothing.</param>
internal sealed class TrainingRun<TLabel>(
    IChannel channel, TrainerOptions options, int seed, TrainingTask<TLabel> task, Action<ModelParameters, ColumnBatch>? rehearse)
{
    /// <summary>Numbers in a batch's first states from which a second thread pays.</summary>
    private const int SmallBatch = 2048;

    /// <summary>The highest rate at which the references fine-tune.</summary>
    private const double LargestFineTuningRate = 1e-4;

    /// <summary>The number of the first validation batch among the seeds of batches, downwards; -1 splits the rows.</summary>
    private const long FirstHeldBatch = -2;

    private bool IsSmall => options.BatchSize * options.Model.Width < SmallBatch;

    /// <param name="input">The training rows.</param>
    /// <param name="validation">The validation rows, or null.</param>
    /// <param name="finish">What to make of the trained parameters, which are disposed afterwards.</param>
    public T Run<T>(IDataView input, IDataView? validation, Func<ModelParameters, T> finish)
    {
        foreach (var view in validation is null ? [input] : new[] { input, validation })
        {
            task.Inputs.Check(view.Schema);
            task.Labels.Columns(view.Schema);
        }

        var workFolder = options.CheckpointFolder ?? TemporaryFiles.NewFolder("training");
        try
        {
            using var data = new TrainingRows<TLabel>(task.Inputs, task.Labels, workFolder, options.RowIdColumnName, Warn);
            var (training, held) = Read(data, input, validation);
            task.Settle(training, channel);
            return WithThreads(() => Train(data, training, held, workFolder, finish));
        }
        finally
        {
            if (options.CheckpointFolder is null) TemporaryFiles.Remove(workFolder);
        }
    }

    private (IReadOnlyList<TrainingRow<TLabel>> Training, IReadOnlyList<TrainingRow<TLabel>> Held) Read(
        TrainingRows<TLabel> data, IDataView input, IDataView? validation)
    {
        var rows = data.Read(input, "training data");
        if (validation is not null) return (rows, data.Read(validation, "validation data"));
        if (options.ValidationFraction == 0) return (rows, []);
        var split = data.SplitByImage(rows, options.ValidationFraction, seed);
        if (split.Training.Count == 0) throw new InvalidDataException("ValidationFraction leaves no training rows.");
        if (split.Held.Count > 0 || options.EarlyStoppingPatience == 0) return split;
        throw new InvalidDataException(
            "EarlyStoppingPatience needs validation rows, and ValidationFraction leaves none: there are too few images.");
    }

    private T Train<T>(
        TrainingRows<TLabel> data, IReadOnlyList<TrainingRow<TLabel>> training, IReadOnlyList<TrainingRow<TLabel>> held,
        string workFolder, Func<ModelParameters, T> finish)
    {
        using var parameters = new ModelParameters(task.Parameters(), ChooseDevice());
        parameters.Initialize(options.Initialization, options.Model.InitializerRange, seed);
        LoadInitialWeights(parameters);
        if (rehearse is not null)
        {
            using var row = data.Collate([training[0]]);
            rehearse(parameters, row);
        }

        Say($"{training.Count} training rows, {held.Count} validation rows, {task}, "
            + $"{parameters.Specs.Sum(spec => spec.Count)} parameters, on {parameters.Device}.");

        using var optimizer = ParameterGroups.Optimizer(parameters, options);
        var plan = new BatchPlan(training.Count, options.BatchSize, seed);
        var heldPlan = new BatchPlan(held.Count, options.BatchSize, seed);
        long updates = (long)options.Epochs * ((plan.BatchesPerEpoch + options.GradientAccumulation - 1) / options.GradientAccumulation);
        var checkpoints = new TrainingCheckpoints(workFolder, resumable: options.CheckpointFolder is not null);
        var inTwo = task.IsMeanOfRows && !IsSmall && options.GradientAccumulation == 1 && parameters.Device.type == DeviceType.CPU;
        using var companion = inTwo ? MakeCompanion() : null;
        using var loopTask = new LoopTask(task, parameters);
        var watch = new LearningWatch(task.Constant(training), options, Warn);
        var loop = new TrainingLoop<TrainingBatch>(
            loopTask, optimizer, ParameterGroups.Schedule(options, updates), LoopOptions(), checkpoints, See, companion);

        // Only a run that can be resumed is told from others.
        var identity = options.CheckpointFolder is null ? [] : RunIdentity.Of(
            options,
            [
                .. task.Identity(), (nameof(TrainerOptions.Seed), seed), ("InitialWeights", RunIdentity.DigestOf(options.InitialWeights)),
                ("training rows", training.Count), ("validation rows", held.Count), ("data", data.Digest()),
            ]);
        var state = checkpoints.Resume(identity, parameters, optimizer) ?? new TrainingState { Run = identity };
        if (state.Update > 0) Say($"Resuming after update {state.Update} (epoch {state.Epoch + 1}, batch {state.Batch}).");
        loop.Run(
            state,
            plan.BatchesPerEpoch,
            (epoch, first) => Prefetch.Run(
                plan.Epoch(epoch).Index().Skip(first), Collate(training, batch => ((long)epoch * plan.BatchesPerEpoch) + batch)),
            held.Count == 0
                ? null
                : () => Prefetch.Run(heldPlan.Epoch(0, shuffle: false).Index(), Collate(held, batch => FirstHeldBatch - batch)),
            options.Cancellation);
        TellEnd(state);
        return finish(parameters);

        void See(TrainingProgress progress)
        {
            Report(progress);
            watch.See(progress);
        }

        // Validation draws the same every time; training anew for every batch of the run.
        Func<(int Index, int[] Item), TrainingBatch> Collate(IReadOnlyList<TrainingRow<TLabel>> rows, Func<int, long> numberOf) => batch =>
        {
            var random = new Random(Seeds.Mix(seed, numberOf(batch.Index)));
            var chosen = task.Draw(data, [.. batch.Item.Select(i => rows[i])], rows, random);
            if (!inTwo || chosen.Count < 2) return Whole(chosen, random, null);
            var (few, many) = data.Halves(chosen);
            return Whole(many, random, Whole(few, random, null));
        };

        TrainingBatch Whole(IReadOnlyList<TrainingRow<TLabel>> rows, Random random, TrainingBatch? rest)
        {
            var batch = data.Collate(rows);
            return new(task.Inputs, batch, task.Prepare(batch, rows, random)) { Rest = rest };
        }
    }

    /// <summary>Shares the threads between the two; with one thread a batch's parts are computed one after the other.</summary>
    private static Companion? MakeCompanion()
    {
        var threads = torch.get_num_threads();
        if (threads < 2) return null;
        torch.set_num_threads(threads / 2);
        return new(threads / 2);
    }

    private T WithThreads<T>(Func<T> action)
    {
        var before = torch.get_num_threads();

        // Small matrices are slower on two threads than on one.
        torch.set_num_threads(options.Threads > 0 ? options.Threads : IsSmall ? 1 : Environment.ProcessorCount);
        try
        {
            return action();
        }
        finally
        {
            torch.set_num_threads(before);
        }
    }

    private void LoadInitialWeights(ModelParameters parameters)
    {
        if (options.InitialWeights is not { } path)
        {
            WarnOfFineTuning();
            return;
        }

        using var checkpoint = Checkpoint.Open(path, options.InitialStateDictionary);
        var match = CheckpointMatcher.Match(checkpoint, options.Model, parameters.Specs);
        var heads = parameters.Specs.Where(spec => spec.IsHead).Select(spec => spec.Name).ToHashSet(StringComparer.Ordinal);

        // Another list of answers is the usual reason to fine-tune; only the trunk has to fit.
        var isIncomplete = match.Missing.Any(name => !heads.Contains(name));
        if ((isIncomplete && !(task.MayStartInPart && match.Missing.Count < parameters.Specs.Count))
            || match.Mismatched.Any(mismatch => !heads.Contains(mismatch.Name) && !match.Shorter.ContainsKey(mismatch.Name)))
        {
            match.ThrowIfIncompatible(
                $"the {options.Model.Title} model of the options", path, heads.Contains, VisionLanguageModel.Guess(checkpoint.Names));
        }

        var missing = parameters.Load(match);
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

    private void Report(TrainingProgress progress)
    {
        var validation = progress.ValidationScore is { } score ? $", validation score {score:F4}" : "";
        Say($"Epoch {progress.Epoch}/{progress.Epochs}, update {progress.Update}/{progress.Updates}: loss {progress.Loss:F4}, "
            + $"score {progress.TrainingScore:F4}{validation}, {progress.RowsPerSecond:F0} rows/s.");
        options.Progress?.Report(progress);
    }

    private LoopOptions LoopOptions() => new()
    {
        Epochs = options.Epochs,
        GradientAccumulation = options.GradientAccumulation,
        GradientClipping = options.GradientClipping,
        Seed = seed,
        Patience = options.EarlyStoppingPatience,
        CheckpointEvery = options.CheckpointEvery,
        ReportEvery = options.ReportEvery,
    };

    private Device ChooseDevice() => options.Device switch
    {
        TrainingDevice.Cpu => torch.CPU,
        TrainingDevice.Cuda when !torch.cuda.is_available() =>
            throw new InvalidOperationException("Option Device: Cuda was asked for, but libtorch finds no CUDA device."),
        TrainingDevice.Cuda => torch.device("cuda:0"),
        _ => torch.cuda.is_available() ? torch.device("cuda:0") : torch.CPU,
    };

    private void TellEnd(TrainingState state)
    {
        if (state.Epoch < options.Epochs)
        {
            Say($"Training stopped early, after epoch {state.Epoch} of {options.Epochs}: "
                + $"{state.EpochsWithoutImprovement} epochs without a better validation score.");
        }

        if (state.BestScore is { } best) Say($"The model has the weights of its best epoch, {state.BestEpoch}: validation score {best:F4}.");
    }

    private void Warn(string text) => channel.Warning(MessageSensitivity.None, "{0}", text);

    private void Say(string text) => channel.Info(MessageSensitivity.None, "{0}", text);

    /// <summary>The task as the loop sees it. Each part of a batch has an engine, and so a dropout, of its own.</summary>
    private sealed class LoopTask(TrainingTask<TLabel> task, ModelParameters parameters) : ITrainingTask<TrainingBatch>, IDisposable
    {
        private readonly TorchEngine[] _engines = [Engine(parameters), Engine(parameters)];

        public ModelParameters Parameters => parameters;

        public bool Training
        {
            set
            {
                foreach (var engine in _engines) engine.Training = value;
            }
        }

        public IReadOnlyList<(TrainingBatch Batch, double Share)> Parts(TrainingBatch batch)
        {
            if (batch.Rest is not { } rest) return [(batch, 1)];
            double rows = batch.Rows + rest.Rows;
            return [(batch, batch.Rows / rows), (rest, rest.Rows / rows)];
        }

        public IEnumerable<BatchResult> Forward(TrainingBatch batch) => task.Forward(_engines[batch.Rest is null ? 0 : 1], batch);

        public void SeedDropout(int seed)
        {
            torch.manual_seed(seed).Dispose();
            if (parameters.Device.type == DeviceType.CUDA) torch.cuda.manual_seed_all(seed);
            for (var i = 0; i < _engines.Length; i++) _engines[i].Random?.manual_seed(Seeds.Mix(seed, i));
        }

        public void Dispose()
        {
            foreach (var engine in _engines) engine.Random?.Dispose();
        }

        // On a GPU libtorch's generator is that of the device.
        private static TorchEngine Engine(ModelParameters parameters) =>
            new(parameters) { Random = parameters.Device.type == DeviceType.CPU ? new Generator() : null };
    }
}
