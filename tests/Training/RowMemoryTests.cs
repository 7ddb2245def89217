using Microsoft.ML;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Tasks;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Training;

public sealed class RowMemoryTests
{
    private const int Tokens = 200;

    private static readonly AnsweringTask Task = new(Questions.Options(o => o.Model = Questions.Model with { MaxPositions = Tokens }));

    [Fact]
    public void Rows_take_the_memory_of_their_labels_alone()
    {
        const int Count = 30_000;
        using var folder = new TemporaryFolder();

        // Other tests allocate at the same time, so the better of two counts.
        var held = Math.Min(Held(), Held());
        Assert.True(held < Count * Tokens * 3 * sizeof(long) / 3, $"{Count} rows hold {held} bytes; their texts are {Count * Tokens * 3 * sizeof(long)}.");

        long Held()
        {
            using var data = new TrainingRows<AnswerLabel>(Task.Inputs, Task.Labels, folder.Path);
            var before = GC.GetTotalMemory(forceFullCollection: true);
            var rows = data.Read(Questions.View(new MLContext(1), Enumerable.Range(0, Count).Select(Row)), "rows");
            var after = GC.GetTotalMemory(forceFullCollection: true);
            Assert.Equal(Count, rows.Count);
            Assert.Equal(Row(Count - 7).InputIds, data.Content(rows[Count - 7]).Text(0).ToArray());
            return after - before;
        }
    }

    [Fact]
    public void A_row_may_have_the_texts_of_another()
    {
        using var folder = new TemporaryFolder();
        using var data = new TrainingRows<AnswerLabel>(Task.Inputs, Task.Labels, folder.Path);
        var made = Questions.Make(2);
        var rows = data.Read(Questions.View(new MLContext(1), made), "rows");
        var mixed = rows[0] with { TextPlace = rows[3].Place };
        using var batch = data.Collate([mixed, rows[0]]);
        Assert.Equal(made[3].InputIds, batch.Row<long>(0, 0).ToArray());
        Assert.Equal([.. made[0].InputIds, 0, 0], batch.Row<long>(0, 1).ToArray());
        Assert.Equal(data.Content(rows[0]).Blocks.ToArray(), data.Content(mixed).Blocks.ToArray());
        Assert.NotEqual(data.Content(rows[3]).Blocks.ToArray(), data.Content(mixed).Blocks.ToArray());
    }

    private static Question Row(int number)
    {
        long[] ids = [2, .. Enumerable.Range(0, Tokens - 2).Select(i => 5L + ((number + i) % 12)), 3];
        return Questions.Row(ids, new float[Questions.FeatureSize], [0, 0, 5, 5], "yes");
    }
}
