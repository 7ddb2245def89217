using Microsoft.ML;
using MLNet.VisionLanguage.Metrics;

namespace MLNet.VisionLanguage;

/// <summary>
/// How well objects are found: COCO's twelve figures, as pycocotools computes them, and Pascal VOC's average precision. Figures lie in 0..1; one of
/// a range of areas without objects is -1.
/// </summary>
public sealed class DetectionMetrics
{
    private const int All = 0;

    private readonly SortedDictionary<string, List<ClassInImage>> _images;
    private readonly CocoEvaluation[] _classes;

    private DetectionMetrics(SortedDictionary<string, List<ClassInImage>> images, long count)
    {
        (_images, Count) = (images, count);
        _classes = [.. images.Values.AsParallel().AsOrdered().Select(own => new CocoEvaluation(own))];
        PerClass = images.Keys.Zip(_classes).Where(pair => pair.Second.HasObjects[All])
            .ToDictionary(pair => pair.First, pair => Mean([pair.Second], All, (own, t) => own.Precision(All, 2, t)), StringComparer.Ordinal);
    }

    /// <summary>AP: the mean over overlaps 0.5 to 0.95 and classes, of 100 boxes an image.</summary>
    public double AveragePrecision => Precision(All);

    /// <summary>AP50: that of the overlap 0.5.</summary>
    public double AveragePrecision50 => Precision(All, 0);

    /// <summary>AP75: that of the overlap 0.75.</summary>
    public double AveragePrecision75 => Precision(All, 5);

    /// <summary>AP of objects below 32² pixels.</summary>
    public double AveragePrecisionSmall => Precision(1);

    /// <summary>AP of objects of 32² to 96² pixels.</summary>
    public double AveragePrecisionMedium => Precision(2);

    /// <summary>AP of objects above 96² pixels.</summary>
    public double AveragePrecisionLarge => Precision(3);

    /// <summary>AR1: the mean recall over overlaps and classes, of one box an image.</summary>
    public double AverageRecall1 => Recall(All, 0);

    /// <summary>AR10: that of 10 boxes an image.</summary>
    public double AverageRecall10 => Recall(All, 1);

    /// <summary>AR100: that of 100 boxes an image.</summary>
    public double AverageRecall100 => Recall(All, 2);

    /// <summary>AR of objects below 32² pixels, of 100 boxes an image.</summary>
    public double AverageRecallSmall => Recall(1, 2);

    /// <summary>AR of objects of 32² to 96² pixels, of 100 boxes an image.</summary>
    public double AverageRecallMedium => Recall(2, 2);

    /// <summary>AR of objects above 96² pixels, of 100 boxes an image.</summary>
    public double AverageRecallLarge => Recall(3, 2);

    /// <summary>AP of each class that is in an image.</summary>
    public IReadOnlyDictionary<string, double> PerClass { get; }

    /// <summary>The number of images.</summary>
    public long Count { get; }

    /// <summary>COCO's figures under COCO's names, in COCO's order: AP, AP50, AP75, APsmall, ... ARlarge.</summary>
    public IReadOnlyList<KeyValuePair<string, double>> Figures =>
    [
        new("AP", AveragePrecision), new("AP50", AveragePrecision50), new("AP75", AveragePrecision75), new("APsmall", AveragePrecisionSmall),
        new("APmedium", AveragePrecisionMedium), new("APlarge", AveragePrecisionLarge), new("AR1", AverageRecall1), new("AR10", AverageRecall10),
        new("AR100", AverageRecall100), new("ARsmall", AverageRecallSmall), new("ARmedium", AverageRecallMedium), new("ARlarge", AverageRecallLarge),
    ];

