using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

public sealed class ColumnConcatenatingEstimator : IEstimator<ColumnConcatenatingTransformer>
{
    private readonly IHostEnvironment _env;
    private readonly string _output;
    private readonly string[] _inputs;

    internal ColumnConcatenatingEstimator(IHostEnvironment env, string outputColumnName, params string[] inputColumnNames)
    {
        Guard.NotEmpty(outputColumnName);
        Guard.NotNull(inputColumnNames);
        Guard.Param(inputColumnNames.Length > 0, nameof(inputColumnNames), "Input columns not specified");
        Guard.Param(!inputColumnNames.Any(string.IsNullOrEmpty), nameof(inputColumnNames), "Contained some null or empty items");
        _env = env;
        _output = outputColumnName;
        _inputs = inputColumnNames;
    }

    public ColumnConcatenatingTransformer Fit(IDataView input)
    {
        Guard.NotNull(input);
        return new ColumnConcatenatingTransformer(_env, _output, _inputs);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Guard.NotNull(inputSchema);
        var columns = new List<SchemaShape.Column>();
        foreach (var name in _inputs)
        {
            if (!inputSchema.TryFindColumn(name, out var column))
                throw SchemaErrors.MissingColumn(nameof(inputSchema), "input", name);
            Guard.State(!column.IsKey, $"Column '{name}' is key. Concatenation of keys is unsupported.");
            var expected = columns.Count > 0 ? columns[0].ItemType : column.ItemType;
            Guard.State(
                column.ItemType.Equals(expected),
                $"Concatenated columns should have the same type. Column '{name}' has type of {column.ItemType}, "
                + $"but expected column type is {expected}.");
            columns.Add(column);
        }

        var annotations = new List<SchemaShape.Column>();
        if (columns.All(c => c.Annotations.TryFindColumn("IsNormalized", out _)))
            annotations.Add(new("IsNormalized", SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance, false));
        if (columns.Any(c => c.Kind == SchemaShape.Column.VectorKind.Scalar || c.Annotations.TryFindColumn("SlotNames", out _)))
            annotations.Add(new("SlotNames", SchemaShape.Column.VectorKind.Vector, TextDataViewType.Instance, false));
        var kind = columns.Any(c => c.Kind == SchemaShape.Column.VectorKind.VariableVector)
            ? SchemaShape.Column.VectorKind.VariableVector
            : SchemaShape.Column.VectorKind.Vector;
        var result = inputSchema.ToDictionary(c => c.Name);
        result[_output] = new SchemaShape.Column(_output, kind, columns[0].ItemType, false, new SchemaShape(annotations));
        return new SchemaShape(result.Values);
    }
}
