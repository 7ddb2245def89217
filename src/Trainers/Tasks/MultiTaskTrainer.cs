using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Training;

namespace MLNet.VisionLanguage;

/// <summary>
/// Trains one model on several tasks at once (12-in-1, Lu et al. 2020; train_tasks.py): at each iteration every task has a batch in its turn
/// and an update, and those that no longer improve pause. The run is as many iterations as the task needs that is to have the most batches
/// (<see cref="MultiTaskData.Epochs"/>), and an epoch its share of them. The result has a transformer for each task, over one trunk.
/// </summary>
/// <remarks>
/// Heads that the model's reference calls the same are one where they choose from the same names (ViLBERT's answers to VQA and Visual Genome,
/// its scores of VCR's texts); where they do not, as with LXMERT and VL-BERT, which name one head only, each task has its own.
/// </remarks>
public sealed class MultiTaskTrainer
{
    private readonly MLContext _context;
    private readonly MultiTaskOptions _options;
    private readonly int _seed;

    internal MultiTaskTrainer(MLContext context, MultiTaskOptions options)
    {
        options.Validate();
        (_context, _options, _seed) = (context, options, options.Seed ?? Seeds.Of(context));
    }

    /// <summary>Trains on the rows of all tasks, which have the columns that their options name.</summary>
    /// <param name="tasks">The tasks, in the order of their turns.</param>
    /// <exception cref="ArgumentException">
    /// There is no task, two have one name, a column is missing or of another type, or the tasks' regions have different widths.
    /// </exception>
    /// <exception cref="InvalidDataException">A row is bad; the message has the task and the row's position.</exception>
    /// <exception cref="OperationCanceledException">The options' cancellation token was cancelled.</exception>
    public MultiTaskModels Fit(params IReadOnlyList<MultiTaskData> tasks)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        Check(tasks);
        var model = ModelFor(tasks);
        var options = (MultiTaskOptions)_options.With(model, sizesFromData: false);
        Rehearsal.OpenScoring(_context);
        if (options.CheckpointFolder is { } kept) Rehearsal.WriteTo(kept);
        TorchRuntime.EnsureLoaded();
        using var channel = ((IHostEnvironment)_context).Register(nameof(MultiTaskTrainer), _seed).Start("Training");
        var run = new RunSetup(channel, options, _seed);
        using var held = CheckpointLock.Take(options.CheckpointFolder);
        var folder = options.CheckpointFolder ?? TemporaryFiles.NewFolder("training");
        var members = new List<JointMember>();
        try
        {
            foreach (var (i, task) in tasks.Index()) members.Add(Read(task, i, model, run, folder));
            return run.WithThreads(tasks.Max(task => task.Options.BatchSize), () => Train(tasks, members, run, folder));
        }
        finally
        {
            foreach (var member in members) member.Dispose();
            if (options.CheckpointFolder is null) TemporaryFiles.Remove(folder);
        }
    }

    private MultiTaskModels Train(IReadOnlyList<MultiTaskData> tasks, List<JointMember> members, RunSetup run, string folder)
    {
        var options = (MultiTaskOptions)run.Options;
        var heads = new JointHeads();
        var names = tasks.Zip(members, (task, member) => heads.Add(task.Name, member)).ToList();
        using var parameters = run.Create(heads.Parameters, mayStartInPart: false);
        foreach (var (member, own) in members.Zip(names)) member.Rehearse(_context, parameters.AsSource(own));
        List<TorchEngine> engines = [.. names.Select(own => new TorchEngine(parameters, own)
        {
            MultipliesInHalf = options.Precision == TrainingPrecision.BFloat16,
            RecomputesSegments = options.GradientCheckpointing,
        })];
        Action<bool> train = isOn => engines.ForEach(engine => engine.Training = isOn);
        var last = new Dictionary<string, double>(StringComparer.Ordinal);
        JointTask[] joint =
        [
            .. tasks.Zip(members, engines).Select(own => new JointTask(
                own.First.Name, own.Second.Batches, own.First.LossScale, done => own.Second.Forward(own.Third, done),
                own.Second.HasValidation ? () => own.Second.Validate(own.Third, options.Cancellation) : null)),
        ];
        var iterations = Math.Max(1, tasks.Zip(joint, (task, own) => (int)((long)own.Batches * (task.Epochs ?? options.Epochs) / options.Epochs)).Max());
        var all = iterations * options.Epochs;
        var multi = new MultiTask(parameters, joint, iterations, all, options.PausedTaskGap, train)
        {
            Validated = (task, score) =>
            {
                last[task.Name] = score;
                run.Say($"{task.Name}: validation score {score:F4} after {task.Done} batches{(task.Controller.IsStopped ? ", paused" : "")}.");
                options.Validated?.Report(new(task.Name, task.Done, score, task.Controller.IsStopped));
            },
        };
        run.Say($"{tasks.Count} tasks ({string.Join(", ", joint.Select(task => $"{task.Name}: {task.Batches} batches"))}), "
            + $"{parameters.Specs.Sum(spec => spec.Count)} parameters, on {parameters.Device}.");

        using var optimizer = ParameterGroups.Optimizer(parameters, options);
        var checkpoints = new TrainingCheckpoints(folder, resumable: options.CheckpointFolder is not null);
        var identity = options.CheckpointFolder is null ? [] : run.Identity(Identity(tasks, members));
        var state = checkpoints.Resume(identity, parameters, optimizer) ?? new TrainingState { Run = identity };
        if (state.Task is { } places) multi.Restore(places);
        run.TellResumed(state);
        var loop = new TrainingLoop<int>(
            multi, optimizer, ParameterGroups.Schedule(options, all / options.GradientAccumulation),
            run.LoopOptions(parameters.Device) with { UpdatesEachResult = true }, checkpoints, run.Report);
        loop.Run(
            state, iterations, (epoch, first) => Enumerable.Range((epoch * iterations) + first, iterations - first), null, options.Cancellation);
        train(false);
        var scores = joint.Select(task => new MultiTaskScore(task.Name, task.Done, Score(task), task.Controller.IsStopped)).ToList();
        return new(Transformers(tasks, members, names, parameters), scores);

        // A run that was finished before has validated nothing this time.
        double? Score(JointTask task)
        {
            if (last.TryGetValue(task.Name, out var score)) return score;
            using var gradients = TorchSharp.torch.no_grad();
            return task.Validate?.Invoke();
        }
    }

    /// <summary>What tells these tasks, their order, rows and names from others; their model is the run's.</summary>
    private static IEnumerable<(string Name, object? Value)> Identity(IReadOnlyList<MultiTaskData> tasks, List<JointMember> members) => tasks
        .Zip(members).SelectMany(pair =>
        {
            (string Name, object? Value)[] values =
            [
                .. pair.Second.Identity(), ("names", pair.Second.Names), (nameof(MultiTaskData.LossScale), pair.First.LossScale),
                (nameof(TrainerOptions.BatchSize), pair.First.Options.BatchSize), (nameof(MultiTaskData.Epochs), pair.First.Epochs),
            ];
            return values.Select(value => ($"task '{pair.First.Name}': {value.Name}", value.Value));
        })
        .Append(("tasks", tasks.Select(task => task.Name)));

    private Dictionary<string, TaskTransformer> Transformers(
        IReadOnlyList<MultiTaskData> tasks, List<JointMember> members, List<IReadOnlyDictionary<string, string>> names, ModelParameters parameters)
    {
        var transformers = new Dictionary<string, TaskTransformer>(StringComparer.Ordinal);
        try
        {
            foreach (var (task, member, own) in tasks.Zip(members, names))
                transformers[task.Name] = member.Create(_context, parameters.AsSource(own));
            return transformers;
        }
        catch
        {
            foreach (var transformer in transformers.Values) transformer.Dispose();
            throw;
        }
    }

    private JointMember Read(MultiTaskData task, int number, VisionLanguageModel model, RunSetup run, string folder)
    {
        var options = (TaskTrainerOptions)task.Options.With(model, sizesFromData: false);
        var member = options.Join();
        try
        {
            member.Read(options, run, Seeds.Mix(_seed, number), folder, task.Training, task.Validation);
            return member;
        }
        catch (Exception e)
        {
            member.Dispose();
            throw e switch
            {
                InvalidDataException => new InvalidDataException($"Task '{task.Name}': {e.Message}", e),
                ArgumentException => new ArgumentException($"Task '{task.Name}': {e.Message}", e),
                _ => e,
            };
        }
    }

    private static void Check(IReadOnlyList<MultiTaskData> tasks)
    {
        if (tasks.Count == 0) throw new ArgumentException("At least one task is needed.", nameof(tasks));
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var task in tasks)
        {
            ArgumentNullException.ThrowIfNull(task);
            ArgumentException.ThrowIfNullOrEmpty(task.Name);
            ArgumentNullException.ThrowIfNull(task.Options);
            ArgumentNullException.ThrowIfNull(task.Training);
            if (!names.Add(task.Name)) throw new ArgumentException($"Two tasks are called '{task.Name}'.", nameof(tasks));
            task.Options.Validate();
            if (!(task.LossScale > 0) || !double.IsFinite(task.LossScale))
                throw new ArgumentException($"Task '{task.Name}': {nameof(task.LossScale)} is {task.LossScale}; a number above 0 is expected.", nameof(tasks));
            if (task.Epochs < 1)
                throw new ArgumentException($"Task '{task.Name}': {nameof(task.Epochs)} is {task.Epochs}; at least 1 is expected.", nameof(tasks));
        }
    }

    /// <summary>The model in sizes that hold the data of every task.</summary>
    private VisionLanguageModel ModelFor(IReadOnlyList<MultiTaskData> tasks)
    {
        if (!_options.SizesFromData) return _options.Model;
        var models = tasks.Select(task => task.Options.With(_options.Model, sizesFromData: true).For(task.Training).Model).ToList();
        var other = models.FindIndex(model => model.RegionFeatureSize != models[0].RegionFeatureSize);
        if (other > 0)
        {
            throw new ArgumentException(
                $"Regions of task '{tasks[0].Name}' have {models[0].RegionFeatureSize} values, those of '{tasks[other].Name}' "
                + $"{models[other].RegionFeatureSize}; one model takes one width.", nameof(tasks));
        }

        return models[0] with
        {
            VocabularySize = models.Max(model => model.VocabularySize),
            MaxPositions = models.Max(model => model.MaxPositions),
        };
    }
}
