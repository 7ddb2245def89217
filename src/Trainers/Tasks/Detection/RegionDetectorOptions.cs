using System.Text.Json.Serialization;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage;

/// <summary>
/// Options of <see cref="RegionDetectorTrainer"/>. The defaults are detectron2's for two images a batch: momentum, a warm-up and two steps down,
/// the targets of its configuration.
/// </summary>
public sealed class RegionDetectorOptions : LearningOptions
{
    /// <summary>Makes options with the defaults.</summary>
    public RegionDetectorOptions()
    {
        (Epochs, BatchSize, LearningRate, HeadLearningRate) = (12, 2, 2.5e-3, null);
        (Optimizer, WeightDecay) = (OptimizerKind.Momentum, 1e-4);
        (Schedule, WarmupProportion) = (LearningRateSchedule.WarmupSteps, 0.01);
        RowIdColumnName = nameof(ImageExample.ImageId);
    }

    /// <summary>Input column: the image, as LoadImages makes it.</summary>
    public string ImageColumnName { get; set; } = "Image";

    /// <summary>Input column: the boxes of the objects, Vector&lt;Single&gt; of pixels x1 y1 x2 y2 each; none for an image without objects.</summary>
    public string BoxesColumnName { get; set; } = "Boxes";

    /// <summary>Input column: the class of each object, Vector&lt;Text&gt; or a vector of keys with texts as KeyValues.</summary>
    public string LabelsColumnName { get; set; } = "Labels";

    /// <summary>
    /// Input column: the attribute of each object, likewise; an empty text or a missing key says that it has none. Null where there is no such
    /// column: then every region's attribute is the only one, "unknown".
    /// </summary>
    public string? AttributesColumnName { get; set; }

    /// <summary>
    /// Input column: above 0 for objects that are passed over, such as COCO's crowds, Vector&lt;Single&gt;; null for none.
    /// </summary>
    public string? CrowdColumnName { get; set; }

    /// <summary>
    /// The detector and what the trained transformer makes of what it finds: its output columns, which proposals become regions, and how sure it
    /// must be of them. The numbers of classes and attributes are those of the rows, or of the lists of names here, which may be null: then
    /// classes and attributes are all that the training rows have, in the order of their letters or of their keys.
    /// </summary>
    [JsonIgnore]
    public RegionFeatureOptions Regions { get; set; } = new() { Choice = RegionChoice.Objects, Confidence = LeastConfidence };

    /// <summary>
    /// Pixels of the resized image's shorter side while training, of which one is drawn each time (detectron2's MIN_SIZE_TRAIN); null for the
    /// detector's own alone.
    /// </summary>
    public IReadOnlyList<int>? ShorterSides { get; set; }

    /// <summary>How often an image is flipped left to right while training, 0 to 1.</summary>
    public double FlipProbability { get; set; } = 0.5;

    /// <summary>PRE_NMS_TOPK_TRAIN: how many of an image's best proposals are looked at while training.</summary>
    public int ProposalsLookedAt { get; set; } = 12000;

    /// <summary>POST_NMS_TOPK_TRAIN: how many of those that are left are proposals while training.</summary>
    public int Proposals { get; set; } = 2000;

    /// <summary>RPN.BATCH_SIZE_PER_IMAGE: of how many anchors of an image it is asked whether there is an object; at most half are where there is.</summary>
    public int AnchorsPerImage { get; set; } = 256;

    /// <summary>ROI_HEADS.BATCH_SIZE_PER_IMAGE: of how many regions of an image it is asked what they are.</summary>
    public int RegionsPerImage { get; set; } = 512;

    /// <summary>ROI_HEADS.POSITIVE_FRACTION: at most what share of these are objects.</summary>
    public double ObjectShare { get; set; } = 0.25;

    /// <summary>How much the loss of attributes counts beside the others.</summary>
    public double AttributeWeight { get; set; } = 0.5;

