using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: ModelLoader(TypeConvertingTransformer.Signature, typeof(TypeConvertingTransformer))]

namespace Microsoft.ML.Transforms;

public sealed class TypeConvertingEstimator : TrivialEstimator<TypeConvertingTransformer>
{
    internal TypeConvertingEstimator(
        IHostEnvironment env, DataKind kind, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(TypeConvertingEstimator)), new TypeConvertingTransformer(env, kind, columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Guard.NotNull(inputSchema);
        var result = inputSchema.ToDictionary(c => c.Name);
        foreach (var (output, input) in Transformer.ColumnPairs)
        {
            if (!inputSchema.TryFindColumn(input, out var column))
                throw SchemaErrors.MissingColumn(nameof(inputSchema), "input", input);
            var type = ColumnTypes.PrimitiveTypeOf(Transformer.Kind);
            if (!ValueConversion.Exists(column.ItemType.RawType, type.RawType))
                throw new ArgumentOutOfRangeException(nameof(inputSchema), $"Don't know how to convert {input} into {type}");
            result[output] = new SchemaShape.Column(output, column.Kind, type, false, column.Annotations);
        }

        return new SchemaShape(result.Values);
    }
}

public sealed class TypeConvertingTransformer : OneToOneTransformerBase
{
    internal const string Signature = "ConvertTransform";

    internal TypeConvertingTransformer(
        IHostEnvironment env, DataKind kind, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(TypeConvertingTransformer)), columns) => Kind = kind;

    internal DataKind Kind { get; }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo("CONVERTF", Signature, typeof(TypeConvertingTransformer).Assembly);
        SaveColumns(ctx);
        ctx.Writer.Write((byte)Kind);
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private static TypeConvertingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        var columns = LoadColumns(ctx);
        return new TypeConvertingTransformer(env, (DataKind)ctx.Reader.ReadByte(), columns);
    }

    private sealed class Mapper : PairMapper
    {
        private readonly PrimitiveDataViewType[] _types;

        public Mapper(TypeConvertingTransformer parent, DataViewSchema input)
            : base(parent, input) => _types = Array.ConvertAll(Inputs, c => NewItemType(c, parent.Kind));

        protected override DataViewSchema.DetachedColumn MakeColumn(int pair)
        {
            var (column, itemType) = (Inputs[pair], _types[pair]);
            DataViewType type = column.Type is VectorDataViewType vector ? new VectorDataViewType(itemType, vector.Dimensions) : itemType;
            var source = ColumnTypes.ItemTypeOf(column.Type);
            var annotations = new DataViewSchema.Annotations.Builder();
            annotations.Add(column.Annotations, name => name switch
            {
                "SlotNames" => type is VectorDataViewType { IsKnownSize: true },
                "KeyValues" => source is KeyDataViewType from && itemType is KeyDataViewType to && from.Count == to.Count,
                "IsNormalized" => source is NumberDataViewType && itemType is NumberDataViewType,
                _ => false,
            });
            if (column.Type is BooleanDataViewType && itemType is NumberDataViewType)
                annotations.Add("IsNormalized", BooleanDataViewType.Instance, (ref bool value) => value = true);
            return new(Pairs[pair].outputColumnName, type, annotations.ToAnnotations());
        }

        protected override Delegate MakeGetter(DataViewRow input, int pair)
        {
            Func<DataViewRow, DataViewSchema.Column, Delegate> getter = Getter<int, int>;
            return (Delegate)getter.Method.GetGenericMethodDefinition()
                .MakeGenericMethod(ColumnTypes.ItemTypeOf(Inputs[pair].Type).RawType, _types[pair].RawType)
                .Invoke(null, System.Reflection.BindingFlags.DoNotWrapExceptions, null, [input, Inputs[pair]], null);
        }

        private static PrimitiveDataViewType NewItemType(DataViewSchema.Column column, DataKind kind)
        {
            var type = ColumnTypes.PrimitiveTypeOf(kind);
            var source = ColumnTypes.ItemTypeOf(column.Type);
            bool possible = ValueConversion.Exists(source.RawType, type.RawType);
            if (source is KeyDataViewType key)
            {
                possible = KeyDataViewType.IsValidDataType(type.RawType);
                if (possible)
                    type = new KeyDataViewType(type.RawType, Math.Min(key.Count, ValueConversion.LargestOf(type.RawType)));
            }

            return possible
                ? type
                : throw new ArgumentOutOfRangeException(
                    "inputSchema",
                    $"source column '{column.Name}' with item type '{column.Type}' is not compatible with destination type '{type}'");
        }

        private static Delegate Getter<TFrom, TTo>(DataViewRow input, DataViewSchema.Column column)
        {
            var convert = ValueConversion.Get<TFrom, TTo>();
            if (column.Type is not VectorDataViewType)
            {
                TFrom value = default;
                var getter = input.GetGetter<TFrom>(column);
                return (ValueGetter<TTo>)((ref TTo destination) =>
                {
                    getter(ref value);
                    destination = convert(value);
                });
            }

            VBuffer<TFrom> values = default;
            var getValues = input.GetGetter<VBuffer<TFrom>>(column);
            return (ValueGetter<VBuffer<TTo>>)((ref VBuffer<TTo> destination) =>
            {
                getValues(ref values);
                var editor = VBufferEditor.Create(ref destination, values.Length);
                int i = 0;
                foreach (var value in values.DenseValues())
                    editor.Values[i++] = convert(value);
                destination = editor.Commit();
            });
        }
    }
}
