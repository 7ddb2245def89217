using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Optimization;
using MLNet.VisionLanguage.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage;

/// <summary>
/// Fine-tunes a vision-and-language model to answer questions about images (Lu et al. 2019; vilbert/task_utils.py and train_tasks.py):
/// soft-target binary cross entropy over a fixed list of answers. Training runs on libtorch, the trained transformer scores with ONNX Runtime.
/// </summary>
public sealed class VisualQuestionAnsweringTrainer : IEstimator<VisualQuestionAnsweringTransformer>
{
    private readonly MLContext _context;
    private readonly IHost _host;
    private readonly VisualQuestionAnsweringOptions _options;

    internal VisualQuestionAnsweringTrainer(MLContext context, VisualQuestionAnsweringOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _context = context;
        _host = ((IHostEnvironment)context).Register(nameof(VisualQuestionAnsweringTrainer), options.Seed);
        _options = options;
    }

    /// <summary>Trains on the rows of a view.</summary>
    /// <param name="input">The training rows, with the columns the options name.</param>
    /// <returns>The trained transformer.</returns>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidDataException">A row is bad (the message has its position), or no row has a known answer.</exception>
    /// <exception cref="CheckpointMismatchException">The initial weights are of another architecture or size.</exception>
    /// <exception cref="OperationCanceledException">The options' cancellation token was cancelled.</exception>
    public VisualQuestionAnsweringTransformer Fit(IDataView input) => Fit(input, null);

    /// <summary>Trains on the rows of a view and validates on those of another after every epoch.</summary>
    /// <param name="input">The training rows.</param>
    /// <param name="validation">The validation rows; null holds out <see cref="VisualQuestionAnsweringOptions.ValidationFraction"/>.</param>
    /// <inheritdoc cref="Fit(IDataView)"/>
    public VisualQuestionAnsweringTransformer Fit(IDataView input, IDataView? validation) => Train(
        input,
        validation,
        (model, answers) => VisualQuestionAnsweringTransformer.Create(_context, _options.ToSettings(answers), model.Parameters.AsSource()));

    /// <summary>Trains as <see cref="Fit(IDataView, IDataView?)"/>.</summary>
    /// <param name="input">The training rows.</param>
    /// <param name="validation">The validation rows, or null.</param>
    /// <param name="finish">What to make of the trained model, which is disposed afterwards, and of its answers.</param>
    internal T Train<T>(IDataView input, IDataView? validation, Func<AnswerModel, string[], T> finish)
    {
        ArgumentNullException.ThrowIfNull(input);
        using var channel = _host.Start("Training");
        AnswerDataset.CheckSchema(input.Schema, _options);
        if (validation is not null) AnswerDataset.CheckSchema(validation.Schema, _options);

        var workFolder = _options.CheckpointFolder ?? Path.Combine(Path.GetTempPath(), $"mlnet-vl-{Guid.NewGuid():N}");
        try
        {
            using var data = new AnswerDataset(_options, workFolder);
            var training = data.Read(input, "training data");
            IReadOnlyList<AnswerRow> held = [];
            if (validation is not null)
                held = data.Read(validation, "validation data");
            else if (_options.ValidationFraction > 0)
                (training, held) = data.SplitByImage(training, _options.ValidationFraction, _options.Seed);
            if (training.Count == 0) throw new InvalidDataException("ValidationFraction leaves no training rows.");

            var answers = _options.Answers ?? data.Vocabulary(training, _options.MinimumAnswerCount);
            var answerIndex = data.IndexIn(answers);
            CheckAnswers(channel, data, training, answerIndex);
            string[] known = [.. answers];
            return WithThreads(() => Train(channel, data, training, held, known, answerIndex, workFolder, model => finish(model, known)));
        }
        finally
        {
            if (_options.CheckpointFolder is null && Directory.Exists(workFolder)) Directory.Delete(workFolder, recursive: true);
        }
    }

    /// <summary>The columns after training: the input's, and those of the prediction.</summary>
    /// <param name="inputSchema">The shape of the training view.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);

