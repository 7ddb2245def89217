using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Data;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Training;

public sealed class BatchTests
{
    [Fact]
    public void Region_blocks_are_stored_once_and_read_back()
    {
        using var folder = new TemporaryFolder();
        using var store = new RegionStore(3, folder.Path);
        Assert.Equal(0, store.Add([1, 2, 3, 4, 5, 6], [0, 0, 5, 5, 1, 1, 9, 9], [10, 20]));
        Assert.Equal(1, store.Add([7, 8, 9], [0, 0, 5, 5], [10, 20]));
        var digest = store.Digest;
        Assert.Equal(0, store.Add([1, 2, 3, 4, 5, 6], [0, 0, 5, 5, 1, 1, 9, 9], [10, 20]));
        Assert.Equal(digest, store.Digest);
        Assert.Equal(2, store.Add([1, 2, 3, 4, 5, 6], [0, 0, 5, 5, 1, 1, 9, 9], [10, 21]));
        Assert.NotEqual(digest, store.Digest);
        Assert.Equal((3, 2, 1), (store.Count, store.Regions(0), store.Regions(1)));

        float[] features = [-1, -1, -1, -1, -1, -1], boxes = [-1, -1, -1, -1, -1, -1, -1, -1], size = [-1, -1];
        store.Read(1, features, boxes, size);
        Assert.Equal([7, 8, 9, -1, -1, -1], features);
        Assert.Equal([0, 0, 5, 5, -1, -1, -1, -1], boxes);
        Assert.Equal([10, 20], size);
    }

    [SkippableFact]
    public void The_region_file_goes_with_the_process_that_made_it()
    {
        Skip.If(OperatingSystem.IsWindows(), "there the system removes the file when it is closed");
        using var folder = new TemporaryFolder();
        using var store = new RegionStore(1, folder.Path);
        store.Add([1], [0, 0, 1, 1], [2, 2]);
        Assert.Empty(Directory.EnumerateFiles(folder.Path));
    }

    [Fact]
    public void Collate_pads_to_the_longest_row()
    {
        using var folder = new TemporaryFolder();
        Question[] rows =
        [
            new()
            {
                InputIds = [7, 8, 9],
                AttentionMask = [1, 1, 1],
                TokenTypeIds = [0, 0, 1],
                RegionFeatures = [1, 2],
                RegionBoxes = [0, 0, 5, 5],
                ImageSize = [10, 20],
                Answers = ["a", "c"],
                AnswerScores = [1, 0.3f],
            },
            new()
            {
                InputIds = [5],
                AttentionMask = [1],
                TokenTypeIds = [0],
                RegionFeatures = [3, 4, 5, 6],
                RegionBoxes = [0, 0, 5, 5, 1, 1, 9, 9],
                ImageSize = [30, 40],
                Answers = ["not known"],
                AnswerScores = [0.6f],
            },
        ];
        var options = Questions.Options(o => (o.Model, o.Answers) = (Questions.Model with { RegionFeatureSize = 2 }, ["c", "b", "a"]));
        for (var again = 0; again < 2; again++)
        {
            using var batch = CollatedRows.Of(rows, options, folder.Path);
            var targets = (PaddedColumn<float>)batch.Targets[0];
            Assert.Equal([2, 3], batch[StandardColumns.InputIds].Shape);
            Assert.Equal([7, 8, 9, 5, 0, 0], Values<long>(batch[StandardColumns.InputIds]));
            Assert.Equal([1, 1, 1, 1, 0, 0], Values<long>(batch[StandardColumns.AttentionMask]));
            Assert.Equal([0, 0, 1, 0, 0, 0], Values<long>(batch[StandardColumns.TokenTypeIds]));
            Assert.Equal([2, 2, 2], batch[StandardColumns.RegionFeatures].Shape);
            Assert.Equal([1, 2, 0, 0, 3, 4, 5, 6], Values<float>(batch[StandardColumns.RegionFeatures]));
            Assert.Equal([0, 0, 5, 5, -2, -2, -2, -2, 0, 0, 5, 5, 1, 1, 9, 9], Values<float>(batch[StandardColumns.RegionBoxes]));
            Assert.Equal([2, 2], batch[StandardColumns.ImageSize].Shape);
            Assert.Equal([10, 20, 30, 40], Values<float>(batch[StandardColumns.ImageSize]));
            Assert.Equal([0.3f, 0, 1, 0, 0, 0], Values<float>(targets));
            // What a batch leaves in its memory must not show in the next one that gets it.
            ((PaddedColumn<float>)batch[StandardColumns.RegionFeatures]).Values.Span.Fill(float.NaN);
            targets.Values.Span.Fill(float.NaN);
            ((PaddedColumn<long>)batch[StandardColumns.InputIds]).Values.Span.Fill(-1);
        }

        static T[] Values<T>(PaddedColumn column)
            where T : unmanaged => ((PaddedColumn<T>)column).Values.ToArray();
    }

