#nullable disable

namespace Microsoft.ML.Data;

/// <summary>Reads one column as a sequence.</summary>
public static class ColumnCursorExtensions
{
    public static IEnumerable<T> GetColumn<T>(this IDataView data, string columnName) => GetColumn<T>(data, data.Schema[columnName]);

    /// <summary>Values of the column's own type; text also as string; vectors also as arrays of their own.</summary>
    public static IEnumerable<T> GetColumn<T>(this IDataView data, DataViewSchema.Column column)
    {
        Guard.NotNull(data);
        Guard.Param(!string.IsNullOrEmpty(column.Name), nameof(column));
        Guard.Param(
            data.Schema[column.Index].Name == column.Name && data.Schema[column.Index].Type == column.Type,
            nameof(column),
            $"The view has no column '{column.Name}' of type {column.Type} at {column.Index}.");

        var item = typeof(T).GetElementType();
        if (column.Type.RawType == typeof(T))
            return Values<T, T>(data, column, value => value);
        if (typeof(T) == typeof(string) && column.Type is TextDataViewType)
            return (IEnumerable<T>)Values<ReadOnlyMemory<char>, string>(data, column, text => text.ToString());
        if (typeof(T).IsArray && column.Type is VectorDataViewType vector)
        {
            if (item == vector.ItemType.RawType)
            {
                Func<IDataView, DataViewSchema.Column, IEnumerable<int[]>> arrays = Arrays<int>;
                return (IEnumerable<T>)Generic.Call(arrays, item, data, column);
            }

            if (item == typeof(string) && vector.ItemType is TextDataViewType)
                return (IEnumerable<T>)Values<VBuffer<ReadOnlyMemory<char>>, string[]>(data, column, Texts);
        }

        throw new ArgumentOutOfRangeException(nameof(column), $"Cannot map column '{column.Name}' of type {column.Type} to {typeof(T)}.");
    }

    private static IEnumerable<TItem[]> Arrays<TItem>(IDataView data, DataViewSchema.Column column)
        => Values<VBuffer<TItem>, TItem[]>(data, column, value => [.. value.DenseValues()]);

    private static string[] Texts(VBuffer<ReadOnlyMemory<char>> value)
    {
        // Slots without a value stay null.
        var texts = new string[value.Length];
        foreach (var (slot, text) in value.Items())
            texts[slot] = text.ToString();
        return texts;
    }

    private static IEnumerable<TResult> Values<TValue, TResult>(IDataView data, DataViewSchema.Column column, Func<TValue, TResult> convert)
    {
        using var cursor = data.GetRowCursor([column]);
        var getter = cursor.GetGetter<TValue>(column);
        TValue value = default;
        while (cursor.MoveNext())
        {
            getter(ref value);
            yield return convert(value);
        }
    }
}
