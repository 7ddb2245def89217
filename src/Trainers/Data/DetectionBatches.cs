namespace MLNet.VisionLanguage.Data;

/// <summary>The batches that a detector learns from, whatever detector it is: their order and what is drawn of them follow from the seed.</summary>
/// <param name="training">The training rows.</param>
/// <param name="held">The validation rows; none for no validation.</param>
/// <param name="batchSize">Images of a batch.</param>
/// <param name="seed">The seed of order and draws.</param>
/// <param name="draw">Makes of a row what is looked at this time; the last says whether that varies, as it does in training.</param>
internal sealed class DetectionBatches(
    IReadOnlyList<DetectionRow> training, IReadOnlyList<DetectionRow> held, int batchSize, int seed, Func<DetectionRow, Random, bool, DrawnImage> draw)
{
    /// <summary>Images from which fresh normalisations take their statistics.</summary>
    private const int MeasuredImages = 16;

    /// <summary>The number of the first validation batch among the seeds of batches, downwards; -1 splits the rows.</summary>
    private const long FirstHeldBatch = -2;

    private readonly BatchPlan _plan = new(training.Count, batchSize, seed);
    private readonly BatchPlan _heldPlan = new(held.Count, batchSize, seed);

    public IReadOnlyList<DetectionRow> Training => training;

    public IReadOnlyList<DetectionRow> Held => held;

    public int BatchesPerEpoch => _plan.BatchesPerEpoch;

    /// <summary>The training batches of an epoch from one on; those of the next may be drawn meanwhile.</summary>
    public IEnumerable<DetectionBatch> Epoch(int epoch, int first) => Prefetch.Run(
        _plan.Epoch(epoch).Index().Skip(first),
        batch => Draw(batch.Item.Select(i => training[i]), ((long)epoch * BatchesPerEpoch) + batch.Index, varies: true));

    /// <summary>The validation batches.</summary>
    public IEnumerable<DetectionBatch> HeldBatches() => Prefetch.Run(
        _heldPlan.Epoch(0, shuffle: false).Index(), batch => Draw(batch.Item.Select(i => held[i]), FirstHeldBatch - batch.Index, varies: false));

    /// <summary>The first training images as they are.</summary>
    public DetectionBatch First() => Draw(training.Take(MeasuredImages), 0, varies: false);

    private DetectionBatch Draw(IEnumerable<DetectionRow> rows, long number, bool varies)
    {
        var own = Seeds.Mix(seed, number);
        var random = new Random(own);
        return new([.. rows.Select(row => draw(row, random, varies))], Seeds.Mix(own, 1));
    }
}
