using Microsoft.ML;
using Microsoft.ML.Data;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Platform;

/// <summary>Mapped rows are computed by worker threads, ahead of the reader; what that means for mappings and their errors.</summary>
public sealed class ParallelRowTests
{
    private const int Rows = 1000;

    private readonly MLContext _ml = new(seed: 1);

    [Fact]
    public void Rows_keep_their_order_and_ids()
    {
        var source = Numbers();
        var mapped = Doubling().Append(_ml.Transforms.CopyColumns("Copy", "Doubled")).Fit(source).Transform(source);
        Assert.Equal(Enumerable.Range(0, Rows).Select(i => 2L * i), mapped.GetColumn<long>("Copy"));
        Assert.Equal(IdsOf(source), IdsOf(mapped));
    }

    [Fact]
    public void Mappings_run_on_several_threads_at_once()
    {
        var source = Numbers();
        using var another = new ManualResetEventSlim();
        var (calls, concurrent) = (0, false);
        var mapped = _ml.Transforms.CustomMapping<Number, Doubled>(
            (number, doubled) =>
            {
                // The first call ends only after another has begun.
                if (Interlocked.Increment(ref calls) == 1)
                    concurrent = another.Wait(TimeSpan.FromSeconds(30));
                else
                    another.Set();
                doubled.Value = 2 * number.Value;
            },
            null).Fit(source).Transform(source);
        Assert.Equal(Rows, mapped.GetColumn<long>("Doubled").Count());
        Assert.True(concurrent);
    }

    [Fact]
    public void Errors_of_rows_are_inner_exceptions()
    {
        var source = Numbers();
        var mapped = _ml.Transforms.CustomMapping<Number, Doubled>(
            (number, doubled) => doubled.Value = number.Value == 7 ? throw new FormatException("Seven.") : 2 * number.Value,
            null).Fit(source).Transform(source);
        var error = Assert.Throws<InvalidOperationException>(() => mapped.GetColumn<long>("Doubled").Count());
        Assert.Contains("worker encountered exception", error.Message);
        Assert.Equal("Seven.", Assert.IsType<FormatException>(error.InnerException).Message);

        // Columns that the mapping does not make, and predictions, are read directly.
        Assert.Equal(Rows, mapped.GetColumn<long>("Number").Count());
        using var engine = _ml.Model.CreatePredictionEngine<Number, Doubled>(_ml.Transforms.CustomMapping<Number, Doubled>(
            (number, doubled) => throw new FormatException("Never."), null).Fit(source));
        Assert.Equal("Never.", Assert.Throws<FormatException>(() => engine.Predict(new Number())).Message);
    }

    private IEstimator<ITransformer> Doubling() => _ml.Transforms.CustomMapping<Number, Doubled>(
        (number, doubled) => doubled.Value = 2 * number.Value, null);

    private IDataView Numbers() => _ml.Data.LoadFromEnumerable(Enumerable.Range(0, Rows).Select(i => new Number { Value = i }).ToArray());

    private static List<DataViewRowId> IdsOf(IDataView view)
    {
        var ids = new List<DataViewRowId>();
        using var cursor = view.GetRowCursor(view.Schema);
        var getter = cursor.GetIdGetter();
        while (cursor.MoveNext())
        {
            DataViewRowId id = default;
            getter(ref id);
            ids.Add(id);
        }

        return ids;
    }

    private sealed class Number
    {
        [ColumnName("Number")]
        public long Value { get; set; }
    }

    private sealed class Doubled
    {
        [ColumnName("Doubled")]
        public long Value { get; set; }
    }
}
