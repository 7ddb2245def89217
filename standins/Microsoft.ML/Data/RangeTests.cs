#nullable disable

namespace Microsoft.ML.Data;

/// <summary>Row tests for RowFilterView: is a column's number in a range, is a value missing.</summary>
internal static class RangeTests
{
    /// <summary>Single and Double columns as they are; key k of n as (k - 0.5) / n, a missing key being in no range.</summary>
    public static bool HasNumbers(DataViewType type)
        => type == NumberDataViewType.Single || type == NumberDataViewType.Double || type is KeyDataViewType;

    public static IDataView Filter(IDataView source, DataViewSchema.Column column, Func<double, bool> accepts)
        => new RowFilterView(source, [column], cursor => Accepts(Number(cursor, column), accepts), ordered: false);

    public static IDataView WithoutMissing(IDataView source, DataViewSchema.Column[] columns)
        => new RowFilterView(source, columns, cursor => None([.. columns.Select(column => IsMissing(cursor, column))]), ordered: false);

    /// <summary>NaN where there is none.</summary>
    public static Func<double> Number(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is KeyDataViewType key)
            return Key(Unsigned(row, column), key.Count);
        return column.Type == NumberDataViewType.Single
            ? Read<float, double>(row, column, value => value)
            : Read<double, double>(row, column, value => value);
    }

    private static Func<double> Key(Func<ulong> read, ulong count)
        => () => read() is var key && key > 0 && key <= count ? ((uint)key - 0.5) / count : double.NaN;

    private static Func<ulong> Unsigned(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type.RawType == typeof(byte))
            return Read<byte, ulong>(row, column, value => value);
        if (column.Type.RawType == typeof(ushort))
            return Read<ushort, ulong>(row, column, value => value);
        if (column.Type.RawType == typeof(uint))
            return Read<uint, ulong>(row, column, value => value);
        return Read<ulong, ulong>(row, column, value => value);
    }

    private static Func<TResult> Read<TValue, TResult>(DataViewRow row, DataViewSchema.Column column, Func<TValue, TResult> convert)
    {
        var getter = row.GetGetter<TValue>(column);
        TValue value = default;
        return () =>
        {
            getter(ref value);
            return convert(value);
        };
    }

    private static Func<bool> Accepts(Func<double> number, Func<double, bool> accepts)
        => () => number() is var value && !double.IsNaN(value) && accepts(value);

    private static Func<bool> None(Func<bool>[] tests) => () => !tests.Any(test => test());

    private static Func<bool> IsMissing(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is not VectorDataViewType vector)
        {
            var number = Number(row, column);
            return () => double.IsNaN(number());
        }

        if (vector.ItemType == NumberDataViewType.Single)
            return Read<VBuffer<float>, bool>(row, column, values => HasNaN(values.GetValues()));
        if (vector.ItemType == NumberDataViewType.Double)
            return Read<VBuffer<double>, bool>(row, column, values => HasNaN(values.GetValues()));
        Func<DataViewRow, DataViewSchema.Column, Func<bool>> sample = HasZero<int>;
        return (Func<bool>)Generic.Call(sample, vector.ItemType.RawType, row, column);
    }

    private static bool HasNaN<TValue>(ReadOnlySpan<TValue> values)
        where TValue : System.Numerics.IFloatingPoint<TValue>
    {
        foreach (var value in values)
        {
            if (TValue.IsNaN(value))
                return true;
        }

        return false;
    }

    private static Func<bool> HasZero<TValue>(DataViewRow row, DataViewSchema.Column column)
        => Read<VBuffer<TValue>, bool>(row, column, values => values.DenseValues().Contains(default));
}
