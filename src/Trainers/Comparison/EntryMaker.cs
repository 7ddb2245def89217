namespace MLNet.VisionLanguage.Comparison;

/// <summary>Makes a model's line of the leaderboard of its answers.</summary>
internal sealed class EntryMaker
{
    private const int Bins = 10;
    private const int MostWords = 16;
    private const int FrequentAnswers = 10;

    private static readonly char[] Spaces = [' ', '\t', '\n', '\r'];

    private readonly VqaDataset _data;
    private readonly ComparisonOptions _options;
    private readonly Dictionary<Identifier, VqaAnnotation> _annotations;
    private readonly string[] _frequent;

    public EntryMaker(VqaDataset data, ComparisonOptions options)
    {
        (_data, _options) = (data, options);
        Rows = data.Examples;
        _annotations = data.Annotations.ToDictionary(annotation => annotation.QuestionId);
        _frequent = [.. Rows.Where(row => row.Answers.Length > 0).GroupBy(AnswerBaselines.BestOf, StringComparer.Ordinal)
            .OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal).Take(FrequentAnswers).Select(group => group.Key)];
    }

    public IReadOnlyList<VqaExample> Rows { get; }

    /// <summary>What an answer to a question is worth, 0..1: by its annotators, or where there are none by its scores.</summary>
    public double AccuracyOf(int row, string answer) => _annotations.TryGetValue(Rows[row].Identifier, out var annotation)
        ? VqaAccuracy.Score(answer, annotation.Answers)
        : Rows[row].ScoreOf(answer);

    public ComparisonEntry Create(string name, bool isBaseline, AnswerLog log, double seconds)
    {
        if (log.Answers.Count != Rows.Count)
            throw new InvalidDataException($"Model '{name}' gave {log.Answers.Count} answers to {Rows.Count} questions.");
        var results = Rows.Zip(log.Answers, (row, answer) => new VqaResult(row.Identifier, answer));
        var metrics = _data.Annotations.Count > 0 ? VqaAccuracy.Evaluate(_data.Annotations, results) : VqaAccuracy.EvaluateScored(Rows, results);
        double[] accuracies = [.. log.Answers.Select((answer, row) => AccuracyOf(row, answer))];
        var bins = Calibrate(log.Probabilities, accuracies);
        return new()
        {
            Name = name,
            IsBaseline = isBaseline,
            Overall = metrics.Overall,
            PerAnswerType = metrics.PerAnswerType,
            PerQuestionType = metrics.PerQuestionType,
            PerLength = ByLength(accuracies),
            Calibration = bins,
            CalibrationError = bins.Sum(bin => bin.Count * Math.Abs(bin.Probability - bin.Accuracy)) / Rows.Count,
            Confusions = Confuse(log.Answers),
            Worst = [.. WorstOf(log, accuracies)],
            Seconds = seconds,
            Accuracies = accuracies,
        };
    }

    private IReadOnlyList<GroupedAccuracy> ByLength(double[] accuracies) =>
    [
        .. Rows.Zip(accuracies)
            .GroupBy(pair => Math.Min(MostWords, pair.First.Question.Split(Spaces, StringSplitOptions.RemoveEmptyEntries).Length))
            .OrderBy(group => group.Key)
            .Select(group => new GroupedAccuracy(group.Key, 100 * group.Average(pair => pair.Second), group.Count())),
    ];

    private static IReadOnlyList<CalibrationBin> Calibrate(List<double> probabilities, double[] accuracies) =>
    [
        .. probabilities.Zip(accuracies).GroupBy(pair => Math.Clamp((int)(pair.First * Bins), 0, Bins - 1)).OrderBy(group => group.Key)
            .Select(group => new CalibrationBin(group.Average(pair => pair.First), group.Average(pair => pair.Second), group.Count())),
    ];

    private ConfusionTable Confuse(List<string> answers)
    {
        var counts = Enumerable.Range(0, _frequent.Length + 1).Select(_ => new int[_frequent.Length + 1]).ToArray();
        foreach (var (row, answer) in Rows.Zip(answers))
            if (row.Answers.Length > 0) counts[PlaceOf(AnswerBaselines.BestOf(row))][PlaceOf(answer)]++;
        return new(_frequent, counts);

        int PlaceOf(string answer) => Array.IndexOf(_frequent, answer) is >= 0 and var place ? place : _frequent.Length;
    }

    private IEnumerable<WorstExample> WorstOf(AnswerLog log, double[] accuracies) => Enumerable.Range(0, Rows.Count)
        .Where(row => accuracies[row] == 0).OrderByDescending(row => log.Probabilities[row]).Take(_options.WorstExamples)
        .Select(row =>
        {
            var (boxes, size) = log.Regions.GetValueOrDefault(row, ([], []));
            var image = Rows[row].ImagePath.Length > 0 ? Rows[row].ImagePath : Rows[row].ImageId;
            var expected = Rows[row].Answers.Length > 0 ? AnswerBaselines.BestOf(Rows[row]) : "";
            return new WorstExample(Rows[row].QuestionId, Rows[row].Question, image, expected, log.Answers[row], log.Probabilities[row], boxes, size);
        });
}
