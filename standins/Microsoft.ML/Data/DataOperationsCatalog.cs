#nullable disable
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>Makes views of data and of other views; nothing is read before a cursor moves.</summary>
public sealed partial class DataOperationsCatalog
{
    private readonly IHostEnvironment _env;

    internal DataOperationsCatalog(IHostEnvironment env)
    {
        _env = env;
    }

    public IDataView LoadFromEnumerable<TRow>(IEnumerable<TRow> data, SchemaDefinition schemaDefinition = null)
        where TRow : class
    {
        Guard.NotNull(data);
        return new ObjectColumnsView<TRow>(data, ObjectColumns<TRow>.Create(schemaDefinition));
    }

    public IDataView LoadFromEnumerable<TRow>(IEnumerable<TRow> data, DataViewSchema schema)
        where TRow : class
    {
        Guard.NotNull(data);
        Guard.NotNull(schema);
        return new ObjectColumnsView<TRow>(data, ObjectColumns<TRow>.Create(schema));
    }

    public IEnumerable<TRow> CreateEnumerable<TRow>(
        IDataView data, bool reuseRowObject, bool ignoreMissingColumns = false, SchemaDefinition schemaDefinition = null)
        where TRow : class, new()
    {
        Guard.NotNull(data);
        return ReadRows(data, RowReader<TRow>.Bind(data.Schema, ignoreMissingColumns, schemaDefinition), reuseRowObject);
    }

    private static IEnumerable<TRow> ReadRows<TRow>(IDataView data, RowReader<TRow> reader, bool reuseRowObject)
        where TRow : class, new()
    {
        using var cursor = data.GetRowCursor(reader.Columns);
        var fill = reader.Open(cursor);
        var reused = reuseRowObject ? new TRow() : null;
        while (cursor.MoveNext())
        {
            var row = reused ?? new TRow();
            fill(row);
            yield return row;
        }
    }
}
