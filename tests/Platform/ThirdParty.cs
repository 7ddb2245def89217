using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Tests.Platform;

/// <summary>A transformer from outside of ML.NET that means the same as a chain of built-ins and saves as that chain.</summary>
internal sealed class DelegatingTransformer(ITransformer inner) : ITransformer, IDisposable
{
    public int Disposals { get; private set; }

    public bool IsRowToRowMapper => inner.IsRowToRowMapper;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inner.GetOutputSchema(inputSchema);

    public IDataView Transform(IDataView input) => inner.Transform(input);

    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => inner.GetRowToRowMapper(inputSchema);

    public void Save(ModelSaveContext ctx) => inner.Save(ctx);

    public void Dispose() => Disposals++;
}

internal sealed class DelegatingEstimator(IEstimator<ITransformer> inner) : IEstimator<DelegatingTransformer>
{
    public DelegatingTransformer Fit(IDataView input) => new(inner.Fit(input));

    public SchemaShape GetOutputSchema(SchemaShape inputSchema) => inner.GetOutputSchema(inputSchema);
}

/// <summary>A transformer that writes nothing.</summary>
internal sealed class SilentTransformer : ITransformer
{
    public bool IsRowToRowMapper => false;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => inputSchema;

    public IDataView Transform(IDataView input) => input;

    public IRowToRowMapper GetRowToRowMapper(DataViewSchema inputSchema) => throw new NotSupportedException();

    public void Save(ModelSaveContext ctx)
    {
    }
}
