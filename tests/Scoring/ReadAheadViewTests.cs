using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Scoring;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Scoring;

/// <summary>What cursors that read ahead owe to whoever reads them.</summary>
public sealed class ReadAheadViewTests : IDisposable
{
    private const int Count = 100;

    private readonly SumFixture _sums = new();

    public void Dispose() => _sums.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(50)]
    [InlineData(1000)]
    public void Every_value_belongs_to_its_row(int window)
    {
        var results = _sums.Read(_sums.Score(_sums.Load(SumFixture.Rows(Count)), window));
        Assert.Equal(Enumerable.Range(0, Count), results.Select(result => result.Number));
        Assert.All(results, result => result.Check());
    }

    [Theory]
    [InlineData(20, 7)]
    [InlineData(1000, 8)]
    [InlineData(9, 8)]
    public void Every_value_belongs_to_its_row_also_where_rows_of_like_length_are_scored_together(int window, int batchSize)
    {
        var results = _sums.Read(_sums.Score(_sums.Load(SumFixture.Rows(Count)), window, batchSize));
        Assert.Equal(Enumerable.Range(0, Count), results.Select(result => result.Number));
        Assert.All(results, result => result.Check());
    }

    [Fact]
    public void Rows_of_like_length_fill_each_other_up_less()
    {
        const int Window = 40, BatchSize = 8;
        var view = _sums.Load(SumFixture.Rows(Window));
        using var cursor = view.GetRowCursor(view.Schema);
        var columns = _sums.Scorer.InputColumns(view.Schema);
        var window = new RowWindow(cursor, columns, Window);
        for (var slot = 0; cursor.MoveNext(); slot++) window.Read(slot);
        BatchScores Score(int batchSize) => _sums.Scorer.Score(
            [.. columns.Select(column => window[column.Index]!)], Window, batchSize, row => $"row {row}", new());

        // Eight rows have each of the lengths 1 to 5.
        BatchScores sorted = Score(BatchSize), whole = Score(Window);
        Assert.All(Enumerable.Range(0, Window), row => Assert.Equal((1 + (row % 5), 1 + (row % 5)), (sorted.Items(0, row), sorted.MostItems(0, row))));
        Assert.All(Enumerable.Range(0, Window), row => Assert.Equal((1 + (row % 5), 5), (whole.Items(0, row), whole.MostItems(0, row))));
    }

    [Fact]
    public void Ids_positions_and_batches_are_those_of_the_source()
    {
        var source = new BlockedView(_sums.Load(SumFixture.Rows(Count)));
        using var plain = source.GetRowCursor(source.Schema);
        using var ahead = _sums.Score(source, 8).GetRowCursor(_sums.Score(source, 8).Schema);
        var plainId = plain.GetIdGetter();
        var aheadId = ahead.GetIdGetter();
        DataViewRowId expected = default, found = default;
        var ids = new HashSet<DataViewRowId>();
        Assert.Equal(-1, ahead.Position);
        while (plain.MoveNext())
        {
            Assert.True(ahead.MoveNext());
            plainId(ref expected);
            aheadId(ref found);
            Assert.Equal(expected, found);
            Assert.True(ids.Add(found));
            Assert.Equal((plain.Position, plain.Batch), (ahead.Position, ahead.Batch));
        }

        Assert.False(ahead.MoveNext());
        Assert.False(ahead.MoveNext());
        Assert.Equal(Count, ids.Count);
    }

    [Fact]
    public void A_set_of_cursors_gives_every_row_once_with_the_batch_that_orders_it()
    {
        var view = _sums.Score(new BlockedView(_sums.Load(SumFixture.Rows(Count)), blockSize: 10), 4);
        var seen = new List<(long Batch, int Number)>();
        var cursors = view.GetRowCursorSet(view.Schema, 3);
        Assert.Equal(3, cursors.Length);
        foreach (var cursor in cursors)
        {
            var number = cursor.GetGetter<int>(view.Schema["Number"]);
            var sums = cursor.GetGetter<VBuffer<float>>(view.Schema["Sums"]);
            int value = 0;
            VBuffer<float> sum = default;
            while (cursor.MoveNext())
            {
                number(ref value);
                sums(ref sum);
                Assert.Equal(SumFixture.Rows(value + 1)[value].Values.Sum(), sum.GetItemOrDefault(0));
                seen.Add((cursor.Batch, value));
            }
        }

        Assert.Equal(Enumerable.Range(0, Count).Select(i => (i / 10L, i)), seen.OrderBy(row => row.Number));
    }

    [Fact]
    public void Values_given_out_are_copies()
    {
        var view = _sums.Score(_sums.Load(SumFixture.Rows(5)), 5);
        using var cursor = view.GetRowCursor(view.Schema);
        var sums = cursor.GetGetter<VBuffer<float>>(view.Schema["Sums"]);
        var values = cursor.GetGetter<VBuffer<float>>(view.Schema["Values"]);
        Assert.True(cursor.MoveNext());
        VBuffer<float> mine = default, again = default;
        foreach (var getter in new[] { sums, values })
        {
            getter(ref mine);
            var expected = mine.DenseValues().ToArray();
            VBufferEditor.CreateFromBuffer(ref mine).Values.Fill(-77);
            getter(ref again);
            Assert.Equal(expected, again.DenseValues());
            mine = default;
        }
    }

    [Fact]
    public void Nothing_is_scored_that_nobody_asks_for()
    {
        var source = new BlockedView(_sums.Load(SumFixture.Rows(Count)));
        var view = _sums.Score(source, 8);
        Assert.Equal(Enumerable.Range(0, Count), view.GetColumn<int>("Number"));
        Assert.Equal(["Number"], source.Asked);
        using (var cursor = view.GetRowCursor([view.Schema["Sums"]]))
            Assert.True(cursor.MoveNext());
        Assert.Equal(["Values"], source.Asked);
        Assert.Equal(0, _sums.Opened);
        Assert.Equal(Count, view.GetColumn<float[]>("Sums").Count());
        Assert.Equal(1, _sums.Opened);
    }

    [Fact]
    public void No_more_is_read_ahead_than_the_window()
    {
        var source = new BlockedView(_sums.Load(SumFixture.Rows(Count)));
        var view = _sums.Score(source, 8);
        using var cursor = view.GetRowCursor([view.Schema["Sums"]]);
        cursor.MoveNext();
        Assert.Equal(8, source.RowsRead);
        for (var i = 0; i < 8; i++)
            cursor.MoveNext();
        Assert.Equal(16, source.RowsRead);
    }

    [Fact]
    public void Wrong_use_is_an_error()
    {
        var view = _sums.Score(_sums.Load(SumFixture.Rows(3)), 8);
        using var cursor = view.GetRowCursor([view.Schema["Sums"], view.Schema["Name"]]);
        Assert.True(cursor.IsColumnActive(view.Schema["Sums"]));
        Assert.False(cursor.IsColumnActive(view.Schema["Number"]));
        Assert.Contains("'Number'", Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<int>(view.Schema["Number"])).Message);
        Assert.Contains("'Sums'", Assert.Throws<InvalidOperationException>(() => cursor.GetGetter<VBuffer<double>>(view.Schema["Sums"])).Message);
        var sums = cursor.GetGetter<VBuffer<float>>(view.Schema["Sums"]);
        var name = cursor.GetGetter<ReadOnlyMemory<char>>(view.Schema["Name"]);
        VBuffer<float> value = default;
        ReadOnlyMemory<char> text = default;
        Assert.Throws<InvalidOperationException>(() => sums(ref value));
        Assert.Throws<InvalidOperationException>(() => name(ref text));
        while (cursor.MoveNext())
        {
        }

        Assert.Throws<InvalidOperationException>(() => name(ref text));
    }

    [Fact]
    public void A_bad_row_fails_alone_and_is_named()
    {
        var rows = SumFixture.Rows(10);
        rows[4].Values = [-1, 5];
        var view = _sums.Score(_sums.Load(rows), 8);
        using var cursor = view.GetRowCursor([view.Schema["Sums"], view.Schema["Number"]]);
        var sums = cursor.GetGetter<VBuffer<float>>(view.Schema["Sums"]);
        VBuffer<float> value = default;
        while (cursor.MoveNext())
        {
            if (cursor.Position == 4)
            {
                Assert.Equal("Sum: row 4: column 'Values' begins with -1.", Assert.Throws<InvalidOperationException>(() => sums(ref value)).Message);
                continue;
            }

            sums(ref value);
            Assert.Equal(rows[(int)cursor.Position].Values.Sum(), value.GetItemOrDefault(0));
        }
    }

    [Fact]
    public void A_window_of_bad_rows_only_is_no_error()
    {
        var rows = SumFixture.Rows(4);
        rows[2].Values = rows[3].Values = [-1];
        var view = _sums.Score(_sums.Load(rows), 2);
        Assert.Equal(4, view.GetColumn<int>("Number").Count());
        Assert.Equal(2, _sums.Read(_sums.Context.Data.TakeRows(view, 2)).Count);
    }

    [Fact]
    public void Rows_before_a_failure_of_the_source_are_given_out()
    {
        var view = _sums.Score(new BlockedView(_sums.Load(SumFixture.Rows(20)), failAt: 11), 8);
        using var cursor = view.GetRowCursor([view.Schema["Sums"]]);
        for (var i = 0; i < 11; i++)
            Assert.True(cursor.MoveNext());
        Assert.Contains("row 11", Assert.Throws<IOException>(() => cursor.MoveNext()).Message);
        Assert.False(cursor.MoveNext());
    }

    [Fact]
    public void Cursors_do_not_disturb_each_other()
    {
        var view = _sums.Score(_sums.Load(SumFixture.Rows(Count)), 6);
        Parallel.For(0, 8, _ => Assert.All(_sums.Read(view), result => result.Check()));
        Assert.Equal(1, _sums.Opened);
    }

    [Fact]
    public void It_goes_through_whatever_ML_net_does_to_views()
    {
        var data = _sums.Context.Data;
        var view = _sums.Score(new BlockedView(_sums.Load(SumFixture.Rows(Count))), 8);
        Check(Count, data.Cache(view));
        Check(Count, data.ShuffleRows(view, seed: 3, shufflePoolSize: 20));
        Check(13, data.TakeRows(view, 13));
        Check(Count - 13, data.SkipRows(view, 13));
        Check(10, data.FilterRowsByColumn(view, "Weight", 20, 30));
        var split = data.TrainTestSplit(view, 0.3, seed: 1);
        var (train, test) = (_sums.Read(split.TrainSet), _sums.Read(split.TestSet));
        Assert.All(train.Concat(test), result => result.Check());
        Assert.Equal(Enumerable.Range(0, Count), train.Concat(test).Select(result => result.Number).Order());
        Assert.NotEmpty(test);
        foreach (var fold in data.CrossValidationSplit(view, 4, seed: 1))
            Assert.All(_sums.Read(fold.TestSet), result => result.Check());
        Assert.All(_sums.Read(data.BootstrapSample(view, seed: 2)), result => result.Check());

        void Check(int expected, IDataView made)
        {
            var results = _sums.Read(made);
            Assert.Equal(expected, results.Count);
            Assert.Equal(expected, results.Select(result => result.Number).Distinct().Count());
            Assert.All(results, result => result.Check());
        }
    }

    [Fact]
    public void A_preview_shows_the_scores()
    {
        var preview = _sums.Score(_sums.Load(SumFixture.Rows(30)), 8).Preview(maxRows: 12);
        Assert.Equal(12, preview.RowView.Length);
        var sums = (VBuffer<float>)preview.RowView[11].Values.Single(pair => pair.Key == "Sums").Value;
        Assert.Equal(SumFixture.Rows(12)[11].Values.Sum(), sums.GetItemOrDefault(0));
    }
}
