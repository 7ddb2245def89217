using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage;

/// <summary>
/// Base of the transformers that are defined by an inner chain of ML.NET's own transformers. Saving hands the inner chain to
/// ML.NET, so a model with such a transformer is one zip that plain <c>mlContext.Model.Load</c> opens anywhere.
/// </summary>
public abstract class DelegatingTransformer : ITransformer, IDisposable
{
    private readonly IReadOnlyList<ColumnRequirement> _requirements;
    private volatile bool _disposed;

    private protected DelegatingTransformer(ITransformer inner, params IReadOnlyList<ColumnRequirement> requirements)
    {
        ArgumentNullException.ThrowIfNull(inner);
        Inner = inner;
        _requirements = requirements;
    }

    /// <summary>The transformer that defines what this one does and how it is saved.</summary>
    internal ITransformer Inner { get; }

    bool ITransformer.IsRowToRowMapper => Inner.IsRowToRowMapper;

    /// <summary>The schema after this transformer.</summary>
    /// <param name="inputSchema">The schema before it.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    /// <exception cref="ObjectDisposedException">The transformer, or a prediction engine that owned it, was disposed.</exception>
    public virtual DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        ThrowIfDisposed();
        CheckInput(inputSchema);
        return Inner.GetOutputSchema(inputSchema);
    }

    /// <summary>Adds the output columns to <paramref name="input"/>; the work is done when rows are read.</summary>
    /// <param name="input">The data to transform.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    /// <exception cref="ObjectDisposedException">The transformer, or a prediction engine that owned it, was disposed.</exception>
    public virtual IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        ThrowIfDisposed();
        CheckInput(input.Schema);
        return new GuardedView(Inner.Transform(input), ThrowIfDisposed, RowsRead, Explain(input));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        ThrowIfDisposed();
        CheckInput(inputSchema);
        return CreateRowMapper(inputSchema);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ThrowIfDisposed();
        ((ICanSaveModel)Inner).Save(ctx);
    }

    /// <summary>
    /// Frees what the inner transformers hold (native sessions, files). Whatever uses the transformer afterwards, views and prediction
    /// engines made before included, gets an <see cref="ObjectDisposedException"/>.
    /// </summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    private protected virtual void Dispose(bool disposing) => (Inner as IDisposable)?.Dispose();

    /// <summary>Throws when the schema lacks what the transformer reads; the inner chain's own messages name helper columns.</summary>
    private protected virtual void CheckInput(DataViewSchema inputSchema)
    {
        foreach (var requirement in _requirements) requirement.Check(inputSchema);
    }

    private protected virtual IRowToRowMapper CreateRowMapper(DataViewSchema inputSchema) =>
        new GuardedMapper(Inner.GetRowToRowMapper(inputSchema), ThrowIfDisposed, RowsRead);

    /// <summary>Called when a view, or a value of a single row, has been read.</summary>
    private protected virtual void RowsRead()
    {
    }

    /// <summary>Gives the errors of a view's rows in better words, see <see cref="GuardedView"/>.</summary>
    private protected virtual Func<Exception, Exception?>? Explain(IDataView input) => null;

    private protected void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);
}
