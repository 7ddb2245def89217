using System.Text;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: ModelLoader(ValueMappingTransformer.Signature, typeof(ValueMappingTransformer))]

namespace Microsoft.ML.Transforms;

public class ValueMappingEstimator : TrivialEstimator<ValueMappingTransformer>
{
    internal ValueMappingEstimator(IHostEnvironment env, LookupTable table, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(ValueMappingEstimator)), new ValueMappingTransformer(env, table, columns))
    {
    }

    public sealed override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        var table = Transformer.Table;
        var result = inputSchema.ToDictionary(c => c.Name);
        SchemaShape.GetColumnTypeShape(table.ValueType, out var kind, out _, out var isKey);
        var itemType = isKey ? NumberDataViewType.UInt32 : ColumnTypes.ItemTypeOf(table.ValueType);
        foreach (var (output, input) in Transformer.ColumnPairs)
        {
            if (!inputSchema.TryFindColumn(input, out var column))
                throw SchemaErrors.MissingColumn(nameof(inputSchema), "input", input);
            if (column.Kind != SchemaShape.Column.VectorKind.Scalar)
            {
                ValueMappingTransformer.RefuseTwoVectors(table, input);
                kind = column.Kind;
            }

            result[output] = new SchemaShape.Column(output, kind, itemType, isKey, SchemaShape.Create(table.ValueAnnotations));
        }

        return new SchemaShape(result.Values);
    }
}

public sealed class ValueMappingEstimator<TKey, TValue> : ValueMappingEstimator
{
    internal ValueMappingEstimator(IHostEnvironment env, LookupTable table, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env, table, columns)
    {
    }
}

public class ValueMappingTransformer : OneToOneTransformerBase
{
    internal const string Signature = "ValueMappingTransformer";
    private const string MapName = "DefaultMap.idv";

    internal ValueMappingTransformer(
        IHostEnvironment env, LookupTable table, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(ValueMappingTransformer)), columns) => Table = table;

    internal LookupTable Table { get; }

    internal static void RefuseTwoVectors(LookupTable table, string column)
    {
        if (table.ValueType is VectorDataViewType)
        {
            throw new NotSupportedException(
                $"Column '{column}' cannot be mapped to values when the column and the map values are both vector type.");
        }
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo("VALUMAPG", Signature, typeof(ValueMappingTransformer).Assembly);
        SaveColumns(ctx);
        ctx.SaveBinaryStream(MapName, stream =>
        {
            using var writer = new BinaryWriter(stream, Encoding.UTF8, leaveOpen: true);
            Table.WriteTo(writer);
        });
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private static ValueMappingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        var columns = LoadColumns(ctx);
        LookupTable table = null;
        bool found = ctx.TryLoadBinaryStream(MapName, (stream, _) =>
        {
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            bytes.Position = 0;
            using var reader = new BinaryReader(bytes, Encoding.UTF8);
            table = LookupTable.Read(reader);
        });
        return found ? new ValueMappingTransformer(env, table, columns) : throw new FormatException($"Corrupt model file: no '{MapName}'");
    }

    private sealed class Mapper(ValueMappingTransformer parent, DataViewSchema input) : PairMapper(parent, input)
    {
        protected override DataViewSchema.DetachedColumn MakeColumn(int pair)
        {
            var type = parent.Table.ValueType;
            if (Inputs[pair].Type is VectorDataViewType)
            {
                RefuseTwoVectors(parent.Table, Inputs[pair].Name);
                type = new VectorDataViewType(ColumnTypes.PrimitiveTypeOf(type.RawType));
            }

            return new(Pairs[pair].outputColumnName, type, parent.Table.ValueAnnotations);
        }

        protected override Delegate MakeGetter(DataViewRow input, int pair) => parent.Table.CreateGetter(input, Inputs[pair]);
    }
}
