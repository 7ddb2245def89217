#nullable disable

namespace Microsoft.ML.Data;

/// <summary>The annotations that columns commonly have.</summary>
public static class SchemaAnnotationsExtensions
{
    private const string SlotNames = "SlotNames";
    private const string KeyValues = "KeyValues";
    private const string Normalized = "IsNormalized";

    /// <summary>True for a vector of known size with one text for each slot.</summary>
    public static bool HasSlotNames(this DataViewSchema.Column column)
        => column.Type is VectorDataViewType { Size: > 0 } vector
            && column.Annotations.Schema.GetColumnOrNull(SlotNames)?.Type is VectorDataViewType { ItemType: TextDataViewType } names
            && names.Size == vector.Size;

    public static void GetSlotNames(this DataViewSchema.Column column, ref VBuffer<ReadOnlyMemory<char>> slotNames)
        => column.Annotations.GetValue(SlotNames, ref slotNames);

    /// <summary>True for keys, or vectors of them, with one value of that type, text if none is named, for each key.</summary>
    public static bool HasKeyValues(this DataViewSchema.Column column, PrimitiveDataViewType keyValueItemType = null)
        => ColumnTypes.ItemTypeOf(column.Type) is KeyDataViewType key
            && column.Annotations.Schema.GetColumnOrNull(KeyValues)?.Type is VectorDataViewType values
            && (ulong)values.Size == key.Count
            && (keyValueItemType ?? TextDataViewType.Instance).Equals(values.ItemType);

    public static void GetKeyValues<TValue>(this DataViewSchema.Column column, ref VBuffer<TValue> keyValues)
        => column.Annotations.GetValue(KeyValues, ref keyValues);

    public static bool IsNormalized(this DataViewSchema.Column column)
    {
        if (column.Annotations.Schema.GetColumnOrNull(Normalized)?.Type is not BooleanDataViewType)
            return false;
        var value = false;
        column.Annotations.GetValue(Normalized, ref value);
        return value;
    }
}
