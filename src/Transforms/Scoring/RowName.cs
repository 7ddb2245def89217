using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>What messages call a row: its position, and the id that the data gives it.</summary>
internal static class RowName
{
    /// <summary>The usual column of ids.</summary>
    public const string Column = "QuestionId";

    /// <summary>The column of ids in a schema, if it has one: a text, a number or a key.</summary>
    public static DataViewSchema.Column? Find(DataViewSchema schema, string? name) =>
        name is not null && schema.GetColumnOrNull(name) is { Type: PrimitiveDataViewType } column ? column : null;

    /// <summary>"row 3 (QuestionId 17)".</summary>
    /// <param name="window">The rows; holds the column of ids, if there is one.</param>
    /// <param name="slot">Which of them.</param>
    /// <param name="ids">The column of ids.</param>
    public static string Of(RowWindow window, int slot, DataViewSchema.Column? ids) => Of(window.Position(slot), window, slot, ids);

    /// <summary>The same with a number of its own.</summary>
    public static string Of(long position, RowWindow window, int slot, DataViewSchema.Column? ids) =>
        ids is { } column && window[column.Index] is { } held ? $"row {position} ({column.Name} {held.Text(slot)})" : $"row {position}";
}
