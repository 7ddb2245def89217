using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Columns;

/// <summary>What a component expects of one input column, checked before any row is read so that the message names the column.</summary>
internal sealed class ColumnRequirement
{
    private readonly Type _rawItemType;
    private readonly bool _isVector;
    private readonly int? _length;

    private ColumnRequirement(string component, string column, Type rawItemType, bool isVector, int? length)
    {
        ArgumentException.ThrowIfNullOrEmpty(column);
        Component = component;
        Column = column;
        _rawItemType = rawItemType;
        _isVector = isVector;
        _length = length;
    }

    public string Component { get; }

    public string Column { get; }

    public static ColumnRequirement Text(string component, string column) =>
        new(component, column, typeof(ReadOnlyMemory<char>), isVector: false, length: null);

    public static ColumnRequirement Scalar<T>(string component, string column) =>
        new(component, column, typeof(T), isVector: false, length: null);

    /// <summary>A vector of any size, or of <paramref name="length"/> values when given (a size known only at run time passes).</summary>
    public static ColumnRequirement Vector<T>(string component, string column, int? length = null) =>
        new(component, column, typeof(T), isVector: true, length);

    /// <exception cref="ArgumentException">The column is missing or of another type.</exception>
    public void Check(DataViewSchema schema)
    {
        if (schema.GetColumnOrNull(Column) is not { } found) throw Missing(schema.Where(c => !c.IsHidden).Select(c => c.Name));
        var vector = found.Type as VectorDataViewType;
        var item = vector?.ItemType ?? found.Type;
        var isKey = item is KeyDataViewType;
        if (!Fits(vector is not null, item.RawType, isKey) || (_length is { } length && vector!.IsKnownSize && vector.Size != length))
            throw Wrong(Describe(vector is not null, item.RawType, isKey, vector is { IsKnownSize: true } ? vector.Size : null));
    }

    /// <exception cref="ArgumentException">The column is missing or of another type.</exception>
    public void Check(SchemaShape schema)
    {
        foreach (var found in schema)
        {
            if (found.Name != Column) continue;
            var isVector = found.Kind != SchemaShape.Column.VectorKind.Scalar;
            if (!Fits(isVector, found.ItemType.RawType, found.IsKey))
                throw Wrong(Describe(isVector, found.ItemType.RawType, found.IsKey, null));
            return;
        }

        throw Missing(schema.Select(c => c.Name));
    }

    private bool Fits(bool isVector, Type rawItemType, bool isKey) => isVector == _isVector && rawItemType == _rawItemType && !isKey;

    private ArgumentException Missing(IEnumerable<string> present) => new(
        $"{Component}: there is no column '{Column}' in the input; a column of type {Describe(_isVector, _rawItemType, false, _length)} is expected." +
        $" The columns are: {string.Join(", ", present)}.", "inputSchema");

    private ArgumentException Wrong(string found) => new(
        $"{Component}: column '{Column}' must be of type {Describe(_isVector, _rawItemType, false, _length)} but is {found}.", "inputSchema");

    private static string Describe(bool isVector, Type rawItemType, bool isKey, int? length)
    {
        var item = rawItemType == typeof(ReadOnlyMemory<char>) ? "Text" : rawItemType == typeof(MLImage) ? "Image" : rawItemType.Name;
        if (isKey) item = $"Key<{item}>";
        return !isVector ? item : length is null ? $"Vector<{item}>" : $"Vector<{item}, {length}>";
    }
}