    [Fact]
    public void Every_row_is_in_one_batch_of_an_epoch()
    {
        var plan = new BatchPlan(23, 5, seed: 4);
        Assert.Equal(5, plan.BatchesPerEpoch);
        var first = plan.Epoch(0);
        Assert.Equal([5, 5, 5, 5, 3], first.Select(batch => batch.Length));
        Assert.Equal(Enumerable.Range(0, 23), first.SelectMany(batch => batch).Order());
        Assert.Equal(first, new BatchPlan(23, 5, 4).Epoch(0));
        Assert.NotEqual(first, plan.Epoch(1));
        Assert.NotEqual(first, new BatchPlan(23, 5, 5).Epoch(0));
        Assert.Equal(Enumerable.Range(0, 23), plan.Epoch(0, shuffle: false).SelectMany(batch => batch));
        Assert.Empty(new BatchPlan(0, 5, 4).Epoch(0));
    }

    [Fact]
    public void Prefetch_keeps_the_order_and_disposes_what_was_used()
    {
        var made = new List<Item>();
        foreach (var item in Prefetch.Run(Enumerable.Range(0, 50), Make))
        {
            Assert.False(item.IsDisposed);
            if (item.Number > 0) Assert.True(made[item.Number - 1].IsDisposed);
        }

        Assert.Equal(Enumerable.Range(0, 50), made.Select(item => item.Number));
        Assert.All(made, item => Assert.True(item.IsDisposed));

        Item Make(int number)
        {
            var item = new Item(number);
            lock (made) made.Add(item);
            return item;
        }
    }

    [Fact]
    public void An_exception_of_the_prefetching_thread_surfaces_after_the_items_before_it()
    {
        var seen = new List<int>();
        var error = Assert.Throws<InvalidDataException>(() =>
        {
            foreach (var item in Prefetch.Run(Enumerable.Range(0, 9), n => n == 4 ? throw new InvalidDataException("four") : new Item(n)))
                seen.Add(item.Number);
        });
        Assert.Equal("four", error.Message);
        Assert.Equal([0, 1, 2, 3], seen);
    }

    [Fact]
    public void A_consumer_that_leaves_early_waits_for_nothing_and_leaves_nothing()
    {
        var made = new System.Collections.Concurrent.ConcurrentBag<Item>();
        var endless = Enumerable.Range(0, int.MaxValue);
        var error = Assert.Throws<InvalidOperationException>(() =>
        {
            foreach (var item in Prefetch.Run(endless, Make))
                if (item.Number == 2) throw new InvalidOperationException("the consumer's own");
        });
        Assert.Equal("the consumer's own", error.Message);
        Assert.InRange(made.Count, 3, 8);
        Assert.All(made, item => Assert.True(item.IsDisposed));

        Item Make(int number)
        {
            var item = new Item(number);
            made.Add(item);
            return item;
        }
    }

    private sealed class Item(int number) : IDisposable
    {
        public int Number { get; } = number;

        public bool IsDisposed { get; private set; }

        public void Dispose() => IsDisposed = true;
    }
}
