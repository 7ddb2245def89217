using System.Text.Json.Serialization;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Optimization;
using MLNet.VisionLanguage.Tasks.Detection;

namespace MLNet.VisionLanguage;

/// <summary>
/// Options of the trainers of FIBER's detector; the defaults are those of its published pre-training. Initial weights are a detector's, or those
/// of the coarse stage, of which the two towers are taken. The text's tower has a rate of its own, what is called a bias twice the rate and no
/// decay, so <see cref="LearningOptions.HeadLearningRate"/> and <see cref="LearningOptions.CrossLearningRate"/> must be null.
/// </summary>
public sealed class TextDetectorTrainerOptions : LearningOptions
{
    /// <summary>Makes options with the defaults.</summary>
    public TextDetectorTrainerOptions()
    {
        (Epochs, BatchSize, LearningRate, HeadLearningRate) = (12, 64, 1e-4, null);
        (Optimizer, CorrectBias, Epsilon, WeightDecay, GradientClipping) = (OptimizerKind.AdamW, true, 1e-8, 0.01, 1);
        (Schedule, WarmupProportion, WarmupStart, ScheduleSteps) = (LearningRateSchedule.WarmupSteps, 0.0025, 0.001, [0.67, 0.89]);
        RowIdColumnName = nameof(ImageExample.ImageId);
    }

    /// <summary>The detector's sizes.</summary>
    public FiberDetectorConfig Detector { get; set; } = FiberDetectorConfig.Base;

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
    /// Input column, one text or key a box: its class with <c>DetectObjects</c>, the part of the text that means it with <c>GroundPhrases</c>. With
    /// <c>LocalizeExpression</c> it is not read: there the whole text means every box.
    /// </summary>
    public string LabelsColumnName { get; set; } = "Labels";

    /// <summary>
    /// Input column: above 0 for objects that are passed over, such as COCO's crowds, Vector&lt;Single&gt;; null for none.
    /// </summary>
    public string? CrowdColumnName { get; set; }

    /// <summary>
    /// With <c>DetectObjects</c>: classes that rows may have besides those that the model is asked for. All of them may be more than fit into one
    /// text (LVIS has 1,203), as each prompt of training names some.
    /// </summary>
    public IReadOnlyList<string> OtherClasses { get; set; } = [];

    /// <summary>The learning rate of the text's tower.</summary>
    public double TextLearningRate { get; set; } = 1e-5;

    /// <summary>What of the average of the parameters, which the model gets, stays at an update; 0 for no average.</summary>
    public double AverageDecay { get; set; } = 0.999;

    /// <summary>The shorter sides that images are resized to, one of them each time.</summary>
    public IReadOnlyList<int> TrainingSides { get; set; } = [480, 560, 640, 720, 800];

    /// <summary>The chance that an image is mirrored; 0 where texts tell left from right.</summary>
    public double FlipProbability { get; set; } = 0.5;

    /// <summary>Whether what lies between is computed again in the backward pass, which takes less memory and a third more time.</summary>
    [JsonIgnore]
    public bool GradientCheckpointing { get; set; }

    /// <summary>Whether texts are lower-cased and stripped of accents, of word pieces.</summary>
    public bool Uncased { get; set; } = true;

    /// <summary>
    /// Options for a small detector that starts from nothing, such as <see cref="FiberDetectorConfig.Tiny"/>: faster rates, small images, no
    /// mirrors.
    /// </summary>
    public static TextDetectorTrainerOptions FromScratch() => new()
    {
        Detector = FiberDetectorConfig.Tiny,
        Initialization = WeightInitialization.Xavier,
        LearningRate = 1e-3,
        TextLearningRate = 1e-3,
        BatchSize = 8,
        Epochs = 20,
        WarmupProportion = 0.05,
        AverageDecay = 0.99,
        TrainingSides = [FiberDetectorConfig.Tiny.ShorterSide],
        FlipProbability = 0,
    };

    internal override string Trained => "detector that reads";

    /// <summary>Convolutions of one image keep several threads busy.</summary>
    internal override int Width => Detector.ShorterSide * Detector.ShorterSide;

    internal override double InitializerRange => 0.02;

    internal override double Averaging => AverageDecay;

    /// <summary>The columns that are read for a use.</summary>
    internal ObjectColumns Objects(TextDetectorUse use) => new(
        ImageColumnName, BoxesColumnName, use == TextDetectorUse.Expression ? null : LabelsColumnName, null, CrowdColumnName, RowIdColumnName,
        use == TextDetectorUse.Objects ? null : TextColumnName);

    internal override (double Rate, double Decay) RatesOf(ModelParameter parameter) =>
        new DetectorRates(LearningRate, TextLearningRate, WeightDecay).Of(parameter.Name);

    internal override ParameterMatch Match(Checkpoint checkpoint, IEnumerable<ModelParameter> parameters)
    {
        List<ParameterSpec> specs = [.. parameters.Select(parameter => parameter.Spec)];
        return CoarseWeights.IsCoarse(checkpoint.Names)
            ? ParameterMatch.Named(checkpoint, specs, CoarseWeights.Match(
                specs, checkpoint.Names.Select(name => new ParameterSpec(name, checkpoint[name].Shape))))
            : ParameterMatch.Match(checkpoint, specs, new());
    }

    /// <inheritdoc/>
    internal override void Validate()
    {
        if (Detector is null) throw Fail(nameof(Detector), "it is null");
        Detector.Validate(nameof(Detector));
        foreach (var (option, value) in new[] { (nameof(HeadLearningRate), HeadLearningRate), (nameof(CrossLearningRate), CrossLearningRate) })
        {
            if (value is { } rate) throw Fail(option, FormattableString.Invariant(
                $"{rate} has no part in a detector that reads; {nameof(LearningRate)} and {nameof(TextLearningRate)} are its rates"));
        }

        AtLeast(nameof(TextLearningRate), TextLearningRate, 0);
        Check(nameof(AverageDecay), AverageDecay, AverageDecay is >= 0 and < 1, "a number from 0 to below 1");
        Check(nameof(FlipProbability), FlipProbability, FlipProbability is >= 0 and <= 1, "a number from 0 to 1");
        if (OtherClasses is null) throw Fail(nameof(OtherClasses), "it is null");
        if (TrainingSides is not { Count: > 0 }) throw Fail(nameof(TrainingSides), "no side is listed");
        foreach (var side in TrainingSides) AtLeast(nameof(TrainingSides), side, 1);
        base.Validate();
    }

    private protected override IEnumerable<(string Option, string? Column, bool IsOptional)> AllColumns() =>
    [
        (nameof(ImageColumnName), ImageColumnName, false), (nameof(TextColumnName), TextColumnName, false),
        (nameof(BoxesColumnName), BoxesColumnName, false), (nameof(LabelsColumnName), LabelsColumnName, false),
        (nameof(CrowdColumnName), CrowdColumnName, true),
    ];
}
