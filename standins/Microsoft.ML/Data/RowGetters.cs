#nullable disable

namespace Microsoft.ML.Data;

internal static class RowGetters
{
    /// <summary>The getter with the asked value type, which must be the column's exactly.</summary>
    public static ValueGetter<TValue> Bind<TValue>(Delegate getter, DataViewSchema.Column column)
        => getter as ValueGetter<TValue> ?? throw new InvalidOperationException(
            $"Column '{column.Name}' of type {column.Type} has values of {column.Type.RawType}, not {typeof(TValue)}.");

    /// <summary>The row's getter as a delegate of the column's own value type.</summary>
    public static Delegate Of(DataViewRow row, DataViewSchema.Column column)
        => (Delegate)Generic.Call((Func<DataViewRow, DataViewSchema.Column, Delegate>)Typed<int>, column.Type.RawType, row, column);

    private static Delegate Typed<TValue>(DataViewRow row, DataViewSchema.Column column) => row.GetGetter<TValue>(column);
}
