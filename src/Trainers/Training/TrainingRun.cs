using Microsoft.ML;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Files;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Training;

/// <summary>
/// One training of a task: rows are read and split, weights made or loaded, then the loop runs and the caller gets the result.
/// </summary>
/// <param name="run">Options, seed, and somebody to tell.</param>
/// <param name="task">The task.</param>
/// <param name="rehearse">Tries with untrained parameters and one row what the caller will make of the trained ones; null tries nothing.</param>
internal sealed class TrainingRun<TLabel>(RunSetup run, TrainingTask<TLabel> task, Action<ModelParameters, ColumnBatch>? rehearse)
{
    private TrainerOptions Options => (TrainerOptions)run.Options;

    /// <param name="input">The training rows.</param>
    /// <param name="validation">The validation rows, or null.</param>
    /// <param name="finish">What to make of the trained parameters, which are disposed afterwards.</param>
    public T Run<T>(IDataView input, IDataView? validation, Func<ModelParameters, T> finish)
    {
        using var held = CheckpointLock.Take(Options.CheckpointFolder);
        var workFolder = Options.CheckpointFolder ?? TemporaryFiles.NewFolder("training");
        try
        {
            using var rows = new TaskRows<TLabel>(task, Options, run, run.Seed, workFolder, input, validation);
            return run.WithThreads(Options.BatchSize, () => Train(rows, workFolder, finish));
        }
        finally
        {
            if (Options.CheckpointFolder is null) TemporaryFiles.Remove(workFolder);
        }
    }

    private T Train<T>(TaskRows<TLabel> rows, string workFolder, Func<ModelParameters, T> finish)
    {
        using var parameters = run.Create(task.Parameters(), task.MayStartInPart, task.Picked);
        TorchEngine.MeasureNorms(parameters, run.Fresh, engine =>
        {
            using var first = rows.Epoch(0, 0, inTwo: false).First();
            foreach (var result in task.Forward(engine, first)) result.Loss.Dispose();
        });
        if (rehearse is not null)
        {
            using var row = rows.First();
            rehearse(parameters, row);
        }

        run.Say($"{rows.Training.Count} training rows, {rows.Held.Count} validation rows, {task}, "
            + $"{parameters.Specs.Sum(spec => spec.Count)} parameters, on {parameters.Device}.");

        using var optimizer = ParameterGroups.Optimizer(parameters, Options);
        var accumulation = Options.GradientAccumulation;
        long updates = (long)Options.Epochs * ((rows.BatchesPerEpoch + accumulation - 1) / accumulation);
        var checkpoints = new TrainingCheckpoints(workFolder, resumable: Options.CheckpointFolder is not null);
        var inTwo = task.IsMeanOfRows && !run.IsSmall(Options.BatchSize) && accumulation == 1 && parameters.Device.type == DeviceType.CPU;
        using var companion = inTwo ? RunSetup.MakeCompanion() : null;
        using var loopTask = new LoopTask(task, parameters, Options, run.Seed);
        var watch = new LearningWatch(task.Constant(rows.Training), Options, run.Warn);
        var loop = new TrainingLoop<TrainingBatch>(
            loopTask, optimizer, ParameterGroups.Schedule(Options, updates), run.LoopOptions(parameters.Device), checkpoints, See, companion);

        // Only a run that can be resumed is told from others.
        var identity = Options.CheckpointFolder is null ? [] : run.Identity(rows.Identity());
        var state = checkpoints.Resume(identity, parameters, optimizer, loopTask.Memory) ?? new TrainingState { Run = identity };
        run.TellResumed(state);
        loop.Run(
            state, rows.BatchesPerEpoch, (epoch, first) => rows.Epoch(epoch, first, inTwo),
            rows.Held.Count == 0 ? null : () => rows.HeldBatches(inTwo), Options.Cancellation);
        run.TellEnd(state);
        return finish(parameters);

        void See(TrainingProgress progress)
        {
            run.Report(progress);
            watch.See(progress);
        }
    }

    /// <summary>The task as the loop sees it. Each part of a batch has an engine, and so a dropout, of its own.</summary>
    private sealed class LoopTask(TrainingTask<TLabel> task, ModelParameters parameters, TrainerOptions options, int seed)
        : ITrainingTask<TrainingBatch>, IDisposable
    {
        private readonly TorchEngine[] _engines = [Engine(parameters, options), Engine(parameters, options)];

        public ModelParameters Parameters => parameters;

        public IReadOnlyDictionary<string, Tensor> Memory { get; } = task.Remember(parameters.Device, seed);

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
            foreach (var tensor in Memory.Values) tensor.Dispose();
        }

        // On a GPU libtorch's generator is that of the device.
        private static TorchEngine Engine(ModelParameters parameters, TrainerOptions options) => new(parameters)
        {
            Random = parameters.Device.type == DeviceType.CPU ? new Generator() : null,
            MultipliesInHalf = options.Precision == TrainingPrecision.BFloat16,
            RecomputesSegments = options.GradientCheckpointing,
        };
    }
}
