using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage;

/// <summary>
/// What somebody else's ONNX detector reads and what its outputs mean, for DetectRegions (<see cref="RegionTransformsCatalog"/>): how an image
/// becomes its input, where boxes, scores and maps of features are, and how boxes are told. Properties carry the names of the JSON that
/// <see cref="Load"/> reads. Known detectors are ready: <see cref="Known"/>.
/// </summary>
public sealed partial record OnnxDetector
{
    /// <summary>The input that takes the image; null for the only one.</summary>
    public string? InputName { get; init; }

    /// <summary>Pixels across of the image that the model sees; null for what the model says.</summary>
    public int? InputWidth { get; init; }

    /// <summary>Pixels down of the image that the model sees; null for what the model says.</summary>
    public int? InputHeight { get; init; }

    /// <summary>Where the channels are in the input.</summary>
    public OnnxLayout Layout { get; init; } = OnnxLayout.ChannelsFirst;

    /// <summary>The order of the channels.</summary>
    public OnnxColours Colours { get; init; } = OnnxColours.RedFirst;

    /// <summary>What is subtracted from each channel, 0 to 255, in the order of the channels.</summary>
    public IReadOnlyList<float> Mean { get; init; } = [0, 0, 0];

    /// <summary>What each channel is then divided by, 0 to 255; 255 makes 0 to 1 of an image.</summary>
    public IReadOnlyList<float> Deviation { get; init; } = [255, 255, 255];

    /// <summary>How an image of other proportions is made to fit.</summary>
    public OnnxFit Fit { get; init; } = OnnxFit.Stretch;

    /// <summary>The colour around a letterboxed image, 0 to 255.</summary>
    public float Filling { get; init; } = 114;

    /// <summary>
    /// Whether shrinking averages over what a pixel covers, as Pillow does, else looks at four pixels only, as OpenCV's and the usual resizing of
    /// networks do.
    /// </summary>
    public bool Antialias { get; init; }

    /// <summary>The boxes among the outputs.</summary>
    public OnnxBoxes Boxes { get; init; } = new();

    /// <summary>The scores among the outputs.</summary>
    public OnnxScores Scores { get; init; } = new();

    /// <summary>Maps of features that regions are cut out of: outputs, or values within the model.</summary>
    public IReadOnlyList<OnnxMap> Maps { get; init; } = [];

    /// <summary>What the classes are called, in the order of the scores, without the background; null for their numbers.</summary>
    public IReadOnlyList<string>? Classes { get; init; }

    /// <summary>Above which score a box is a region.</summary>
    public float Threshold { get; init; } = 0.3f;

    /// <summary>How many of the best boxes are looked at.</summary>
    public int Candidates { get; init; } = 1000;

    /// <summary>What boxes may overlap (intersection over union) before the worse goes; null where the model has seen to it.</summary>
    public double? Overlap { get; init; } = 0.5;

    /// <summary>Whether boxes of different classes suppress each other too.</summary>
    public bool OverlapAcrossClasses { get; init; }

    /// <summary>Whether a box may be several regions, one of each class above the threshold, else one of its best class.</summary>
    public bool SeveralClasses { get; init; }

    /// <exception cref="ArgumentException">An option makes no sense.</exception>
    internal void Validate(string component)
    {
        Check(InputWidth is null or > 0, nameof(InputWidth), "pixels above 0 are expected");
        Check(InputHeight is null or > 0, nameof(InputHeight), "pixels above 0 are expected");
        Check(Mean is { Count: 3 }, nameof(Mean), "three numbers are expected");
        Check(Deviation is { Count: 3 } && Deviation.All(value => value != 0), nameof(Deviation), "three numbers are expected, none 0");
        Check(Threshold is >= 0 and <= 1, nameof(Threshold), $"{Threshold} is not 0 to 1");
        Check(Overlap is null or (>= 0 and <= 1), nameof(Overlap), $"{Overlap} is not 0 to 1");
        Check(Candidates > 0, nameof(Candidates), $"{Candidates} is not above 0");
        Check(Boxes is not null, nameof(Boxes), "it is missing");
        Check(Scores is not null, nameof(Scores), "it is missing");
        Check(Maps is not null, nameof(Maps), "it is missing");
        Check(Classes is null or { Count: > 0 }, nameof(Classes), "a name at least is expected");
        foreach (var map in Maps!) Check(!string.IsNullOrEmpty(map.Name), nameof(Maps), "a map has no name");
        foreach (var (option, problem) in Boxes!.Problems().Concat(Scores!.Problems())) Check(false, option, problem);
        Check(
            Scores.Numbers is null || !SeveralClasses,
            nameof(SeveralClasses),
            $"a box with a number in {nameof(Scores)}.{nameof(Scores.Numbers)} is of one class");

        void Check(bool holds, string option, string problem)
        {
            if (!holds) throw new ArgumentException($"{component}: the detector's {option}: {problem}.", option);
        }
    }

    /// <summary>What is told of every value that the model is asked for, in the order of <see cref="DetectorParts{T}"/>.</summary>
    internal IReadOnlyList<(string Option, OnnxOutput Output)> Outputs =>
    [
        .. Boxes.Outputs.Select(output => (nameof(Boxes), output)),
        .. Scores.Outputs.Select(output => (nameof(Scores), output)),
        .. Scores.Objectness.Select(output => ($"{nameof(Scores)}.{nameof(Scores.Objectness)}", output)),
        .. Scores.Numbers is null ? [] : new[] { ($"{nameof(Scores)}.{nameof(Scores.Numbers)}", Scores.Numbers) },
    ];
}
