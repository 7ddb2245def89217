using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;

namespace MLNet.VisionLanguage.Metrics;

/// <summary>Reads columns of scored rows, row by row, for a metric.</summary>
/// <param name="component">What messages call the metric.</param>
/// <param name="scored">The rows.</param>
internal sealed class ScoredRows(string component, IDataView scored)
{
    private readonly List<DataViewSchema.Column> _columns = [];
    private readonly List<Action<DataViewRow>> _open = [];
    private long _position;

    /// <summary>A text, a key's text, a number or a truth as text; a row without is an error.</summary>
    /// <param name="name">The column.</param>
    /// <param name="names">What a number counts from 0.</param>
    public Func<string> Name(string name, IReadOnlyList<string>? names = null)
    {
        var read = Add(LabelNames.Find(component, scored.Schema, name), (row, column) => LabelNames.Reader(row, column, names ?? []));
        return () => read() is { Length: > 0 } text ? text : throw Error($"column '{name}' has no value");
    }

    /// <summary>The texts that a key column's numbers stand for; none for other columns.</summary>
    public IReadOnlyList<string> KeyTexts(string name)
    {
        var column = LabelNames.Find(component, scored.Schema, name);
        return column.Type is KeyDataViewType ? LabelTexts.KeyTexts(column) : [];
    }

    /// <summary>Several texts or keys a row.</summary>
    public Func<string[]> Texts(string name) => Add(LabelTexts.Find(component, scored.Schema, name), LabelTexts.Reader);

    /// <summary>Numbers of a row.</summary>
    /// <param name="name">The column, Vector of Single.</param>
    /// <param name="multiple">Of which their count must be a multiple.</param>
    public Func<float[]> Numbers(string name, int multiple = 1)
    {
        ColumnRequirement.Vector<float>(component, name).Check(scored.Schema);
        var read = Add<float[]>(scored.Schema[name], (row, column) =>
        {
            var getter = row.GetGetter<VBuffer<float>>(column);
            VBuffer<float> value = default;
            return () =>
            {
                getter(ref value);
                return value.DenseValues().ToArray();
            };
        });
        return () => read() is var numbers && numbers.Length % multiple == 0
            ? numbers
            : throw Error($"column '{name}' has {numbers.Length} numbers; a multiple of {multiple} is expected");
    }

    /// <summary>A score: a Single, or the first of several.</summary>
    public Func<float> Score(string name)
    {
        ColumnRequirement.Any(component, name).Check(scored.Schema);
        if (scored.Schema[name].Type is VectorDataViewType)
        {
            var numbers = Numbers(name);
            return () => numbers() is [var first, ..] ? first : throw Error($"column '{name}' is empty");
        }

        ColumnRequirement.Scalar<float>(component, name).Check(scored.Schema);
        return Add<float>(scored.Schema[name], (row, column) =>
        {
            var getter = row.GetGetter<float>(column);
            var value = 0f;
            return () =>
            {
                getter(ref value);
                return value;
            };
        });
    }

    /// <summary>Calls an action for every row; what the columns' functions give is that row's.</summary>
    /// <returns>The number of rows.</returns>
    /// <exception cref="ArgumentException">There are none.</exception>
    public long ForEach(Action action)
    {
        var count = 0L;
        using var cursor = scored.GetRowCursor(_columns.DistinctBy(column => column.Index));
        foreach (var open in _open) open(cursor);
        for (; cursor.MoveNext(); count++)
        {
            _position = cursor.Position;
            action();
        }

        return count > 0 ? count : throw new ArgumentException($"{component}: there are no rows to measure.", nameof(scored));
    }

    /// <summary>What is wrong with the current row.</summary>
    public InvalidOperationException Error(string problem) => new($"{component}: row {_position}: {problem}.");

    private Func<T> Add<T>(DataViewSchema.Column column, Func<DataViewRow, DataViewSchema.Column, Func<T>> open)
    {
        Func<T>? read = null;
        _columns.Add(column);
        _open.Add(row => read = open(row, column));
        return () => read!();
    }
}