        // A shape tells kinds, not sizes, so any number of answers does.
        return _options.ToSettings([""]).ToTask().OutputShape(_context, inputSchema);
    }

    private T Train<T>(
        IChannel channel, AnswerDataset data, IReadOnlyList<AnswerRow> training, IReadOnlyList<AnswerRow> held,
        string[] answers, int[] answerIndex, string workFolder, Func<AnswerModel, T> finish)
    {
        var device = ChooseDevice();
        using var model = new AnswerModel(_options.ToSettings(answers).ToNetwork(), device);
        model.Parameters.Initialize(_options.Initialization, _options.Model.InitializerRange, _options.Seed);
        LoadInitialWeights(channel, model);
        Say(channel, $"{training.Count} training rows, {held.Count} validation rows, {answers.Length} answers, "
            + $"{model.Parameters.Specs.Sum(spec => spec.Count)} parameters, on {device}.");

        using var optimizer = new TransformerOptimizer(
            _options.Optimizer,
            [
                .. ParameterGroup.Of(
                    model.Parameters, _options.LearningRate, _options.HeadLearningRate ?? _options.LearningRate, _options.WeightDecay),
            ],
            _options.Beta1, _options.Beta2, _options.Epsilon, _options.CorrectBias);
        var plan = new BatchPlan(training.Count, _options.BatchSize, _options.Seed);
        var heldPlan = new BatchPlan(held.Count, _options.BatchSize, _options.Seed);
        long total = (long)_options.Epochs * ((plan.BatchesPerEpoch + _options.GradientAccumulation - 1) / _options.GradientAccumulation);
        var checkpoints = new TrainingCheckpoints(workFolder, resumable: _options.CheckpointFolder is not null);
        var loop = new TrainingLoop<AnswerBatch>(
            new AnswerTask(model), optimizer, new ScheduleFactor(_options.Schedule, _options.WarmupProportion * total, total),
            LoopOptions(), checkpoints, progress => Report(channel, progress));

        var fingerprint = Fingerprint(data, answers, training.Count, held.Count);
        var state = checkpoints.Resume(fingerprint, model.Parameters, optimizer) ?? new TrainingState { Fingerprint = fingerprint };
        if (state.Update > 0) Say(channel, $"Resuming after update {state.Update} (epoch {state.Epoch + 1}, batch {state.Batch}).");
        loop.Run(
            state,
            plan.BatchesPerEpoch,
            (epoch, first) => Prefetch.Run(plan.Epoch(epoch).Skip(first), Collate(training)),
            held.Count == 0 ? null : () => Prefetch.Run(heldPlan.Epoch(0, shuffle: false), Collate(held)),
            _options.Cancellation);
        return finish(model);

        Func<int[], AnswerBatch> Collate(IReadOnlyList<AnswerRow> rows) =>
            batch => data.Collate([.. batch.Select(i => rows[i])], answerIndex, answers.Length);
    }

    private T WithThreads<T>(Func<T> action)
    {
        var before = torch.get_num_threads();
        torch.set_num_threads(_options.Threads > 0 ? _options.Threads : DefaultThreads());
        try
        {
            return action();
        }
        finally
        {
            torch.set_num_threads(before);
        }
    }

    private void LoadInitialWeights(IChannel channel, AnswerModel model)
    {
        if (_options.InitialWeights is not { } path) return;
        using var checkpoint = Checkpoint.Open(path);
        var match = CheckpointMatcher.Match(checkpoint, _options.Model, model.Parameters.Specs);
        var heads = model.Parameters.Specs.Where(spec => spec.IsHead).Select(spec => spec.Name).ToHashSet(StringComparer.Ordinal);

        // Another list of answers is the usual reason to fine-tune; only the trunk has to fit.
        if (match.Missing.Any(name => !heads.Contains(name)) || match.Mismatched.Any(mismatch => !heads.Contains(mismatch.Name)))
        {
            match.ThrowIfIncompatible(
                $"the {_options.Model.Title} model of the options", path, heads.Contains, VisionLanguageModel.Guess(checkpoint.Names));
        }

        var missing = model.Parameters.Load(match.Source);
        Say(channel, missing.Count == 0
            ? $"All weights are from '{path}'."
            : $"Weights are from '{path}', but {missing.Count} parameters start fresh: "
                + $"{string.Join(", ", missing.Take(4))}{(missing.Count > 4 ? ", ..." : "")}.");
    }

    private static void CheckAnswers(IChannel channel, AnswerDataset data, IReadOnlyList<AnswerRow> rows, int[] answerIndex)
    {
        var without = rows.Count(row => !row.Answers.Any(answer => answerIndex[answer] >= 0));
        var example = data.AnswerTexts.Where((_, i) => answerIndex[i] < 0).FirstOrDefault();
        if (without == rows.Count)
        {
            throw new InvalidDataException(example is null
                ? "No training row has an answer."
                : $"No training row has an answer of the list of answers; one that is not in it is '{example}'.");
        }

        if (without > 0)
        {
            channel.Warning(
                MessageSensitivity.None,
                "{0} of {1} training rows have no answer of the list of answers; they train towards no answer.",
                without,
                rows.Count);
        }
    }

    private void Report(IChannel channel, TrainingProgress progress)
    {
        var validation = progress.ValidationScore is { } score ? $", validation score {score:F4}" : "";
        Say(channel, $"Epoch {progress.Epoch}/{progress.Epochs}, update {progress.Update}/{progress.Updates}: loss {progress.Loss:F4}, "
            + $"score {progress.TrainingScore:F4}{validation}, {progress.RowsPerSecond:F0} rows/s.");
        _options.Progress?.Report(progress);
    }

    private LoopOptions LoopOptions() => new()
    {
        Epochs = _options.Epochs,
        GradientAccumulation = _options.GradientAccumulation,
        GradientClipping = _options.GradientClipping,
        Seed = _options.Seed,
        Patience = _options.EarlyStoppingPatience,
        CheckpointEvery = _options.CheckpointEvery,
        ReportEvery = _options.ReportEvery,
    };

    private Device ChooseDevice() => _options.Device switch
    {
        TrainingDevice.Cpu => torch.CPU,
        TrainingDevice.Cuda when !torch.cuda.is_available() =>
            throw new InvalidOperationException("Option Device: Cuda was asked for, but libtorch finds no CUDA device."),
        TrainingDevice.Cuda => torch.device("cuda:0"),
        _ => torch.cuda.is_available() ? torch.device("cuda:0") : torch.CPU,
    };

    private int DefaultThreads() => _options.Model.Width < SmallWidth ? 1 : Environment.ProcessorCount;

    private string Fingerprint(AnswerDataset data, string[] answers, int training, int held)
    {
        var run = JsonSerializer.Serialize(new
        {
            _options.Model.Kind,
            Model = _options.Model.ToJson(),
            _options.HeadName,
            InitialWeights = DigestOf(_options.InitialWeights),
            _options.Initialization,
            Answers = answers,
            _options.Epochs,
            _options.BatchSize,
            _options.GradientAccumulation,
            _options.LearningRate,
            _options.HeadLearningRate,
            _options.Optimizer,
            _options.WeightDecay,
            _options.Beta1,
            _options.Beta2,
            _options.Epsilon,
            _options.CorrectBias,
            _options.Schedule,
            _options.WarmupProportion,
            _options.GradientClipping,
            _options.EarlyStoppingPatience,
            _options.Seed,
            training,
            held,
            Data = data.Digest(),
        });
        return Convert.ToHexString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(run)));
    }

    /// <summary>A file's content as a short text; only a run that can be resumed is told from others.</summary>
    private string? DigestOf(string? path)
    {
        if (path is null || _options.CheckpointFolder is null) return null;
        using var stream = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(stream));
    }

    private static void Say(IChannel channel, string text) => channel.Info(MessageSensitivity.None, "{0}", text);

    private sealed class AnswerTask(AnswerModel model) : ITrainingTask<AnswerBatch>
    {
        public ModelParameters Parameters => model.Parameters;

        public bool Training
        {
            set => model.Training = value;
        }

        public BatchResult Forward(AnswerBatch batch)
        {
            var logits = model.Forward(batch);
            var targets = AnswerBatch.ToTensor(batch.Targets, model.Parameters.Device);
            return new(AnswerObjective.Loss(logits, targets), AnswerObjective.Score(logits.detach(), targets), batch.Rows);
        }
    }

    private const int SmallWidth = 256;
}
