namespace MLNet.VisionLanguage;

/// <summary>Options of the trainers of FIBER's detector; the defaults are those of its published pre-training.</summary>
public sealed class TextDetectorTrainerOptions
{
    /// <summary>The detector's sizes.</summary>
    public FiberDetectorConfig Detector { get; set; } = FiberDetectorConfig.Base;

    /// <summary>
    /// Weights to start from: a detector's, or those of the coarse stage, of which the two towers are taken; null starts from nothing.
    /// </summary>
    public string? InitialWeights { get; set; }

    /// <summary>Which of a checkpoint's state dictionaries has the weights; null for the usual or only one.</summary>
    public string? InitialStateDictionary { get; set; }

    /// <summary>Input column: images, as LoadImages makes them.</summary>
    public string ImageColumnName { get; set; } = "Image";

    /// <summary>
    /// Input column: what is said of the image, Text. With <c>DetectObjects</c> it is not read: there a text is made anew each time of the names
    /// of classes that are there and of others.
    /// </summary>
    public string TextColumnName { get; set; } = "Text";

    /// <summary>Input column: Vector&lt;Single&gt; of pixels x1 y1 x2 y2 of each object, x2 and y2 where it ends.</summary>
    public string BoxesColumnName { get; set; } = "Boxes";

    /// <summary>
    /// Input column, Vector&lt;Text&gt;, one a box: its class with <c>DetectObjects</c>, the part of the text that means it with
    /// <c>GroundPhrases</c>. With <c>LocalizeExpression</c> it is not read: there the whole text means every box.
    /// </summary>
    public string LabelsColumnName { get; set; } = "Labels";

    /// <summary>Passes over the data.</summary>
    public int Epochs { get; set; } = 12;

    /// <summary>Rows of an update.</summary>
    public int BatchSize { get; set; } = 64;

    /// <summary>The learning rate; of what is called a bias twice that.</summary>
    public double LearningRate { get; set; } = 1e-4;

    /// <summary>The learning rate of the text's tower.</summary>
    public double TextLearningRate { get; set; } = 1e-5;

    /// <summary>Weight decay of what is no bias.</summary>
    public double WeightDecay { get; set; } = 0.01;

    /// <summary>Largest joint norm of the gradients; 0 for no limit.</summary>
    public double GradientClipping { get; set; } = 1;

    /// <summary>How the rate moves; steps down are to a tenth, at 67 and 89 hundredths of the run.</summary>
    public LearningRateSchedule Schedule { get; set; } = LearningRateSchedule.WarmupSteps;

    /// <summary>The part of the run in which the rate rises, 0 to 1.</summary>
    public double WarmupProportion { get; set; } = 0.0025;

    /// <summary>What of the average of the parameters, which the model gets, stays at an update; 0 for no average.</summary>
    public double AverageDecay { get; set; } = 0.999;

    /// <summary>The shorter sides that images are resized to, one of them each time.</summary>
    public IReadOnlyList<int> TrainingSides { get; set; } = [480, 560, 640, 720, 800];

    /// <summary>The chance that an image is mirrored; 0 where texts tell left from right.</summary>
    public double FlipProbability { get; set; } = 0.5;

    /// <summary>Whether what lies between is computed again in the backward pass, which takes less memory and a third more time.</summary>
    public bool GradientCheckpointing { get; set; }

    /// <summary>Whether texts are lower-cased and stripped of accents, of word pieces.</summary>
    public bool Uncased { get; set; } = true;

    /// <summary>The seed; null for that of the MLContext.</summary>
    public int? Seed { get; set; }

    /// <summary>Threads of libtorch; 0 for one a processor.</summary>
    public int Threads { get; set; }

    /// <summary>Where training runs.</summary>
    public TrainingDevice Device { get; set; } = TrainingDevice.Auto;

    /// <summary>Updates between two progress reports.</summary>
    public int ReportEvery { get; set; } = 50;

    /// <summary>Hears of progress.</summary>
    public IProgress<TrainingProgress>? Progress { get; set; }

    /// <summary>Ends training after the current update.</summary>
    public CancellationToken Cancellation { get; set; }

    /// <summary>
    /// Options for a small detector that starts from nothing, such as <see cref="FiberDetectorConfig.Tiny"/>: faster rates, small images, no
    /// mirrors.
    /// </summary>
    public static TextDetectorTrainerOptions FromScratch() => new()
    {
        Detector = FiberDetectorConfig.Tiny,
        LearningRate = 1e-3,
        TextLearningRate = 1e-3,
        BatchSize = 8,
        Epochs = 20,
        WarmupProportion = 0.05,
        AverageDecay = 0.99,
        TrainingSides = [FiberDetectorConfig.Tiny.ShorterSide],
        FlipProbability = 0,
    };

    internal void Validate()
    {
        Detector.Validate(nameof(Detector));
        Check(nameof(Epochs), Epochs, Epochs >= 1);
        Check(nameof(BatchSize), BatchSize, BatchSize >= 1);
        Check(nameof(ReportEvery), ReportEvery, ReportEvery >= 1);
        Check(nameof(Threads), Threads, Threads >= 0);
        foreach (var (option, value) in new[] { (nameof(LearningRate), LearningRate), (nameof(TextLearningRate), TextLearningRate),
            (nameof(WeightDecay), WeightDecay), (nameof(GradientClipping), GradientClipping) })
            Check(option, value, value >= 0 && double.IsFinite(value));
        Check(nameof(WarmupProportion), WarmupProportion, WarmupProportion is >= 0 and <= 1);
        Check(nameof(AverageDecay), AverageDecay, AverageDecay is >= 0 and < 1);
        Check(nameof(FlipProbability), FlipProbability, FlipProbability is >= 0 and <= 1);
        if (TrainingSides.Count == 0 || TrainingSides.Any(side => side < 1))
            throw new ArgumentException($"Option {nameof(TrainingSides)}: positive numbers are expected.", nameof(TrainingSides));
        if (!Enum.IsDefined(Schedule) || Schedule == LearningRateSchedule.Manual)
            throw new ArgumentException($"Option {nameof(Schedule)}: {Schedule} is not supported.", nameof(Schedule));
        if (InitialWeights is not null && !Path.Exists(InitialWeights))
            throw new ArgumentException($"Option {nameof(InitialWeights)}: there is no file '{InitialWeights}'.", nameof(InitialWeights));
    }

    private static void Check(string option, double value, bool holds)
    {
        if (!holds) throw new ArgumentException(FormattableString.Invariant($"Option {option}: {value} is out of its range."), option);
    }
}
