using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Columns;

namespace MLNet.VisionLanguage.Persistence;

/// <summary>
/// Builds the chain of ML.NET's own transformers that a component is saved as: constant key → MapValue(state text), then any number of
/// stages (copied columns, mappings that read the state, ONNX models), then DropColumns of all helper columns. Mappings have fixed
/// column names because ML.NET does not save schema definitions; copies lead from the user's names to them and back.
/// </summary>
internal sealed class StateChain
{
    /// <summary>The column with the state text, in every mapping's source class.</summary>
    public const string StateColumn = Column.HelperPrefix + "state";

    /// <summary>How many transformers at the head of a chain bring the state column, whatever columns the data has.</summary>
    private const int HeadLength = 2;

    private readonly TransformsCatalog _catalog;
    private readonly HashSet<string> _helpers = new(StringComparer.Ordinal);
    private EstimatorChain<ITransformer> _chain = new();

    /// <param name="catalog">The catalog the built-ins come from.</param>
    /// <param name="state">The component's state, by which a saved chain is recognised.</param>
    public StateChain(TransformsCatalog catalog, string state)
    {
        _catalog = catalog;
        Map<NoColumns, ConstantKey>(ConstantKeyFactory.Map, ConstantKeyFactory.Contract);
        State(state);
    }

    /// <summary>Sets the text that the mappings after this read; valid UTF-16 (a lone surrogate would not survive saving).</summary>
    public StateChain State(string state) => Append(
        _catalog.Conversion.MapValue(StateColumn, new[] { KeyValuePair.Create(ConstantKeyFactory.Value, state) }, ConstantKey.ColumnName),
        StateColumn);

    /// <summary>Copies columns.</summary>
    /// <param name="to">The new names.</param>
    /// <param name="from">The columns.</param>
    public StateChain Copy(IEnumerable<string> to, IEnumerable<string> from)
    {
        foreach (var (output, input) in to.Zip(from)) Append(_catalog.CopyColumns(output, input), output);
        return this;
    }

    /// <summary>Copies a column.</summary>
    public StateChain Copy(string to, string from) => Copy([to], [from]);

    /// <summary>Copies the columns of a group from the mappings' names to the user's.</summary>
    public StateChain CopyOut(ColumnGroup group, ColumnNames names) =>
        Copy(names.Of(group), group.Columns.Select(column => column.HelperName));

    /// <summary>Adds a mapping.</summary>
    /// <param name="map">The mapping; it must be the delegate that the factory of <paramref name="contract"/> returns.</param>
    /// <param name="contract">The name in the factory's <c>CustomMappingFactoryAttribute</c>.</param>
    /// <param name="source">Overrides the types of the source columns, where ML.NET compares them by reference (images).</param>
    /// <param name="destination">Annotates the columns made; ML.NET saves no annotations, so a loaded chain has none.</param>
    public StateChain Map<TSource, TDestination>(
        Action<TSource, TDestination> map, string contract, SchemaDefinition? source = null, SchemaDefinition? destination = null)
        where TSource : class, new()
        where TDestination : class, new() => Append(
        _catalog.CustomMapping(map, contract, source, destination),
        [.. SchemaDefinition.Create(typeof(TDestination), SchemaDefinition.Direction.Write).Select(column => column.ColumnName)]);

    /// <summary>Adds any other stage.</summary>
    /// <param name="stage">The stage.</param>
    /// <param name="outputs">The columns it makes; helpers among them are dropped at the end.</param>
    public StateChain Append(IEstimator<ITransformer> stage, params IEnumerable<string> outputs)
    {
        _chain = _chain.Append(stage);
        _helpers.UnionWith(outputs.Where(name => name.StartsWith(Column.HelperPrefix, StringComparison.Ordinal)));
        return this;
    }

    /// <summary>The whole chain.</summary>
    public EstimatorChain<ITransformer> Build() => _chain.Append<ITransformer>(_catalog.DropColumns([.. _helpers]));

    /// <summary>Reads the state text back from a loaded transformer; null when that is no chain of this library.</summary>
    public static string? ReadState(MLContext mlContext, ITransformer candidate)
    {
        if (candidate is not IEnumerable<ITransformer> chain) return null;
        var head = chain.Take(HeadLength).ToList();
        if (head is not [CustomMappingTransformer<NoColumns, ConstantKey>, _]) return null;
        var row = mlContext.Data.LoadFromEnumerable([new ConstantKey()]);
        foreach (var part in head) row = part.Transform(row);
        return row.Schema.GetColumnOrNull(StateColumn) is null ? null : row.GetColumn<string>(StateColumn).Single();
    }
}
