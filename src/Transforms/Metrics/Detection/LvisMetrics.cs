using Microsoft.ML;
using MLNet.VisionLanguage.Metrics;

namespace MLNet.VisionLanguage;

/// <summary>
/// How well objects of very many classes are found, as LVIS measures it (Gupta et al. 2019; lvis-api): an image says of some classes that they are
/// in it or not, and only of these what is found counts. Figures lie in 0..1; one without objects is -1.
/// </summary>
public sealed class LvisMetrics
{
    /// <summary>Boxes of an image that count, of all classes together.</summary>
    private const int Most = 300;

    private readonly IReadOnlyList<(string Name, CocoEvaluation Own)> _classes;
    private readonly IReadOnlyDictionary<string, string> _frequencies;

    private LvisMetrics(SortedDictionary<string, List<ClassInImage>> images, IReadOnlyDictionary<string, string> frequencies, long count)
    {
        (_frequencies, Count) = (frequencies, count);
        _classes = [.. images.AsParallel().AsOrdered().Select(pair => (pair.Key, new CocoEvaluation(pair.Value, [Most])))];
        PerClass = _classes.Where(pair => pair.Own.HasObjects[0])
            .ToDictionary(pair => pair.Name, pair => Mean([pair], (own, t) => own.Precision(0, 0, t)), StringComparer.Ordinal);
    }

    /// <summary>AP: the mean over overlaps 0.5 to 0.95 and classes.</summary>
    public double AveragePrecision => Precision(0);

    /// <summary>AP50: that of the overlap 0.5.</summary>
    public double AveragePrecision50 => Mean(_classes, (own, t) => t == 0 ? own.Precision(0, 0, t) : null);

    /// <summary>AP75: that of the overlap 0.75.</summary>
    public double AveragePrecision75 => Mean(_classes, (own, t) => t == 5 ? own.Precision(0, 0, t) : null);

    /// <summary>APs: of objects below 32² pixels.</summary>
    public double AveragePrecisionSmall => Precision(1);

    /// <summary>APm: of objects of 32² to 96² pixels.</summary>
    public double AveragePrecisionMedium => Precision(2);

    /// <summary>APl: of objects above 96² pixels.</summary>
    public double AveragePrecisionLarge => Precision(3);

    /// <summary>APr: of classes with the frequency "r", in at most 10 training images.</summary>
    public double AveragePrecisionRare => OfFrequency("r");

    /// <summary>APc: of classes with the frequency "c", in at most 100.</summary>
    public double AveragePrecisionCommon => OfFrequency("c");

    /// <summary>APf: of classes with the frequency "f", in more.</summary>
    public double AveragePrecisionFrequent => OfFrequency("f");

    /// <summary>AR: the mean recall over overlaps and classes.</summary>
    public double AverageRecall => Mean(_classes, (own, t) => own.Recall(0, 0, t));

    /// <summary>AP of each class that is in an image.</summary>
    public IReadOnlyDictionary<string, double> PerClass { get; }

    /// <summary>The number of images.</summary>
    public long Count { get; }

    internal static LvisMetrics Evaluate(
        IDataView scored, DetectionColumns columns, string negativesColumn, string openColumn, IReadOnlyDictionary<string, string> frequencies)
    {
        var rows = new ScoredRows("EvaluateLvis", scored);
        var (labels, boxes) = (rows.Texts(columns.Label), rows.Numbers(columns.Boxes, 4));
        var (predicted, predictedBoxes, scores) = (rows.Texts(columns.PredictedLabel), rows.Numbers(columns.PredictedBoxes, 4), rows.Numbers(columns.Score));
        var (negatives, open) = (rows.Texts(negativesColumn), rows.Texts(openColumn));
        var areas = columns.Area is null ? null : rows.Numbers(columns.Area);
        var classes = new SortedDictionary<string, List<ClassInImage>>(StringComparer.Ordinal);
        var count = rows.ForEach(() =>
        {
            var (meant, found) = (labels(), predicted());
            float[] meantBoxes = boxes(), foundBoxes = predictedBoxes(), foundScores = scores();
            var sizes = areas?.Invoke();
            Same(columns.Boxes, meantBoxes.Length / 4, columns.Label, meant.Length);
            Same(columns.PredictedBoxes, foundBoxes.Length / 4, columns.PredictedLabel, found.Length);
            Same(columns.Score, foundScores.Length, columns.PredictedLabel, found.Length);
            Same(columns.Area, sizes?.Length, columns.Label, meant.Length);
            var trueOnes = meant.Select((name, i) => (name, box: DetectedObject.Of(meantBoxes.AsSpan(4 * i, 4)) is var box && sizes is null
                ? box
                : box with { Area = sizes![i] })).ToLookup(pair => pair.name, pair => pair.box);
            var foundOnes = found.Select((name, i) => (name, box: DetectedObject.Of(foundBoxes.AsSpan(4 * i, 4), foundScores[i])))
                .OrderByDescending(pair => pair.box.Score).Take(Most).ToLookup(pair => pair.name, pair => pair.box);
            var incomplete = open().ToHashSet(StringComparer.Ordinal);
            foreach (var name in trueOnes.Select(own => own.Key).Union(negatives()))
            {
                if (!classes.TryGetValue(name, out var own)) classes[name] = own = [];
                own.Add(new([.. trueOnes[name]], [.. foundOnes[name]]) { IsExhaustive = !incomplete.Contains(name) });
            }
        });
        return new(classes, frequencies, count);

        void Same(string? column, int? number, string other, int wanted)
        {
            if (number is { } found && found != wanted) throw rows.Error($"column '{column}' is of {found} objects, '{other}' of {wanted}");
        }
    }

    private double Precision(int area) => Mean(_classes, (own, t) => own.Precision(area, 0, t), area);

    private double OfFrequency(string frequency) => Mean(
        _classes.Where(pair => _frequencies.GetValueOrDefault(pair.Name) == frequency), (own, t) => own.Precision(0, 0, t));

    private static double Mean(
        IEnumerable<(string Name, CocoEvaluation Own)> classes, Func<CocoEvaluation, int, double?> value, int area = 0)
    {
        var values = classes.Where(pair => pair.Own.HasObjects[area])
            .SelectMany(pair => CocoEvaluation.Overlaps.Select((_, t) => value(pair.Own, t))).OfType<double>().ToList();
        return values.Count == 0 ? -1 : values.Average();
    }
}
