using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: ModelLoader(KeyToValueMappingTransformer.Signature, typeof(KeyToValueMappingTransformer))]

namespace Microsoft.ML.Transforms;

public sealed class KeyToValueMappingEstimator : TrivialEstimator<KeyToValueMappingTransformer>
{
    internal KeyToValueMappingEstimator(IHostEnvironment env, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(KeyToValueMappingEstimator)), new KeyToValueMappingTransformer(env, columns))
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
            if (!column.IsKey)
                throw SchemaErrors.WrongType(nameof(inputSchema), "input", input, "key type", column.GetTypeString());
            if (!column.Annotations.TryFindColumn("KeyValues", out var values))
                throw new ArgumentOutOfRangeException(nameof(inputSchema), $"Input column '{input}' doesn't contain key values metadata");
            var kept = new SchemaShape(column.Annotations.Where(a => a.Name == "SlotNames"));
            result[output] = new SchemaShape.Column(output, column.Kind, values.ItemType, values.IsKey, kept);
        }

        return new SchemaShape(result.Values);
    }
}

public sealed class KeyToValueMappingTransformer : OneToOneTransformerBase
{
    internal const string Signature = "KeyToValueTransform";

    internal KeyToValueMappingTransformer(IHostEnvironment env, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(KeyToValueMappingTransformer)), columns)
    {
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo("KEY2VALT", Signature, typeof(KeyToValueMappingTransformer).Assembly);
        SaveColumns(ctx);
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private static KeyToValueMappingTransformer Create(IHostEnvironment env, ModelLoadContext ctx) => new(env, LoadColumns(ctx));

    private sealed class Mapper : PairMapper
    {
        public Mapper(KeyToValueMappingTransformer parent, DataViewSchema input)
            : base(parent, input)
        {
            foreach (var column in Inputs)
            {
                var values = column.Annotations.Schema.GetColumnOrNull("KeyValues")?.Type as VectorDataViewType;
                Guard.State(values != null, "Metadata KeyValues does not exist");
                Guard.State(
                    ColumnTypes.ItemTypeOf(column.Type) is KeyDataViewType key && key.Count == (ulong)values.Size,
                    "KeyValues metadata size does not match column type key count");
            }
        }

        protected override DataViewSchema.DetachedColumn MakeColumn(int pair)
        {
            var column = Inputs[pair];
            var annotations = new DataViewSchema.Annotations.Builder();
            annotations.Add(column.Annotations, name => name == "SlotNames");
            DataViewType type = ItemTypeOf(column);
            if (column.Type is VectorDataViewType vector)
                type = new VectorDataViewType(ItemTypeOf(column), vector.Dimensions);
            return new(Pairs[pair].outputColumnName, type, annotations.ToAnnotations());
        }

        protected override Delegate MakeGetter(DataViewRow input, int pair)
        {
            var column = Inputs[pair];
            return (Delegate)Generic.Call(Getter<int>, ItemTypeOf(column).RawType, KeyReader.Open(input, column), column);
        }

        private static PrimitiveDataViewType ItemTypeOf(DataViewSchema.Column column) =>
            ((VectorDataViewType)column.Annotations.Schema["KeyValues"].Type).ItemType;

        private static Delegate Getter<T>(KeyReader keys, DataViewSchema.Column column)
        {
            VBuffer<T> annotation = default;
            column.Annotations.GetValue("KeyValues", ref annotation);
            var values = annotation.DenseValues().ToArray();
            var missing = MissingValues.Of<T>();
            T ValueOf(ulong key) => key > 0 && key <= (ulong)values.Length ? values[key - 1] : missing;

            if (column.Type is not VectorDataViewType)
                return (ValueGetter<T>)((ref T destination) => destination = ValueOf(keys.Read()[0]));
            return (ValueGetter<VBuffer<T>>)((ref VBuffer<T> destination) =>
            {
                var read = keys.Read();
                var editor = VBufferEditor.Create(ref destination, read.Count);
                for (int i = 0; i < read.Count; i++)
                    editor.Values[i] = ValueOf(read[i]);
                destination = editor.Commit();
            });
        }
    }
}

/// <summary>Reads keys of any unsigned type from a scalar or vector column; the list is reused.</summary>
internal abstract class KeyReader
{
    protected List<ulong> Keys { get; } = [];

    public static KeyReader Open(DataViewRow row, DataViewSchema.Column column) =>
        (KeyReader)Generic.Call(OpenTyped<int>, ColumnTypes.ItemTypeOf(column.Type).RawType, row, column);

    public abstract List<ulong> Read();

    private static KeyReader OpenTyped<T>(DataViewRow row, DataViewSchema.Column column) => new Typed<T>(row, column);

    private sealed class Typed<T> : KeyReader
    {
        private readonly ValueGetter<T> _one;
        private readonly ValueGetter<VBuffer<T>> _many;
        private T _value;
        private VBuffer<T> _values;

        public Typed(DataViewRow row, DataViewSchema.Column column)
        {
            if (column.Type is VectorDataViewType)
                _many = row.GetGetter<VBuffer<T>>(column);
            else
                _one = row.GetGetter<T>(column);
        }

        public override List<ulong> Read()
        {
            Keys.Clear();
            if (_one != null)
            {
                _one(ref _value);
                Keys.Add(Convert.ToUInt64(_value));
                return Keys;
            }

            _many(ref _values);
            foreach (var value in _values.DenseValues())
                Keys.Add(Convert.ToUInt64(value));
            return Keys;
        }
    }
}
