using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage;

/// <summary>Base of the estimators that make a <see cref="DelegatingTransformer"/> and learn nothing from the data.</summary>
/// <typeparam name="TTransformer">The transformer.</typeparam>
public abstract class DelegatingEstimator<TTransformer> : IEstimator<TTransformer>
    where TTransformer : DelegatingTransformer
{
    private readonly IReadOnlyList<ColumnRequirement> _requirements;

    private protected DelegatingEstimator(IReadOnlyList<ColumnRequirement> requirements) => _requirements = requirements;

    /// <summary>Checks the columns and makes the transformer.</summary>
    /// <param name="input">Data with the input columns.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    public virtual TTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        foreach (var requirement in _requirements) requirement.Check(input.Schema);
        return Fit(input, column => input.Schema[column].Type);
    }

    /// <summary>The schema after the transformer.</summary>
    /// <param name="inputSchema">The schema before it.</param>
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        foreach (var requirement in _requirements) requirement.Check(inputSchema);
        return Chain(column => inputSchema.First(found => found.Name == column).ItemType).Build().GetOutputSchema(inputSchema);
    }

    /// <summary>The chain that defines the transformer.</summary>
    /// <param name="typeOf">The item type of an input column.</param>
    private protected abstract StateChain Chain(Func<string, DataViewType> typeOf);

    /// <summary>
    /// Fits a chain of its own to data that has the columns, so that disposing the result leaves the estimator and other results alone.
    /// </summary>
    private protected abstract TTransformer Fit(IDataView input, Func<string, DataViewType> typeOf);
}
