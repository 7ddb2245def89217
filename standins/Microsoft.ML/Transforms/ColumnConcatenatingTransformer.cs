using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

[assembly: ModelLoader(ColumnConcatenatingTransformer.Signature, typeof(ColumnConcatenatingTransformer))]

namespace Microsoft.ML.Data;

public sealed class ColumnConcatenatingTransformer : RowToRowTransformerBase
{
    internal const string Signature = "ConcatTransform";
    private readonly string _output;
    private readonly string[] _inputs;

    internal ColumnConcatenatingTransformer(IHostEnvironment env, string outputColumnName, params string[] inputColumnNames)
        : base(env.Register(nameof(ColumnConcatenatingTransformer)))
    {
        _output = outputColumnName;
        _inputs = inputColumnNames;
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo("CONCAT F", Signature, typeof(ColumnConcatenatingTransformer).Assembly);
        ctx.SaveString(_output);
        ctx.Writer.Write(_inputs.Length);
        foreach (var input in _inputs)
            ctx.SaveString(input);
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(_output, _inputs, schema);

    private static ColumnConcatenatingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        var output = ctx.LoadString();
        var inputs = new List<string>();
        int count = ctx.Reader.ReadInt32();
        for (int i = 0; i < count; i++)
            inputs.Add(ctx.LoadString());
        return new ColumnConcatenatingTransformer(env, output, [.. inputs]);
    }

    private sealed class Mapper : IRowMapper
    {
        private readonly string _output;
        private readonly DataViewSchema.Column[] _columns;
        private readonly VectorDataViewType _type;

        public Mapper(string output, string[] inputs, DataViewSchema schema)
        {
            _output = output;
            _columns = Array.ConvertAll(
                inputs, n => schema.GetColumnOrNull(n) ?? throw SchemaErrors.MissingColumn("inputSchema", "input", n));
            var itemType = (PrimitiveDataViewType)ColumnTypes.ItemTypeOf(_columns[0].Type);
            foreach (var column in _columns.Where(c => !ColumnTypes.ItemTypeOf(c.Type).Equals(itemType)))
                throw SchemaErrors.WrongType("inputSchema", "input", column.Name, itemType.ToString(), column.Type.ToString());
            var sizes = _columns.Select(c => SizeOf(c.Type)).ToArray();
            _type = new VectorDataViewType(itemType, sizes.Contains(0) ? 0 : sizes.Sum());
        }

        /// <summary>One vector alone is passed on as it is.</summary>
        private bool IsIdentity => _columns is [{ Type: VectorDataViewType }];

        public DataViewSchema.DetachedColumn[] GetOutputColumns()
        {
            if (IsIdentity)
                return [new(_output, _columns[0].Type, _columns[0].Annotations)];
            var annotations = new DataViewSchema.Annotations.Builder();
            if (_type.ItemType is NumberDataViewType && _columns.All(IsNormalized))
                annotations.Add("IsNormalized", BooleanDataViewType.Instance, (ref bool value) => value = true);
            if (_type.IsKnownSize && _columns.Any(c => c.Type is not VectorDataViewType || HasSlotNames(c)))
                annotations.Add("SlotNames", new VectorDataViewType(TextDataViewType.Instance, _type.Size), ValueCopy.GetterOf(SlotNames()));
            return [new(_output, _type, annotations.ToAnnotations())];
        }

        public Func<int, bool> GetDependencies(Func<int, bool> activeOutput)
        {
            bool active = activeOutput(0);
            return index => active && _columns.Any(c => c.Index == index);
        }

        public Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action disposer)
        {
            disposer = null;
            if (!activeOutput(0))
                return [null];
            return IsIdentity
                ? [RowGetters.Of(input, _columns[0])]
                : [(Delegate)Generic.Call(Getter<int>, _type.ItemType.RawType, input)];
        }

        private static int SizeOf(DataViewType type) => type is VectorDataViewType vector ? vector.Size : 1;

        private static bool HasSlotNames(DataViewSchema.Column column) =>
            column.Annotations.Schema.GetColumnOrNull("SlotNames")?.Type is VectorDataViewType { ItemType: TextDataViewType } names
            && names.Size == SizeOf(column.Type);

        private static bool IsNormalized(DataViewSchema.Column column)
        {
            bool value = false;
            if (column.Annotations.Schema.GetColumnOrNull("IsNormalized")?.Type is BooleanDataViewType)
                column.Annotations.GetValue("IsNormalized", ref value);
            return value;
        }

        private VBuffer<ReadOnlyMemory<char>> SlotNames()
        {
            var all = new ReadOnlyMemory<char>[_type.Size];
            int slot = 0;
            foreach (var column in _columns)
            {
                if (column.Type is not VectorDataViewType)
                {
                    all[slot] = column.Name.AsMemory();
                }
                else if (HasSlotNames(column))
                {
                    VBuffer<ReadOnlyMemory<char>> names = default;
                    column.Annotations.GetValue("SlotNames", ref names);
                    foreach (var (index, name) in names.Items().Where(n => !n.Value.IsEmpty))
                        all[slot + index] = $"{column.Name}.{name}".AsMemory();
                }

                slot += SizeOf(column.Type);
            }

            return new VBuffer<ReadOnlyMemory<char>>(all.Length, all);
        }

        private ValueGetter<VBuffer<T>> Getter<T>(DataViewRow input)
        {
            var parts = _columns.Select(c => c.Type is VectorDataViewType ? Vector<T>(input, c) : Scalar<T>(input, c)).ToArray();
            var values = new List<T>();
            return (ref VBuffer<T> destination) =>
            {
                values.Clear();
                foreach (var part in parts)
                    part(values);
                var editor = VBufferEditor.Create(ref destination, values.Count);
                values.CopyTo(editor.Values);
                destination = editor.Commit();
            };
        }

        private static Action<List<T>> Scalar<T>(DataViewRow input, DataViewSchema.Column column)
        {
            T value = default;
            var getter = input.GetGetter<T>(column);
            return values =>
            {
                getter(ref value);
                values.Add(value);
            };
        }

        private static Action<List<T>> Vector<T>(DataViewRow input, DataViewSchema.Column column)
        {
            VBuffer<T> value = default;
            int size = SizeOf(column.Type);
            var getter = input.GetGetter<VBuffer<T>>(column);
            return values =>
            {
                getter(ref value);
                Guard.State(
                    size == 0 || size == value.Length, $"Column '{column.Name}': expected {size} slots, but got {value.Length}");
                if (value.IsDense)
                    values.AddRange(value.GetValues());
                else
                    values.AddRange(value.DenseValues());
            };
        }
    }
}
