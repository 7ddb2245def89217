using System.Collections;
using Microsoft.ML;

namespace MLNet.VisionLanguage;

/// <summary>
/// The rows of a data set. Formats of lines and long lists are read from their files while rows are asked for, anew by each enumeration
/// and each pass over the view, so that no file need fit into memory.
/// </summary>
/// <typeparam name="TRow">The class whose properties are the columns.</typeparam>
public sealed class DatasetRows<TRow> : IEnumerable<TRow>
    where TRow : class
{
    private readonly IEnumerable<TRow> _rows;

    /// <param name="rows">Can be enumerated again and again.</param>
    internal DatasetRows(IEnumerable<TRow> rows) => _rows = rows;

    /// <summary>The rows as a data view with the row class's columns.</summary>
    /// <param name="mlContext">The context.</param>
    public IDataView ToDataView(MLContext mlContext)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        return mlContext.Data.LoadFromEnumerable(_rows);
    }

    /// <summary>Reads the rows. A bad row ends in an <see cref="InvalidDataException"/> that names its file and place.</summary>
    public IEnumerator<TRow> GetEnumerator() => _rows.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
