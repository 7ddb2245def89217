using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: ModelLoader(ValueToKeyMappingTransformer.Signature, typeof(ValueToKeyMappingTransformer))]

namespace Microsoft.ML.Transforms;

internal sealed record ValueToKeyOptions(
    int MaximumNumberOfKeys, ValueToKeyMappingEstimator.KeyOrdinality Ordinality, bool AddKeyValueAnnotationsAsText);

public sealed class ValueToKeyMappingEstimator : IEstimator<ValueToKeyMappingTransformer>
{
    internal const int DefaultMaximumNumberOfKeys = 1000000;
    private readonly IHostEnvironment _env;
    private readonly (string Output, string Input)[] _columns;
    private readonly ValueToKeyOptions _options;
    private readonly IDataView _keyData;

    internal ValueToKeyMappingEstimator(
        IHostEnvironment env, (string Output, string Input)[] columns, ValueToKeyOptions options, IDataView keyData)
    {
        if (keyData != null && keyData.Schema.Count != 1)
        {
            throw new ArgumentOutOfRangeException(
                nameof(keyData),
                "If specified, this data view should contain only a single column containing the terms to map, "
                + $"but this had {keyData.Schema.Count} columns.");
        }

        _env = env;
        _columns = columns;
        _options = options;
        _keyData = keyData;
    }

    public enum KeyOrdinality : byte
    {
        ByOccurrence = 0,
        ByValue = 1,
    }

    public ValueToKeyMappingTransformer Fit(IDataView input)
    {
        Guard.NotNull(input);
        var terms = new List<TermList>();
        foreach (var (_, name) in _columns)
        {
            var column = input.Schema.GetColumnOrNull(name) ?? throw SchemaErrors.MissingColumn(nameof(input), "input", name);
            var itemType = ColumnTypes.ItemTypeOf(column.Type);
            var (view, source, limit) = _keyData == null
                ? (input, column, _options.MaximumNumberOfKeys)
                : (_keyData, _keyData.Schema[0], int.MaxValue);
            Guard.Param(limit > 0, nameof(_options.MaximumNumberOfKeys), "Must be positive");
            if (_keyData != null && !source.Type.Equals(itemType))
            {
                throw new ArgumentOutOfRangeException(
                    "keyData", $"Input data's column must be of type '{itemType}' but was '{source.Type}'");
            }

            terms.Add(TermList.Collect(view, source, limit, _options.Ordinality == KeyOrdinality.ByValue));
        }

        return new ValueToKeyMappingTransformer(_env, _columns, [.. terms], _options.AddKeyValueAnnotationsAsText);
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Guard.NotNull(inputSchema);
        var result = inputSchema.ToDictionary(c => c.Name);
        foreach (var (output, input) in _columns)
        {
            if (!inputSchema.TryFindColumn(input, out var column) || column.ItemType is not PrimitiveDataViewType)
                throw SchemaErrors.MissingColumn(nameof(inputSchema), "input", input);
            if (!column.IsKey || !column.Annotations.TryFindColumn("KeyValues", out var values)
                || values.Kind != SchemaShape.Column.VectorKind.Vector)
            {
                DataViewType type = _options.AddKeyValueAnnotationsAsText ? TextDataViewType.Instance : column.ItemType;
                values = new("KeyValues", SchemaShape.Column.VectorKind.Vector, type, column.IsKey);
            }

            var annotations = new SchemaShape(column.Annotations.Where(a => a.Name == "SlotNames").Append(values));
            result[output] = new SchemaShape.Column(output, column.Kind, NumberDataViewType.UInt32, true, annotations);
        }

        return new SchemaShape(result.Values);
    }
}

public sealed class ValueToKeyMappingTransformer : OneToOneTransformerBase
{
    internal const string Signature = "TermTransform";
    private const string TermsName = "Terms";
    private readonly TermList[] _terms;
    private readonly bool _asText;

    internal ValueToKeyMappingTransformer(
        IHostEnvironment env, (string outputColumnName, string inputColumnName)[] columns, TermList[] terms, bool asText)
        : base(env.Register("Term"), columns)
    {
        _terms = terms;
        _asText = asText;
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo("TERMTRNF", Signature, typeof(ValueToKeyMappingTransformer).Assembly);
        SaveColumns(ctx);
        ctx.Writer.Write(_asText);
        ctx.SaveBinaryStream(TermsName, stream =>
        {
            using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
            foreach (var terms in _terms)
                terms.WriteTo(writer);
        });
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private static ValueToKeyMappingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        var columns = LoadColumns(ctx);
        bool asText = ctx.Reader.ReadBoolean();
        TermList[] terms = null;
        bool found = ctx.TryLoadBinaryStream(TermsName, (stream, _) =>
        {
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            bytes.Position = 0;
            using var reader = new BinaryReader(bytes, Encoding.UTF8);
            terms = Array.ConvertAll(columns, _ => TermList.Read(reader));
        });
        return found
            ? new ValueToKeyMappingTransformer(env, columns, terms, asText)
            : throw new FormatException($"Corrupt model file: no '{TermsName}'");
    }

    private sealed class Mapper : PairMapper
    {
        private readonly ValueToKeyMappingTransformer _parent;

        public Mapper(ValueToKeyMappingTransformer parent, DataViewSchema input)
            : base(parent, input)
        {
            _parent = parent;
            for (int i = 0; i < Inputs.Length; i++)
            {
                var type = ColumnTypes.ItemTypeOf(Inputs[i].Type);
                Guard.State(
                    type.Equals(parent._terms[i].ItemType),
                    $"Could not apply a map over type '{parent._terms[i].ItemType}' to column '{Inputs[i].Name}' since it has type '{type}'");
            }
        }

        protected override DataViewSchema.DetachedColumn MakeColumn(int pair)
        {
            var terms = _parent._terms[pair];
            var annotations = new DataViewSchema.Annotations.Builder();
            terms.AddKeyValues(annotations, Inputs[pair], _parent._asText);
            annotations.Add(Inputs[pair].Annotations, name => name == "SlotNames");
            DataViewType type = terms.OutputType;
            if (Inputs[pair].Type is VectorDataViewType vector)
                type = new VectorDataViewType(terms.OutputType, vector.Dimensions);
            return new(Pairs[pair].outputColumnName, type, annotations.ToAnnotations());
        }

        protected override Delegate MakeGetter(DataViewRow input, int pair) => _parent._terms[pair].CreateGetter(input, Inputs[pair]);
    }
}
