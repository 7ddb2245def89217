using Microsoft.ML;
using MLNet.VisionLanguage.Metrics;

namespace MLNet.VisionLanguage;

/// <summary>How far up the right item stands in the lists of all queries (eval_retrieval.py).</summary>
public sealed class RetrievalMetrics
{
    internal RetrievalMetrics(IEnumerable<int> places)
    {
        var ranks = new RetrievalRanks(places);
        (RecallAt1, RecallAt5, RecallAt10) = (ranks.Recall(1) / 100, ranks.Recall(5) / 100, ranks.Recall(10) / 100);
        (MedianRank, MeanRank, Count) = (ranks.MedianRank, ranks.MeanRank, ranks.Ranks.Count);
    }

    /// <summary>The share of queries whose right item is the first, 0..1.</summary>
    public double RecallAt1 { get; }

    /// <summary>The share of queries whose right item is among the first five, 0..1.</summary>
    public double RecallAt5 { get; }

    /// <summary>The share of queries whose right item is among the first ten, 0..1.</summary>
    public double RecallAt10 { get; }

    /// <summary>The middle place of the right item, from 1, rounded down.</summary>
    public double MedianRank { get; }

    /// <summary>The mean place of the right item, from 1.</summary>
    public double MeanRank { get; }

    /// <summary>The number of queries.</summary>
    public long Count { get; }
}

/// <summary>
/// Retrieval in both directions. With several captions an image, the place of the best of them counts when an image looks for its captions.
/// </summary>
public sealed class ImageTextRetrievalMetrics
{
    private ImageTextRetrievalMetrics(IEnumerable<int> images, IEnumerable<int> texts) =>
        (ImageRetrieval, TextRetrieval) = (new(images), new(texts));

    /// <summary>Captions that look for their image.</summary>
    public RetrievalMetrics ImageRetrieval { get; }

    /// <summary>Images that look for one of their captions; only those that have one.</summary>
    public RetrievalMetrics TextRetrieval { get; }

    /// <summary>Measures a table of scores.</summary>
    /// <param name="scores">For each caption the score of every image; higher is better, of equal scores the first goes before.</param>
    /// <param name="imageOfCaption">For each caption the number of its image.</param>
    /// <exception cref="ArgumentException">There are no captions, or rows and numbers do not fit together.</exception>
    public static ImageTextRetrievalMetrics FromScores(IReadOnlyList<float[]> scores, IReadOnlyList<int> imageOfCaption)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(imageOfCaption);
        if (scores.Count == 0 || scores.Count != imageOfCaption.Count)
            throw new ArgumentException($"There are {scores.Count} rows of scores for {imageOfCaption.Count} captions.", nameof(scores));
        var images = scores[0].Length;
        for (var caption = 0; caption < scores.Count; caption++)
        {
            if (scores[caption].Length != images)
                throw new ArgumentException($"Caption {caption} has {scores[caption].Length} scores, the first has {images}.", nameof(scores));
            if (imageOfCaption[caption] < 0 || imageOfCaption[caption] >= images)
                throw new ArgumentException($"Caption {caption} belongs to image {imageOfCaption[caption]} of {images}.", nameof(imageOfCaption));
        }

        var captionsOf = Enumerable.Range(0, scores.Count).ToLookup(caption => imageOfCaption[caption]);
        return new(
            scores.Select((row, caption) => RetrievalRanks.RankOf(imageOfCaption[caption], row)),
            captionsOf.OrderBy(own => own.Key).Select(own =>
            {
                float[] column = [.. scores.Select(row => row[own.Key])];
                return own.Min(caption => RetrievalRanks.RankOf(caption, column));
            }));
    }

    internal static ImageTextRetrievalMetrics Evaluate(
        IDataView scored, string captionIdColumnName, string imageIdColumnName, string scoreColumnName, string labelColumnName)
    {
        var rows = new ScoredRows("EvaluateImageTextRetrieval", scored);
        var (caption, image) = (rows.Name(captionIdColumnName), rows.Name(imageIdColumnName));
        var (score, label) = (rows.Score(scoreColumnName), rows.Name(labelColumnName, [bool.FalseString, bool.TrueString]));
        var (captions, images) = (new Dictionary<string, int>(StringComparer.Ordinal), new Dictionary<string, int>(StringComparer.Ordinal));
        var pairs = new Dictionary<(int Caption, int Image), float>();
        var right = new Dictionary<int, int>();
        rows.ForEach(() =>
        {
            var pair = (Caption: NumberOf(captions, caption()), Image: NumberOf(images, image()));
            if (!pairs.TryAdd(pair, score())) throw rows.Error($"caption {caption()} and image {image()} are there twice");
            if (!bool.TryParse(label(), out var belongs)) throw rows.Error($"column '{labelColumnName}' must be True or False but is '{label()}'");
            if (belongs && !right.TryAdd(pair.Caption, pair.Image)) throw rows.Error($"caption {caption()} has a second image, {image()}");
        });
        if (captions.FirstOrDefault(pair => !right.ContainsKey(pair.Value)) is { Key: { } lonely })
            throw new ArgumentException($"EvaluateImageTextRetrieval: no row of caption {lonely} is its image's.", nameof(scored));

        // Pairs that were not scored, such as those beyond a first selection, stand behind all others.
        float[][] table = [.. captions.Select(_ => Enumerable.Repeat(float.NegativeInfinity, images.Count).ToArray())];
        foreach (var ((row, column), value) in pairs) table[row][column] = value;
        return FromScores(table, [.. Enumerable.Range(0, table.Length).Select(row => right[row])]);
    }

    private static int NumberOf(Dictionary<string, int> numbers, string id) =>
        numbers.TryGetValue(id, out var number) ? number : numbers[id] = numbers.Count;
}