    /// <summary>Pascal VOC's average precision, in which crowds are VOC's difficult objects: neither right nor wrong.</summary>
    /// <param name="threshold">The overlap from which a box is right, with its last pixels; 0..1.</param>
    /// <param name="elevenPoints">Whether precision is taken at eleven recalls, as VOC did until 2009; else it is the area below the curve.</param>
    /// <returns>The average precision of each class that is in an image; their mean is VOC's mAP.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="threshold"/> is not above 0 and at most 1.</exception>
    public IReadOnlyDictionary<string, double> PascalVoc(double threshold = 0.5, bool elevenPoints = false)
    {
        if (!(threshold is > 0 and <= 1)) throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "An overlap above 0 and at most 1 is expected.");
        return _images.Where(pair => pair.Value.Any(image => image.True.Any(box => !box.IsIgnored)))
            .ToDictionary(pair => pair.Key, pair => VocEvaluation.AveragePrecision(pair.Value, threshold, elevenPoints), StringComparer.Ordinal);
    }

    internal static DetectionMetrics Evaluate(IDataView scored, DetectionColumns columns)
    {
        var rows = new ScoredRows("EvaluateDetection", scored);
        var (labels, boxes) = (rows.Texts(columns.Label), rows.Numbers(columns.Boxes, 4));
        var (predicted, predictedBoxes, scores) = (rows.Texts(columns.PredictedLabel), rows.Numbers(columns.PredictedBoxes, 4), rows.Numbers(columns.Score));
        var crowd = columns.Crowd is null ? null : rows.Numbers(columns.Crowd);
        var areas = columns.Area is null ? null : rows.Numbers(columns.Area);
        var classes = new SortedDictionary<string, List<ClassInImage>>(StringComparer.Ordinal);
        var count = rows.ForEach(() =>
        {
            var (meant, found) = (labels(), predicted());
            float[] meantBoxes = boxes(), foundBoxes = predictedBoxes(), foundScores = scores();
            float[]? ignored = crowd?.Invoke(), sizes = areas?.Invoke();
            Same(columns.Boxes, meantBoxes.Length / 4, columns.Label, meant.Length);
            Same(columns.PredictedBoxes, foundBoxes.Length / 4, columns.PredictedLabel, found.Length);
            Same(columns.Score, foundScores.Length, columns.PredictedLabel, found.Length);
            Same(columns.Crowd, ignored?.Length, columns.Label, meant.Length);
            Same(columns.Area, sizes?.Length, columns.Label, meant.Length);
            var trueOnes = meant.Select((name, i) => (name, box: DetectedObject.Of(meantBoxes.AsSpan(4 * i, 4)) is var box && sizes is null
                ? box with { IsIgnored = ignored?[i] > 0 }
                : box with { IsIgnored = ignored?[i] > 0, Area = sizes![i] })).ToLookup(pair => pair.name, pair => pair.box);
            var foundOnes = found.Select((name, i) => (name, box: DetectedObject.Of(foundBoxes.AsSpan(4 * i, 4), foundScores[i])))
                .OrderByDescending(pair => pair.box.Score).ToLookup(pair => pair.name, pair => pair.box);
            foreach (var name in trueOnes.Select(own => own.Key).Union(foundOnes.Select(own => own.Key)))
            {
                if (!classes.TryGetValue(name, out var own)) classes[name] = own = [];
                own.Add(new([.. trueOnes[name]], [.. foundOnes[name]]));
            }
        });
        return new(classes, count);

        void Same(string? column, int? number, string other, int wanted)
        {
            if (number is { } found && found != wanted) throw rows.Error($"column '{column}' is of {found} objects, '{other}' of {wanted}");
        }
    }

    private double Precision(int area, int? overlap = null) =>
        overlap is { } one ? Mean(_classes, area, (own, _) => own.Precision(area, 2, one)) : Mean(_classes, area, (own, t) => own.Precision(area, 2, t));

    private double Recall(int area, int count) => Mean(_classes, area, (own, t) => own.Recall(area, count, t));

    private static double Mean(IEnumerable<CocoEvaluation> classes, int area, Func<CocoEvaluation, int, double> value)
    {
        var values = classes.Where(own => own.HasObjects[area]).SelectMany(own => CocoEvaluation.Overlaps.Select((_, t) => value(own, t))).ToList();
        return values.Count == 0 ? -1 : values.Average();
    }
}

/// <summary>The columns of detections.</summary>
internal sealed record DetectionColumns(string Label, string Boxes, string PredictedLabel, string PredictedBoxes, string Score, string? Crowd, string? Area);
