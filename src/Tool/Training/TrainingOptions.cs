using System.CommandLine;

namespace MLNet.VisionLanguage.Tool.Training;

/// <summary>The options that say how a model is trained. What is not given depends on the model.</summary>
internal sealed class TrainingOptions
{
    private readonly Option<int?> _epochs = Number("--epochs", "Passes over the training rows.");
    private readonly Option<int?> _batchSize = Number("--batch-size", "Rows of a batch.");
    private readonly Option<int?> _accumulation = Number("--gradient-accumulation", "Batches that make one update.");
    private readonly Option<double?> _learningRate =
        Options.Optional<double?>("--learning-rate", "The learning rate after the warm-up.", "RATE");
    private readonly Option<double?> _warmup =
        Options.Optional<double?>("--warmup", "The share of the updates that warm up, 0 to 1.", "SHARE");
    private readonly Option<OptimizerKind?> _optimizer = Options.Optional<OptimizerKind?>(
        "--optimizer", "The update rule: AdamW, BertAdam (LXMERT's), RAdam or Momentum (detectors').", "NAME");
    private readonly Option<LearningRateSchedule?> _schedule = Options.Optional<LearningRateSchedule?>(
        "--schedule", $"How the rate moves: {string.Join(", ", Enum.GetNames<LearningRateSchedule>())}.", "NAME");
    private readonly Option<double?> _clipping =
        Options.Optional<double?>("--gradient-clipping", "The largest joint norm of the gradients; 0 for no limit.", "NORM");
    private readonly Option<double> _validation =
        Options.Optional<double>("--validation-fraction", "The share of the training images kept to choose the best epoch by.", "SHARE");
    private readonly Option<int> _patience =
        Options.Optional<int>("--patience", "Epochs without a better validation score after which training ends; 0 for never.", "N");
    private readonly Option<int> _seed = Options.Default("--seed", "Makes a run repeatable.", 1, "N");
    private readonly Option<int> _threads = Options.Optional<int>("--threads", "CPU threads of libtorch; 0 chooses.", "N");
    private readonly Option<string> _device = Options.Default("--device", "Where training computes: auto, cpu or cuda.", "auto", "NAME");
    private readonly Option<int?> _checkpointEvery =
        Number("--checkpoint-every", "Updates between two checkpoints inside an epoch; 0 for none there.");
    private readonly Option<bool> _int8 = Options.Int8();
    private readonly Option<TrainingPrecision?> _precision = Options.Optional<TrainingPrecision?>(
        "--precision", "Numbers whose products are computed: float32 or bfloat16, which is faster where processors multiply it.", "NAME");

    private readonly Option<bool> _buckets = new("--bucket-by-length") { Description = "Batches of rows of like length, so that less is padding." };
    private readonly Option<bool> _checkpointing = new("--gradient-checkpointing")
    {
        Description = "Compute sublayers again for their gradients in place of keeping what they computed: less memory with large batches.",
    };
    private readonly Option<string?> _checkpointFolder = Options.Optional<string?>(
        "--checkpoint-folder",
        "Where checkpoints go, to resume from and to keep; without, beside the output until training is done.",
        "FOLDER");

    public TrainingOptions() => _device.AcceptOnlyFromAmong("auto", "cpu", "cuda");

    /// <summary>Updates between two checkpoints inside an epoch.</summary>
    public static int DefaultCheckpointEvery => 1000;

    public IEnumerable<Option> All =>
    [
        _epochs, _batchSize, _accumulation, _learningRate, _warmup, _optimizer, _schedule, _clipping, _validation, _patience, _seed, _threads, _device,
        _checkpointFolder, _checkpointEvery, _int8, _precision, _buckets, _checkpointing,
    ];

    /// <summary>Those of a detector, whose convolutions compute in float32 alone and whose rows are images.</summary>
    public IEnumerable<Option> OfADetector => All.Except([_int8, _precision, _buckets, _checkpointing]);

    /// <summary>Those of a run of several tasks, whose batches, rates and validation rows are each one's own.</summary>
    public IEnumerable<Option> OfTheRun => All.Except([_batchSize, _learningRate, _validation, _patience, _buckets]);

    /// <summary>
    /// For a small model from nothing: measured on easy-VQA with 17 regions, where BERT's small normal weights and rates learn far slower.
    /// </summary>
    public static void SetTiny(TrainerOptions options)
    {
        options.Initialization = WeightInitialization.Xavier;
        options.Epochs = 10;
        options.BatchSize = 32;
        options.LearningRate = 4e-4;
        options.HeadLearningRate = null;
        options.CorrectBias = true;
        options.WarmupProportion = 0.05;
        options.GradientClipping = 1;
        options.ScoringBatchSize = 64;
    }

    public int Seed(ParseResult parsed) => parsed.GetValue(_seed);

    /// <summary>Passes over the training rows, if it is told.</summary>
    public int? Epochs(ParseResult parsed) => parsed.GetValue(_epochs);

    /// <summary>Looks at the options before anything is read.</summary>
    /// <exception cref="UsageException">Options need each other, or have impossible values.</exception>
    public void Check(ParseResult parsed)
    {
        foreach (var option in (Option<int?>[])[_epochs, _batchSize, _accumulation])
            if (parsed.GetValue(option) is < 1 and var value) throw new UsageException($"{option.Name} {value}: at least 1 is needed.");
        if (parsed.GetValue(_patience) > 0 && parsed.GetValue(_validation) == 0)
            throw new UsageException("--patience needs --validation-fraction: it is the validation score that must get better.");
    }

    /// <summary>The folder the user wants to keep, if any.</summary>
    public string? CheckpointFolder(ParseResult parsed) => parsed.GetValue(_checkpointFolder);

    /// <summary>Sets what the options say on top of the defaults.</summary>
    public void Apply(ParseResult parsed, TrainerOptions options)
    {
        Apply(parsed, (LearningOptions)options);
        options.Quantize = parsed.GetValue(_int8);
        options.Precision = parsed.GetValue(_precision) ?? options.Precision;
        options.BucketByLength = parsed.GetValue(_buckets);
        options.GradientCheckpointing = parsed.GetValue(_checkpointing);
    }

    /// <summary>Sets what the options say on top of the defaults, as far as anything that learns has it.</summary>
    public void Apply(ParseResult parsed, LearningOptions options)
    {
        Set(_epochs, value => options.Epochs = value);
        Set(_batchSize, value => options.BatchSize = value);
        Set(_accumulation, value => options.GradientAccumulation = value);
        Set(_checkpointEvery, value => options.CheckpointEvery = value);
        if (parsed.GetValue(_learningRate) is { } rate) (options.LearningRate, options.HeadLearningRate) = (rate, null);
        if (parsed.GetValue(_warmup) is { } warmup) options.WarmupProportion = warmup;
        if (parsed.GetValue(_optimizer) is { } optimizer) options.Optimizer = optimizer;
        if (parsed.GetValue(_schedule) is { } schedule) options.Schedule = schedule;
        if (parsed.GetValue(_clipping) is { } norm) options.GradientClipping = norm;
        options.ValidationFraction = parsed.GetValue(_validation);
        options.EarlyStoppingPatience = parsed.GetValue(_patience);
        options.Seed = parsed.GetValue(_seed);
        options.Threads = parsed.GetValue(_threads);
        options.Device = Enum.Parse<TrainingDevice>(parsed.GetRequiredValue(_device), ignoreCase: true);

        void Set(Option<int?> option, Action<int> set)
        {
            if (parsed.GetValue(option) is { } value) set(value);
        }
    }

    private static Option<int?> Number(string name, string description) => new(name) { Description = description, HelpName = "N" };
}
