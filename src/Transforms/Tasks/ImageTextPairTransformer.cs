using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Scoring;
using MLNet.VisionLanguage.Tasks;

namespace MLNet.VisionLanguage;

/// <summary>
/// Base of the transformers that give a pair of a text and an image one number, larger where they suit each other. Besides rows that are pairs,
/// they score every text with every image, which retrieval needs.
/// </summary>
public abstract class ImageTextPairTransformer : TaskTransformer
{
    private readonly Lazy<PairScorer> _pairs;

    private protected ImageTextPairTransformer(MLContext mlContext, TaskSettings settings, OnnxModelFolder model)
        : base(mlContext, settings, model) => _pairs = new(() => Cut(mlContext));

    /// <summary>
    /// Scores every text with every image: the numbers that <see cref="ScoringTransformer.Transform"/> gives for the pairs, but each text and each
    /// image is read once, and what the model computes of it before the two meet is computed once (ViLBERT's text layers below the first
    /// co-attention, LXMERT's language and relationship layers, of VL-BERT's single stream the embeddings). The first call cuts the model's graph
    /// there and writes the parts to temporary files. What was computed of texts waits in such a file, so that memory holds a batch of texts, a
    /// batch of images and the scores.
    /// </summary>
    /// <param name="texts">The texts, a row each: InputIds, AttentionMask and TokenTypeIds under the model's names.</param>
    /// <param name="images">The images, a row each: RegionFeatures, RegionBoxes and ImageSize under the model's names.</param>
    /// <param name="batchSize">
    /// How many pairs are scored at once, and how many texts or images are computed together; 0 takes <see cref="ScoringTransformer.BatchSize"/>.
    /// </param>
    /// <param name="progress">Is told how many pairs are scored, after each batch.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>For each text, in the order of the rows, the score of every image in theirs.</returns>
    /// <exception cref="ArgumentException">A column is missing or of another type, or the batch size is negative.</exception>
    /// <exception cref="InvalidOperationException">A row holds values that the model cannot take; the message names it.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public IReadOnlyList<float[]> ScoreAllPairs(
        IDataView texts, IDataView images, int batchSize = 0, IProgress<long>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentOutOfRangeException.ThrowIfNegative(batchSize);
        ThrowIfDisposed();
        return _pairs.Value.Score(texts, images, null, batchSize, progress, cancellation);
    }

    /// <summary>
    /// Scores some images of each text, such as the nearest by the embeddings of a <see cref="DualEncoderTransformer"/>: the numbers that
    /// <see cref="ScoreAllPairs"/> gives for these pairs. Images that are nobody's are read all the same.
    /// </summary>
    /// <param name="texts">The texts, a row each: InputIds, AttentionMask and TokenTypeIds under the model's names.</param>
    /// <param name="images">The images, a row each, under the model's names.</param>
    /// <param name="candidates">For each text the rows of its images.</param>
    /// <param name="batchSize">
    /// How many pairs are scored at once, and how many texts or images are computed together; 0 takes <see cref="ScoringTransformer.BatchSize"/>.
    /// </param>
    /// <param name="progress">Is told how many pairs are scored, after each batch.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>For each text the scores of its images, in their order.</returns>
    /// <exception cref="ArgumentException">A column is missing or of another type, or there are not as many lists as texts.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A list has a row that there is not.</exception>
    /// <exception cref="InvalidOperationException">A row holds values that the model cannot take; the message names it.</exception>
    /// <exception cref="OperationCanceledException">The work was stopped.</exception>
    public IReadOnlyList<float[]> ScorePairs(
        IDataView texts, IDataView images, IReadOnlyList<IReadOnlyList<int>> candidates, int batchSize = 0, IProgress<long>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(images);
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentOutOfRangeException.ThrowIfNegative(batchSize);
        ThrowIfDisposed();
        HashSet<(int Text, int Image)> wanted = [.. candidates.SelectMany((own, text) => own.Select(image => (text, image)))];
        var scores = _pairs.Value.Score(texts, images, wanted.Contains, batchSize, progress, cancellation);
        if (scores.Length != candidates.Count)
            throw new ArgumentException($"ScorePairs: {candidates.Count} lists of images for {scores.Length} texts.", nameof(candidates));
        return [.. scores.Zip(candidates, (all, own) => own.Select(image => image >= 0 && image < all.Length
            ? all[image]
            : throw new ArgumentOutOfRangeException(nameof(candidates), image, $"ScorePairs: there are {all.Length} images.")).ToArray())];
    }

    private protected override void DisposeOwn()
    {
        if (_pairs.IsValueCreated) _pairs.Value.Dispose();
    }

    private PairScorer Cut(MLContext mlContext)
    {
        using var weights = OpenWeights();
        var settings = TaskSettings;
        var network = settings.ToNetwork() with { ShowsAttention = false };
        var graph = TaskGraph.Create(network, settings.AsStored(weights, network));
        var sides = settings.Inputs().Groups.ToLookup(group => StandardColumns.AreOfImage(group.Kind));
        var parts = new PairParts(
            graph, new(settings.TaskName, sides[false]), new(settings.TaskName, sides[true]), prefix: "", TaskHead.Score,
            ScoringDevice.Options(mlContext, settings.Threads));
        return new(parts, settings.BatchSize, settings.RowIdColumnName, text =>
        {
            using var channel = ((IHostEnvironment)mlContext).Register(settings.TaskName).Start("Scoring");
            channel.Warning(MessageSensitivity.None, "{0}", text);
        });
    }
}
