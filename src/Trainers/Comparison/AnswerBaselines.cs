using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms.Text;
using MLNet.VisionLanguage.Experiments;

namespace MLNet.VisionLanguage.Comparison;

/// <summary>
/// Answers that look at little: what a model must beat to have learnt from images and questions together. Those that learn are ML.NET's own linear
/// models on the best answer of each training row.
/// </summary>
internal sealed class AnswerBaselines
{
    private const int MostAnswers = 300;
    private const int MostWords = 10_000;

    /// <summary>Training rows of the linear models, which gain little from more.</summary>
    private const int MostRows = 20_000;
    private const int Passes = 20;

    /// <summary>Pixels along each side of a cell that the image-only model sees.</summary>
    private const int CellSize = 2;

    private readonly MLContext _context;
    private readonly IReadOnlyList<VqaExample> _training;
    private readonly string _regions;
    private readonly Dictionary<string, float> _frequencies;

    /// <param name="context">The context.</param>
    /// <param name="training">The training rows.</param>
    /// <param name="regions">What the image-only model looks at.</param>
    /// <param name="seed">Decides which rows are learnt from, if not all.</param>
    /// <exception cref="InvalidDataException">No training row has an answer.</exception>
    public AnswerBaselines(MLContext context, IReadOnlyList<VqaExample> training, string regions, int seed)
    {
        (_context, _regions) = (context, regions);
        VqaExample[] answered = [.. training.Where(row => row.Answers.Length > 0)];
        if (answered.Length == 0) throw new InvalidDataException("None of the training rows has an answer, so there are no baselines.");
        new Random(seed).Shuffle(answered);
        _frequencies = Frequencies(answered);
        var known = _frequencies.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal)
            .Take(MostAnswers).Select(pair => pair.Key).ToHashSet(StringComparer.Ordinal);
        All = answered;
        _training = [.. answered.Where(row => known.Contains(BestOf(row))).Take(MostRows)];
    }

    private IReadOnlyList<VqaExample> All { get; }

    /// <summary>The baselines' names and answers with probabilities.</summary>
    public IEnumerable<(string Name, Func<IReadOnlyList<VqaExample>, IReadOnlyList<(string Answer, double Probability)>> Answer)> Each()
    {
        yield return ("majority answer", rows =>
        {
            var most = Most(_frequencies);
            return [.. rows.Select(_ => most)];
        }
        );
        yield return ("majority per question type", rows =>
        {
            var most = Most(_frequencies);
            var ofType = All.GroupBy(row => row.QuestionType, StringComparer.Ordinal)
                .ToDictionary(group => group.Key, group => Most(Frequencies([.. group])), StringComparer.Ordinal);
            return [.. rows.Select(row => ofType.GetValueOrDefault(row.QuestionType, most))];
        }
        );
        yield return ("question only", OfQuestions);
        yield return ("image only", OfImages);
    }

    /// <summary>The best answer of a row.</summary>
    public static string BestOf(VqaExample row) => row.Answers.Zip(row.AnswerScores).MaxBy(pair => pair.Second).First ?? "";

    private IReadOnlyList<(string Answer, double Probability)> OfQuestions(IReadOnlyList<VqaExample> rows)
    {
        var words = _context.Transforms.Text.FeaturizeText("Features", new TextFeaturizingEstimator.Options
        {
            WordFeatureExtractor = new WordBagEstimator.Options { NgramLength = 2, UseAllLengths = true, MaximumNgramsCount = [MostWords / 2, MostWords / 2] },
            CharFeatureExtractor = null,
        }, nameof(Seen.Text));
        return Learn(words, row => new() { Text = row.Question }, rows, width: null);
    }

    private IReadOnlyList<(string Answer, double Probability)> OfImages(IReadOnlyList<VqaExample> rows)
    {
        var features = ImageFeatures([.. _training.Concat(rows).DistinctBy(KeyOf)]);
        var steps = _context.Transforms.NormalizeMeanVariance("Features", nameof(Seen.Numbers), fixZero: false);
        return Learn(steps, row => new() { Numbers = features[KeyOf(row)] }, rows, features.Values.First().Length);
    }

    /// <summary>The same many numbers of every image: a grid's cells in their order, the mean of regions that may be any number.</summary>
    private Dictionary<string, float[]> ImageFeatures(IReadOnlyList<VqaExample> images)
    {
        var view = _context.Data.LoadFromEnumerable(images);
        var seen = RegionSteps.Create(_context, _regions, CellSize).Fit(view).Transform(view);
        var features = new Dictionary<string, float[]>(StringComparer.Ordinal);
        var (numbers, boxes) = (seen.GetColumn<float[]>("RegionFeatures"), seen.GetColumn<float[]>("RegionBoxes"));
        var isGrid = _regions.StartsWith(RegionSteps.Grid, StringComparison.Ordinal);
        foreach (var ((row, own), corners) in images.Zip(numbers).Zip(boxes)) features[KeyOf(row)] = isGrid ? own : Mean(own, corners.Length / 4);
        return features;

        static float[] Mean(float[] numbers, int regions)
        {
            var mean = new float[numbers.Length / Math.Max(1, regions)];
            for (var i = 0; i < numbers.Length; i++) mean[i % mean.Length] += numbers[i] / regions;
            return mean;
        }
    }

    private IReadOnlyList<(string Answer, double Probability)> Learn(
        IEstimator<ITransformer> features, Func<VqaExample, Seen> see, IReadOnlyList<VqaExample> rows, int? width)
    {
        var schema = SchemaDefinition.Create(typeof(Seen));
        schema[nameof(Seen.Numbers)].ColumnType = new VectorDataViewType(NumberDataViewType.Single, width ?? 1);

        // One thread: with several, what is learnt depends on which is first.
        var learner = _context.MulticlassClassification.Trainers.SdcaMaximumEntropy(new() { NumberOfThreads = 1, MaximumNumberOfIterations = Passes });
        var pipeline = _context.Transforms.Conversion.MapValueToKey("Label", nameof(Seen.Answer)).Append(features).AppendCacheCheckpoint(_context)
            .Append(learner).Append(_context.Transforms.Conversion.MapKeyToValue("PredictedLabel"));
        var model = pipeline.Fit(View(_training));
        var scored = model.Transform(View(rows));
        return [.. scored.GetColumn<string>("PredictedLabel").Zip(scored.GetColumn<float[]>("Score"), (answer, scores) => (answer, (double)scores.Max()))];

        IDataView View(IEnumerable<VqaExample> of) => _context.Data.LoadFromEnumerable(of.Select(row =>
        {
            var seen = see(row);
            seen.Answer = row.Answers.Length > 0 ? BestOf(row) : "";
            return seen;
        }), schema);
    }

    private static string KeyOf(VqaExample row) => row.ImagePath.Length > 0 ? row.ImagePath : row.ImageId;

    private static Dictionary<string, float> Frequencies(IReadOnlyList<VqaExample> rows) => rows
        .SelectMany(row => row.Answers.Zip(row.AnswerScores)).GroupBy(pair => pair.First, StringComparer.Ordinal)
        .ToDictionary(group => group.Key, group => group.Sum(pair => pair.Second) / rows.Count, StringComparer.Ordinal);

    private static (string Answer, double Probability) Most(Dictionary<string, float> frequencies) =>
        frequencies.OrderByDescending(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal)
            .Select(pair => (pair.Key, (double)pair.Value)).First();

    /// <summary>What a linear model sees of a row.</summary>
    private sealed class Seen
    {
        public string Text { get; set; } = "";

        public float[] Numbers { get; set; } = [0];

        public string Answer { get; set; } = "";
    }
}
