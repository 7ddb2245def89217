using System.Collections.Concurrent;

namespace MLNet.VisionLanguage.Datasets;

/// <summary>Finds the rows of a data set whose image file, or row of region features, cannot be read. Each is read through once, several at a time.</summary>
internal static class ImageCheck
{
    /// <summary>So many unreadable images are named; the others are counted.</summary>
    private const int Named = 5;

    /// <summary>Tells what is wrong with the images of the examples.</summary>
    /// <param name="images">Paths or names in feature files.</param>
    /// <param name="problemOf">Reads one; null when it can be read.</param>
    /// <param name="options">Progress and cancellation.</param>
    /// <returns>Reasons by image; one that is not among them can be read.</returns>
    /// <exception cref="OperationCanceledException">The options' cancellation was asked for.</exception>
    public static IReadOnlyDictionary<string, string> FindProblems(
        IEnumerable<string> images, Func<string, string?> problemOf, VqaDatasetOptions options)
    {
        var paths = images.Distinct(StringComparer.Ordinal).ToArray();
        var found = new ConcurrentDictionary<string, string>(StringComparer.Ordinal);
        var done = 0;
        var reporting = new Lock();
        try
        {
            var parallel = new ParallelOptions
            {
                CancellationToken = options.Cancellation,
                MaxDegreeOfParallelism = Environment.ProcessorCount,
            };
            Parallel.ForEach(paths, parallel, path =>
            {
                if (problemOf(path) is { } reason) found[path] = reason;
                lock (reporting) options.ImageProgress?.Report((++done, paths.Length));
            });
        }
        catch (AggregateException e) when (e.InnerExceptions.Count == 1)
        {
            throw e.InnerException!;
        }

        return found;
    }

    /// <summary>The unreadable images in words, each with a question about it and the reason.</summary>
    public static string Describe(
        IEnumerable<VqaExample> examples, Func<VqaExample, string> imageOf, IReadOnlyDictionary<string, string> reasons)
    {
        var unreadable = examples.Where(example => reasons.ContainsKey(imageOf(example))).DistinctBy(imageOf).ToList();
        var named = unreadable.Take(Named).Select(
            example => $"question {example.QuestionId}, image '{imageOf(example)}': {reasons[imageOf(example)].TrimEnd('.')}");
        return string.Join("; ", named) + (unreadable.Count > Named ? $"; and {unreadable.Count - Named} more images" : "");
    }
}
