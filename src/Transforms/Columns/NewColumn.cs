using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Columns;

/// <summary>Reads no column at all, so a mapping from it runs on any view.</summary>
internal sealed class NoColumns
{
}

/// <summary>
/// Columns for schemas. A third party cannot make a column of a schema shape, but a mapping that has the column as its output tells its
/// own shape.
/// </summary>
internal static class NewColumn
{
    public const string SlotNames = "SlotNames";
    public const string KeyValues = "KeyValues";

    /// <summary>An estimator that adds a column of empty values; it cannot be saved.</summary>
    /// <param name="catalog">The catalog of the built-ins.</param>
    /// <param name="name">The column's name.</param>
    /// <param name="type">Its type, whose values are <typeparamref name="T"/>.</param>
    /// <param name="annotation">A list of texts it is to have, see <see cref="SlotNames"/>; the texts themselves are in no shape.</param>
    public static IEstimator<ITransformer> Create<T>(TransformsCatalog catalog, string name, DataViewType type, string? annotation = null)
    {
        var definition = SchemaDefinition.Create(typeof(Box<T>), SchemaDefinition.Direction.Write);
        var column = definition[nameof(Box<T>.Value)];
        column.ColumnName = name;
        column.ColumnType = type;
        if (annotation is not null)
        {
            VBuffer<ReadOnlyMemory<char>> text = new(1, [ReadOnlyMemory<char>.Empty]);
            column.AddAnnotation(annotation, text, new VectorDataViewType(TextDataViewType.Instance, 1));
        }

        return catalog.CustomMapping<NoColumns, Box<T>>(
            (_, _) => { }, contractName: null, inputSchemaDefinition: null, outputSchemaDefinition: definition);
    }

    private sealed class Box<T>
    {
        public T Value { get; set; } = default!;
    }
}