    /// <summary>
    /// Options for a small detector that learns from nothing on a CPU, measured on the rendered scenes: <see cref="FasterRcnnConfig.Tiny"/>,
    /// Xavier weights, AdamW at 1e-3, batches of 8. Everything may be changed afterwards.
    /// </summary>
    /// <param name="detector">The detector; null takes <see cref="FasterRcnnConfig.Tiny"/>.</param>
    /// <param name="epochs">Passes over the training rows; more for fewer rows.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is not one epoch.</exception>
    public static RegionDetectorOptions FromScratch(FasterRcnnConfig? detector = null, int epochs = 8)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(epochs, 1);
        var options = new RegionDetectorOptions
        {
            Initialization = WeightInitialization.Xavier,
            Epochs = epochs,
            BatchSize = 8,
            Optimizer = OptimizerKind.AdamW,
            CorrectBias = true,
            LearningRate = 1e-3,
            WeightDecay = 1e-4,
            Schedule = LearningRateSchedule.WarmupLinear,
            WarmupProportion = 0.05,
            GradientClipping = 5,
            ProposalsLookedAt = 400,
            Proposals = 60,
            AnchorsPerImage = 128,
            RegionsPerImage = 32,
            ObjectShare = 0.5,
            AttributeWeight = 1,
        };
        options.Regions.Detector = detector ?? FasterRcnnConfig.Tiny;
        return options;
    }

    /// <summary>detectron2's SCORE_THRESH_TEST, below which what is found is not an object.</summary>
    private const float LeastConfidence = 0.05f;

    internal override string Trained => "detector";

    /// <summary>Convolutions of one image keep several threads busy.</summary>
    internal override int Width => Detector.ShorterSide * Detector.ShorterSide;

    internal override double InitializerRange => 0.01;

    internal FasterRcnnConfig Detector => Regions.Detector ?? FasterRcnnConfig.VisualGenome;

    internal ObjectColumns Objects =>
        new(ImageColumnName, BoxesColumnName, LabelsColumnName, AttributesColumnName, CrowdColumnName, RowIdColumnName);

    internal DetectionTargets Targets => new()
    {
        AnchorSampling = new(AnchorsPerImage, 0.5),
        RegionSampling = new(RegionsPerImage, ObjectShare),
    };

    /// <summary>The trained transformer's settings.</summary>
    /// <param name="classes">What classes are called.</param>
    /// <param name="attributes">What attributes are called.</param>
    internal RegionFeatureSettings ToSettings(IReadOnlyList<string> classes, IReadOnlyList<string> attributes) => RegionFeatureSettings.Create(
        ImageColumnName,
        Regions.With(Detector with { Classes = classes.Count, Attributes = attributes.Count }, classes, attributes));

    internal override ParameterMatch Match(Checkpoint checkpoint, IEnumerable<ModelParameter> parameters) =>
        ParameterMatch.Match(checkpoint, parameters.Select(parameter => parameter.Spec), new());

    /// <inheritdoc/>
    internal override void Validate()
    {
        if (Regions is null) throw Fail(nameof(Regions), "it is null");
        if (Regions.Choice == RegionChoice.Given)
            throw Fail(nameof(Regions), "a detector that is trained proposes its regions; with its weights ExtractRegionFeatures takes given ones");
        foreach (var (option, names) in new[] { (nameof(Regions.Classes), Regions.Classes), (nameof(Regions.Attributes), Regions.Attributes) })
        {
            if (names is { Count: 0 }) throw Fail(option, "the list is empty");
            if (names?.GroupBy(name => name, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1) is { } twice)
                throw Fail(option, $"'{twice.Key}' stands twice");
        }

        ToSettings(Regions.Classes ?? ["?"], Regions.Attributes ?? ["?"]);
        foreach (var side in ShorterSides ?? []) AtLeast(nameof(ShorterSides), side, 1);
        if (ShorterSides is { Count: 0 }) throw Fail(nameof(ShorterSides), "the list is empty; null takes the detector's own");
        AtLeast(nameof(ProposalsLookedAt), ProposalsLookedAt, 1);
        AtLeast(nameof(Proposals), Proposals, 1);
        AtLeast(nameof(AnchorsPerImage), AnchorsPerImage, 1);
        AtLeast(nameof(RegionsPerImage), RegionsPerImage, 1);
        AtLeast(nameof(AttributeWeight), AttributeWeight, 0);
        Check(nameof(FlipProbability), FlipProbability, FlipProbability is >= 0 and <= 1, "a number from 0 to 1");
        Check(nameof(ObjectShare), ObjectShare, ObjectShare is > 0 and <= 1, "a number above 0 and at most 1");
        base.Validate();
    }

    private protected override IEnumerable<(string Option, string? Column, bool IsOptional)> AllColumns() =>
    [
        (nameof(ImageColumnName), ImageColumnName, false), (nameof(BoxesColumnName), BoxesColumnName, false),
        (nameof(LabelsColumnName), LabelsColumnName, false), (nameof(AttributesColumnName), AttributesColumnName, true),
        (nameof(CrowdColumnName), CrowdColumnName, true),
    ];
}
