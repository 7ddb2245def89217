using Microsoft.ML;
using MLNet.VisionLanguage.Images;

namespace MLNet.VisionLanguage.Data;

/// <summary>Which rows form which batch of which epoch: a pure function of the seed, so that a resumed run sees the same batches.</summary>
/// <param name="rows">How many rows there are.</param>
/// <param name="batchSize">Rows of a batch.</param>
/// <param name="seed">The seed.</param>
/// <param name="lengths">What rows that are batched together should have alike; null for nothing.</param>
internal sealed class BatchPlan(int rows, int batchSize, long seed, IReadOnlyList<int>? lengths = null)
{
    /// <summary>Batches among whose rows those of like length find each other.</summary>
    private const int Pool = 50;

    public int BatchesPerEpoch { get; } = (rows + batchSize - 1) / batchSize;

    /// <summary>Row numbers of each batch of an epoch, in order.</summary>
    public int[][] Epoch(int epoch, bool shuffle = true)
    {
        var order = Enumerable.Range(0, rows).ToArray();
        var random = new Random(Seeds.Mix(seed, epoch));
        if (shuffle) random.Shuffle(order);
        if (lengths is null) return [.. order.Chunk(batchSize)];
        int[][] batches = [.. order.Chunk(batchSize * Pool).SelectMany(pool => pool.OrderBy(row => lengths[row]).Chunk(batchSize))];
        if (shuffle) random.Shuffle(batches);
        return batches;
    }
}

/// <summary>Independent seeds from one.</summary>
internal static class Seeds
{
    /// <summary>A seed for the given purpose and number.</summary>
    public static int Mix(long seed, long number) => SeedMix.Of(seed, number);

    /// <summary>The seed of a context; 1 when it has none, or when this ML.NET does not tell: the property is not public.</summary>
    public static int Of(MLContext context) => typeof(MLContext).GetInterfaces()
        .FirstOrDefault(found => found.Name == "IHostEnvironmentInternal")?.GetProperty("Seed")?.GetValue(context) as int? ?? 1;
}
