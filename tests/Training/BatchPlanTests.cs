using MLNet.VisionLanguage.Data;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Training;

public sealed class BatchPlanTests
{
    private const int Rows = 1003, BatchSize = 8;

    private static readonly int[] Lengths = [.. Enumerable.Range(0, Rows).Select(row => 6 + (row * 7919 % 13))];

    [Fact]
    public void Rows_of_like_length_are_batched_and_each_comes_once_an_epoch()
    {
        var plain = new BatchPlan(Rows, BatchSize, seed: 5);
        var bucketed = new BatchPlan(Rows, BatchSize, seed: 5, Lengths);

        foreach (var epoch in new[] { 0, 1 })
        {
            var batches = bucketed.Epoch(epoch);
            Assert.Equal(bucketed.BatchesPerEpoch, batches.Length);
            Assert.Equal(Enumerable.Range(0, Rows), batches.SelectMany(batch => batch).Order());
            Assert.All(batches, batch => Assert.InRange(batch.Length, 1, BatchSize));
            Assert.Single(batches, batch => batch.Length < BatchSize);
            Assert.True(Padded(batches) < 1.06 * Lengths.Sum(), $"{Padded(batches)} for {Lengths.Sum()}");
            Assert.True(Padded(plain.Epoch(epoch)) > 1.3 * Lengths.Sum());
        }
    }

    [Fact]
    public void The_seed_and_the_epoch_decide_the_batches_and_their_order()
    {
        int[][] Epoch(long seed, int epoch) => new BatchPlan(Rows, BatchSize, seed, Lengths).Epoch(epoch);
        static IEnumerable<int> Flat(int[][] batches) => batches.SelectMany(batch => batch);

        Assert.Equal(Flat(Epoch(5, 1)), Flat(Epoch(5, 1)));
        Assert.NotEqual(Flat(Epoch(5, 1)), Flat(Epoch(5, 2)));
        Assert.NotEqual(Flat(Epoch(5, 1)), Flat(Epoch(6, 1)));

        // Long and short batches take turns as chance has it.
        var lengths = Epoch(5, 1).Select(batch => Lengths[batch[0]]).ToList();
        Assert.NotEqual(lengths.Order(), lengths);
        Assert.InRange(lengths.Take(lengths.Count / 2).Average(), 11, 13);
    }

    private static int Padded(int[][] batches) => batches.Sum(batch => batch.Length * batch.Max(row => Lengths[row]));
}
