using System.Diagnostics;
using Microsoft.ML;
using MLNet.VisionLanguage.Comparison;

namespace MLNet.VisionLanguage;

/// <summary>Comparisons on <c>mlContext.VisionLanguage()</c>.</summary>
public static class ComparisonExtensions
{
    /// <summary>
    /// Measures any number of models on one data set: the official accuracies, calibration, confusions, the worst answers, and how sure it is that one
    /// is better than another. With training rows simple baselines take part.
    /// </summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="models">The models, with different names.</param>
    /// <param name="data">The questions with their annotations (or scores) and images.</param>
    /// <param name="training">The rows that the baselines learn from, about other images; null for no baselines.</param>
    /// <param name="options">The options; null takes the defaults.</param>
    /// <exception cref="ArgumentException">There is nothing to compare, names repeat, or a model lacks a column.</exception>
    /// <exception cref="InvalidDataException">There are no questions with answers, or a model does not answer them all.</exception>
    public static VisualQuestionAnsweringComparison CompareVisualQuestionAnswering(
        this VisionLanguageCatalog catalog, IEnumerable<ComparedModel> models, VqaDataset data, VqaDataset? training = null, ComparisonOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(models);
        ArgumentNullException.ThrowIfNull(data);
        options ??= new();
        options.Validate();
        if (data.Examples.All(row => row.Answers.Length == 0)) throw new InvalidDataException("None of the questions has an answer to compare with.");
        var maker = new EntryMaker(data, options);
        var entries = new List<ComparisonEntry>();
        foreach (var model in models)
        {
            if (entries.Exists(entry => entry.Name == model.Name)) throw new ArgumentException($"Two models are called '{model.Name}'.", nameof(models));
            options.Progress?.Report(model.Name);
            var clock = Stopwatch.StartNew();
            var log = model.Use(catalog.Context, data.ToDataView(catalog.Context), scored => AnswerLog.Read(model.Name, scored, IsWrong, options.Cancellation));
            entries.Add(maker.Create(model.Name, isBaseline: false, log, clock.Elapsed.TotalSeconds));
        }

        if (training is not null && options.Baselines) entries.AddRange(Baselines(catalog.Context, maker, training, options));
        if (entries.Count == 0) throw new ArgumentException("There is no model, and there are no baselines, to compare.", nameof(models));
        return Order(entries, data.Examples, options);

        bool IsWrong(int row, string answer, double probability) => maker.AccuracyOf(row, answer) == 0;
    }

    private static IEnumerable<ComparisonEntry> Baselines(MLContext context, EntryMaker maker, VqaDataset training, ComparisonOptions options)
    {
        foreach (var (name, answer) in new AnswerBaselines(context, training.Examples, options.BaselineRegions, options.Seed).Each())
        {
            options.Cancellation.ThrowIfCancellationRequested();
            options.Progress?.Report(name);
            var clock = Stopwatch.StartNew();
            var log = new AnswerLog();
            foreach (var (given, probability) in answer(maker.Rows))
            {
                log.Answers.Add(given);
                log.Probabilities.Add(probability);
            }

            yield return maker.Create(name, isBaseline: true, log, clock.Elapsed.TotalSeconds);
        }
    }

    private static VisualQuestionAnsweringComparison Order(List<ComparisonEntry> entries, IReadOnlyList<VqaExample> rows, ComparisonOptions options)
    {
        var images = new Dictionary<string, int>(StringComparer.Ordinal);
        int[] groups = [.. rows.Select(row => images.TryGetValue(row.ImageId, out var known) ? known : images[row.ImageId] = images.Count)];
        var bootstrap = new PairedBootstrap(groups, options.Resamples, options.Confidence, options.Seed);
        ComparisonEntry[] ordered = [.. entries.OrderByDescending(entry => entry.Accuracies.Average())];
        var pairs =
            from first in Enumerable.Range(0, ordered.Length)
            from second in Enumerable.Range(first + 1, ordered.Length - first - 1)
            let differences = ordered[first].Accuracies.Zip(ordered[second].Accuracies, (a, b) => 100 * (a - b)).ToList()
            let interval = bootstrap.Interval(differences)
            select new PairedDifference(ordered[first].Name, ordered[second].Name, differences.Average(), interval.Lower, interval.Upper);
        return new(ordered, [.. pairs], rows.Count, images.Count, options.Confidence);
    }
}
