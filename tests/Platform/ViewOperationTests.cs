using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Platform;

/// <summary>ML.NET's row operations on a view of somebody else's making that reads rows ahead.</summary>
public class ViewOperationTests
{
    private const int Rows = 203;

    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Rows_and_ids_are_those_of_the_source()
    {
        var source = _ml.Data.LoadFromEnumerable(Source());
        var view = new ReadAheadView(source, 16);
        Assert.Equal(Source().Select(row => row.Number), Read(view).Select(row => row.Number));
        Assert.Equal(Ids(source), Ids(view));
    }

    [Fact]
    public void Take_and_skip_cut_the_rows()
    {
        Assert.Equal(Enumerable.Range(0, 20), Numbers(_ml.Data.TakeRows(View(), 20)));
        Assert.Equal(Enumerable.Range(190, Rows - 190), Numbers(_ml.Data.SkipRows(View(), 190)));
        Assert.Equal(Enumerable.Range(5, 3), Numbers(_ml.Data.TakeRows(_ml.Data.SkipRows(View(), 5), 3)));
        Assert.Equal(Enumerable.Range(0, Rows), Numbers(_ml.Data.TakeRows(View(), 1000)));
        Assert.Empty(Numbers(_ml.Data.SkipRows(View(), 1000)));
        Assert.Equal(20, _ml.Data.TakeRows(View(), 20).GetRowCount());
        Assert.Equal(13, _ml.Data.SkipRows(View(), 190).GetRowCount());
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.TakeRows(View(), 0));
    }

    [Fact]
    public void A_cache_reads_its_source_once()
    {
        var view = View();
        var cache = _ml.Data.Cache(view);
        Assert.Equal(Read(View()).Select(Describe), Read(cache).Select(Describe));
        Assert.Equal(Read(View()).Select(Describe), Read(cache).Select(Describe));
        Assert.Equal((1, Rows), (view.Cursors, view.Sums));
        Assert.True(cache.CanShuffle);
        Assert.Equal(Rows, cache.GetRowCount());
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.Cache(view, "Nowhere"));
    }

    [Fact]
    public void The_cursors_of_a_set_give_every_row_once_and_batches_restore_the_order()
    {
        IDataView[] views = [View(), _ml.Data.Cache(View()), new ReadAheadView(_ml.Data.Cache(_ml.Data.LoadFromEnumerable(Source())), 7)];
        foreach (var view in views)
        {
            var read = new List<(long Batch, int Number)>();
            foreach (var cursor in view.GetRowCursorSet([view.Schema["Number"]], 3))
            {
                using (cursor)
                {
                    var getter = cursor.GetGetter<int>(view.Schema["Number"]);
                    var number = 0;
                    while (cursor.MoveNext())
                    {
                        getter(ref number);
                        read.Add((cursor.Batch, number));
                    }
                }
            }

            Assert.Equal(Enumerable.Range(0, Rows), read.OrderBy(row => row.Batch).Select(row => row.Number));
        }
    }

    [Fact]
    public void A_shuffle_is_a_repeatable_permutation_of_whole_rows()
    {
        var shuffled = _ml.Data.ShuffleRows(View(), seed: 5, shufflePoolSize: 50);
        var numbers = Numbers(shuffled);
        Assert.NotEqual(Enumerable.Range(0, Rows), numbers);
        Assert.Equal(Enumerable.Range(0, Rows), numbers.Order());
        Assert.Equal(numbers, Numbers(shuffled));
        Assert.Equal(numbers, Numbers(_ml.Data.ShuffleRows(View(), seed: 5, shufflePoolSize: 50)));
        Assert.NotEqual(numbers, Numbers(_ml.Data.ShuffleRows(View(), seed: 6, shufflePoolSize: 50)));
        Assert.Equal(Read(View()).Select(Describe).Order(), Read(shuffled).Select(Describe).Order());
        Assert.Equal(numbers.Select(number => new DataViewRowId((ulong)number, 0)), Ids(shuffled));
    }

    [Fact]
    public void A_split_takes_every_row_to_one_side()
    {
        var split = _ml.Data.TrainTestSplit(View(), testFraction: 0.3, seed: 3);
        var test = Numbers(split.TestSet);
        Assert.InRange(test.Count, Rows * 0.15, Rows * 0.45);
        Assert.Equal(Enumerable.Range(0, Rows), test.Concat(Numbers(split.TrainSet)).Order());
        Assert.Equal(test, test.Order());
        Assert.Equal(test, Numbers(_ml.Data.TrainTestSplit(View(), 0.3, seed: 3).TestSet));
        Assert.NotEqual(test, Numbers(_ml.Data.TrainTestSplit(View(), 0.3, seed: 4).TestSet));
        Assert.Equal(View().Schema.Select(column => column.ToString()), split.TrainSet.Schema.Select(column => column.ToString()));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.TrainTestSplit(View(), 1));
    }

    [Theory]
    [InlineData("Image")]
    [InlineData("Number")]
    [InlineData("Sum")]
    public void A_split_by_a_key_keeps_equal_keys_together(string key)
    {
        var split = _ml.Data.TrainTestSplit(View(), 0.5, samplingKeyColumnName: key);
        var (train, test) = (Read(split.TrainSet), Read(split.TestSet));
        Assert.Equal(Enumerable.Range(0, Rows), train.Concat(test).Select(row => row.Number).Order());
        Assert.NotEmpty(train);
        Assert.NotEmpty(test);
        Assert.Empty(train.Select(Key).Intersect(test.Select(Key)));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.TrainTestSplit(View(), 0.5, "Nowhere"));

        object Key(Row row) => key switch { "Image" => row.Image, "Number" => row.Number, _ => row.Sum };
    }

    [Fact]
    public void Folds_test_every_row_once()
    {
        var folds = _ml.Data.CrossValidationSplit(View(), numberOfFolds: 4, seed: 2);
        Assert.Equal(4, folds.Count);
        Assert.Equal(Enumerable.Range(0, Rows), folds.SelectMany(fold => Numbers(fold.TestSet)).Order());
        foreach (var fold in folds)
            Assert.Equal(Enumerable.Range(0, Rows), Numbers(fold.TestSet).Concat(Numbers(fold.TrainSet)).Order());
    }

    [Fact]
    public void Filters_keep_the_rows_they_name()
    {
        Assert.Equal(
            Read(View()).Where(row => row.Sum >= 6 && row.Sum < 28).Select(row => row.Number),
            Numbers(_ml.Data.FilterRowsByColumn(View(), "Sum", 6, 28)));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.FilterRowsByColumn(View(), "Image", 0, 1));
        Assert.Equal(
            Enumerable.Range(0, Rows).Where(number => number % 3 != 0),
            Numbers(_ml.Data.FilterByCustomPredicate<Row>(View(), row => row.Number % 3 == 0)));
        var firstTen = _ml.Data.FilterByStatefulCustomPredicate<Row, Counter>(
            View(), (_, state) => ++state.Count > 10, state => state.Count = 0);
        Assert.Equal(Enumerable.Range(0, 10), Numbers(firstTen));
        Assert.Equal(Enumerable.Range(0, 10), Numbers(firstTen));
        Assert.Null(_ml.Data.FilterRowsByColumn(View(), "Sum", 6, 28).GetRowCount());
    }

    [Fact]
    public void Rows_with_missing_values_can_be_dropped()
    {
        var rows = Source();
        rows[3].Values = [1, float.NaN];
        rows[8].Label = 7;
        var view = new ReadAheadView(_ml.Data.LoadFromEnumerable(rows), 16);
        var all = Enumerable.Range(0, Rows).ToList();
        Assert.Equal(all.Where(number => number != 3), Numbers(_ml.Data.FilterRowsByMissingValues(view, "Values")));
        Assert.Equal(all.Where(number => number != 3), Numbers(_ml.Data.FilterRowsByMissingValues(view, "Sum")));
        Assert.Equal(all.Where(number => number is not (3 or 8)), Numbers(_ml.Data.FilterRowsByMissingValues(view, "Label", "Values")));
        Assert.Throws<ArgumentOutOfRangeException>(() => _ml.Data.FilterRowsByMissingValues(view, "Number"));
        Assert.Equal(all.Where(number => number % 4 >= 2), Numbers(_ml.Data.FilterRowsByKeyColumnFraction(view, "Label", 0.5, 1)));
    }

    [Fact]
    public void A_bootstrap_repeats_rows_under_ids_of_their_own_and_its_complement_takes_the_rest()
    {
        var sample = _ml.Data.BootstrapSample(View(), seed: 9);
        var drawn = Numbers(sample);
        Assert.Equal(drawn, drawn.Order());
        Assert.True(drawn.Distinct().Count() < drawn.Count);
        Assert.Equal(drawn.Count, Ids(sample).Distinct().Count());
        Assert.Equal(
            Enumerable.Range(0, Rows).Except(drawn), Numbers(_ml.Data.BootstrapSample(View(), seed: 9, complement: true)));
    }

    [Fact]
    public void Only_what_is_asked_for_is_computed()
    {
        var view = View();
        Assert.Equal(Enumerable.Range(0, Rows), view.GetColumn<int>("Number"));
        Assert.Equal(0, view.Sums);
        Assert.Equal(Source().Select(row => row.Values.Sum()), view.GetColumn<float>("Sum"));
        Assert.Equal(Rows, view.Sums);
        Assert.Equal(Source().Select(row => row.Values), view.GetColumn<float[]>("Values"));
        Assert.Equal(Source().Select(row => row.Image), view.GetColumn<string>(view.Schema["Image"]));
    }

    [Fact]
    public void A_preview_shows_the_first_rows_by_row_and_by_column()
    {
        var preview = View().Preview(maxRows: 30);
        Assert.Equal(30, preview.RowView.Length);
        var sums = preview.ColumnView.Single(column => column.Column.Name == "Sum").Values;
        Assert.Equal(Source().Take(30).Select(row => (object)row.Values.Sum()), sums);
        Assert.Equal("image 2", preview.RowView[2].Values.Single(value => value.Key == "Image").Value.ToString());
    }

    private ReadAheadView View() => new(_ml.Data.LoadFromEnumerable(Source()), 16);

    private List<Row> Read(IDataView view) => [.. _ml.Data.CreateEnumerable<Row>(view, reuseRowObject: false, ignoreMissingColumns: true)];

    private static List<int> Numbers(IDataView view) => [.. view.GetColumn<int>("Number")];

    private static List<DataViewRowId> Ids(IDataView view)
    {
        using var cursor = view.GetRowCursor([]);
        var getter = cursor.GetIdGetter();
        var ids = new List<DataViewRowId>();
        while (cursor.MoveNext())
        {
            DataViewRowId id = default;
            getter(ref id);
            ids.Add(id);
        }

        return ids;
    }

    private static string Describe(Row row) => $"{row.Number} {row.Image} {string.Join(",", row.Values)} {row.Sum}";

    private static List<SourceRow> Source() =>
    [
        .. Enumerable.Range(0, Rows).Select(number => new SourceRow
        {
            Number = number,
            Image = $"image {number % 20}",
            Values = [.. Enumerable.Range(0, number % 9).Select(value => (float)value)],
            Label = (uint)(number % 4),
        }),
    ];

    private sealed class SourceRow
    {
        public int Number { get; set; }

        public string Image { get; set; } = "";

        public float[] Values { get; set; } = [];

        [KeyType(4)]
        public uint Label { get; set; }
    }

    private sealed class Row
    {
        public int Number { get; set; }

        public string Image { get; set; } = "";

        public float[] Values { get; set; } = [];

        public float Sum { get; set; }
    }

    private sealed class Counter
    {
        public int Count { get; set; }
    }
}
