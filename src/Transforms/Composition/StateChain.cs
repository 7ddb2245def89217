using System.Diagnostics.CodeAnalysis;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Transforms;

namespace MLNet.VisionLanguage.Composition;

/// <summary>
/// Builds the chain of built-ins that carries a component's state in the model file:
/// constant key → MapValue(state text) → CopyColumns (user's names to the mapping's) → CustomMapping → CopyColumns (back) → DropColumns.
/// The mapping's classes have fixed column names because ML.NET does not save schema definitions.
/// </summary>
internal static class StateChain
{
    /// <summary>How many transformers at the head of a chain bring the state column, whatever columns the data has.</summary>
    private const int HeadLength = 2;

    /// <summary>Composes the chain.</summary>
    /// <param name="catalog">The catalog the built-ins come from.</param>
    /// <param name="state">The state text; it must be valid UTF-16 (a lone surrogate would not survive saving).</param>
    /// <param name="stateColumn">The column name of the state in <typeparamref name="TSource"/>.</param>
    /// <param name="map">The mapping; it must be the delegate that the factory of <paramref name="contract"/> returns.</param>
    /// <param name="contract">The name in the factory's <c>CustomMappingFactoryAttribute</c>.</param>
    /// <param name="inputs">Pairs of the mapping's source column and the user's column.</param>
    /// <param name="outputs">Pairs of the mapping's destination column and the user's column.</param>
    /// <param name="source">Overrides the types of the source columns, where ML.NET compares them by reference (images).</param>
    public static EstimatorChain<ITransformer> Create<TSource, TDestination>(
        TransformsCatalog catalog,
        string state,
        string stateColumn,
        Action<TSource, TDestination> map,
        string contract,
        IReadOnlyList<(string Inner, string Column)> inputs,
        IReadOnlyList<(string Inner, string Column)> outputs,
        SchemaDefinition? source = null)
        where TSource : class, new()
        where TDestination : class, new()
    {
        var chain = new EstimatorChain<ITransformer>()
            .Append<ITransformer>(catalog.CustomMapping<NoColumns, ConstantKey>(ConstantKeyFactory.Map, ConstantKeyFactory.Contract))
            .Append<ITransformer>(catalog.Conversion.MapValue(
                stateColumn, new[] { KeyValuePair.Create(ConstantKeyFactory.Value, state) }, ConstantKey.ColumnName));
        foreach (var (inner, column) in inputs)
            chain = chain.Append<ITransformer>(catalog.CopyColumns(inner, column));
        chain = chain.Append<ITransformer>(catalog.CustomMapping(map, contract, source));
        foreach (var (inner, column) in outputs)
            chain = chain.Append<ITransformer>(catalog.CopyColumns(column, inner));
        string[] helpers = [ConstantKey.ColumnName, stateColumn, .. inputs.Select(i => i.Inner), .. outputs.Select(o => o.Inner)];
        return chain.Append<ITransformer>(catalog.DropColumns(helpers));
    }

    /// <summary>
    /// Reads the state text back from a loaded transformer, if that is a chain around the mapping from <typeparamref name="TSource"/>
    /// to <typeparamref name="TDestination"/>.
    /// </summary>
    public static bool TryRead<TSource, TDestination>(
        MLContext mlContext, ITransformer candidate, string stateColumn, [NotNullWhen(true)] out string? state)
        where TSource : class, new()
        where TDestination : class, new()
    {
        state = null;
        if (candidate is not IEnumerable<ITransformer> chain)
            return false;
        var parts = chain.ToList();
        if (parts.Count <= HeadLength || !parts.Any(p => p is CustomMappingTransformer<TSource, TDestination>))
            return false;
        var row = mlContext.Data.LoadFromEnumerable([new ConstantKey()]);
        foreach (var part in parts.Take(HeadLength))
            row = part.Transform(row);
        state = row.GetColumn<string>(stateColumn).Single();
        return true;
    }
}
