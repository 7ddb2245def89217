using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Columns;

/// <summary>Reads labels the way ML.NET's users have them: Text, Key with texts as KeyValues, and vectors of either.</summary>
internal static class LabelTexts
{
    /// <summary>The column, checked.</summary>
    /// <param name="component">What messages call the reader.</param>
    /// <param name="schema">The schema.</param>
    /// <param name="name">The column.</param>
    /// <exception cref="ArgumentException">It is missing or of another type.</exception>
    public static DataViewSchema.Column Find(string component, DataViewSchema schema, string name)
    {
        ColumnRequirement.Any(component, name).Check(schema);
        var column = schema[name];
        if (IsText(column)) return column;
        var item = ItemOf(column);
        throw new ArgumentException(
            $"{component}: column '{name}' must be of type Text, Vector<Text>, or Key<UInt32> or Vector<Key<UInt32>> with texts as KeyValues, "
            + $"but is {column.Type}{(item is KeyDataViewType ? " without such KeyValues" : "")}.", nameof(schema));
    }

    /// <summary>Whether its labels are texts, or keys with texts.</summary>
    public static bool IsText(DataViewSchema.Column column) => ItemOf(column) is var item && (item is TextDataViewType
        || (item is KeyDataViewType && item.RawType == typeof(uint) && column.HasKeyValues(TextDataViewType.Instance)));

    /// <summary>Whether a row has a single label: its score needs no column.</summary>
    public static bool IsSingle(DataViewSchema.Column column) => column.Type is not VectorDataViewType;

    /// <summary>The column of the labels' scores; null when every label scores 1.</summary>
    /// <param name="component">What messages call the reader.</param>
    /// <param name="schema">The schema.</param>
    /// <param name="label">The column of labels.</param>
    /// <param name="name">The column of scores; may be missing where a row has a single label.</param>
    /// <exception cref="ArgumentException">It is missing or of another type.</exception>
    public static DataViewSchema.Column? FindScores(string component, DataViewSchema schema, DataViewSchema.Column label, string? name)
    {
        if (name is null || (IsSingle(label) && schema.GetColumnOrNull(name) is null)) return null;
        ColumnRequirement.Vector<float>(component, name).Check(schema);
        return schema[name];
    }

    /// <summary>
    /// Reads the labels of the row that is current when it is called; none where a key is missing, or a single text is empty.
    /// </summary>
    public static Func<string[]> Reader(DataViewRow row, DataViewSchema.Column column)
    {
        if (ItemOf(column) is TextDataViewType)
        {
            return IsSingle(column)
                ? Single<ReadOnlyMemory<char>>(row, column, text => text.IsEmpty ? null : text.ToString())
                : Several<ReadOnlyMemory<char>>(row, column, text => text.ToString());
        }

        var keys = KeyTexts(column);
        return IsSingle(column) ? Single<uint>(row, column, TextOf) : Several<uint>(row, column, TextOf);

        string? TextOf(uint key) => key == 0 || key > keys.Length ? null : keys[key - 1];
    }

    /// <summary>As <see cref="Reader"/>, with an empty text in the place of each label that is missing.</summary>
    public static Func<string[]> ReaderWithGaps(DataViewRow row, DataViewSchema.Column column)
    {
        if (ItemOf(column) is TextDataViewType) return Reader(row, column);
        var keys = KeyTexts(column);
        string TextOf(uint key) => key == 0 || key > keys.Length ? "" : keys[key - 1];
        return IsSingle(column) ? Single<uint>(row, column, TextOf) : Several<uint>(row, column, TextOf);
    }

    /// <summary>The texts that a key column's numbers from 1 stand for.</summary>
    public static string[] KeyTexts(DataViewSchema.Column column)
    {
        VBuffer<ReadOnlyMemory<char>> texts = default;
        column.GetKeyValues(ref texts);
        return [.. texts.DenseValues().Select(text => text.ToString())];
    }

    private static Func<string[]> Single<T>(DataViewRow row, DataViewSchema.Column column, Func<T, string?> textOf)
    {
        var getter = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return textOf(value) is { } text ? [text] : [];
        };
    }

    private static Func<string[]> Several<T>(DataViewRow row, DataViewSchema.Column column, Func<T, string?> textOf)
    {
        var getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> values = default;
        return () =>
        {
            getter(ref values);
            return [.. values.DenseValues().Select(textOf).OfType<string>()];
        };
    }

    private static DataViewType ItemOf(DataViewSchema.Column column) => column.Type is VectorDataViewType vector ? vector.ItemType : column.Type;
}
