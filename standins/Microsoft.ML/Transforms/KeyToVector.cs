using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: ModelLoader(KeyToVectorMappingTransformer.Signature, typeof(KeyToVectorMappingTransformer))]

namespace Microsoft.ML.Transforms;

public sealed class KeyToVectorMappingEstimator : TrivialEstimator<KeyToVectorMappingTransformer>
{
    internal KeyToVectorMappingEstimator(
        IHostEnvironment env, bool outputCountVector, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(KeyToVectorMappingEstimator)), new KeyToVectorMappingTransformer(env, outputCountVector, columns))
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

            bool counts = Transformer.OutputCountVector;
            bool scalar = column.Kind == SchemaShape.Column.VectorKind.Scalar;
            bool variable = column.Kind == SchemaShape.Column.VectorKind.VariableVector && !counts;
            var annotations = new List<SchemaShape.Column>();
            if (column.Annotations.TryFindColumn("KeyValues", out var values) && values.ItemType is TextDataViewType && !variable)
                annotations.Add(new("SlotNames", SchemaShape.Column.VectorKind.Vector, values.ItemType, false));
            if (!counts && !variable)
                annotations.Add(new("CategoricalSlotRanges", SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Int32, false));
            if (!counts || scalar)
                annotations.Add(new("IsNormalized", SchemaShape.Column.VectorKind.Scalar, BooleanDataViewType.Instance, false));
            var kind = variable ? SchemaShape.Column.VectorKind.VariableVector : SchemaShape.Column.VectorKind.Vector;
            result[output] = new SchemaShape.Column(output, kind, NumberDataViewType.Single, false, new SchemaShape(annotations));
        }

        return new SchemaShape(result.Values);
    }
}

public sealed class KeyToVectorMappingTransformer : OneToOneTransformerBase
{
    internal const string Signature = "KeyToVectorTransform";

    internal KeyToVectorMappingTransformer(
        IHostEnvironment env, bool outputCountVector, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register("KeyToVector"), columns) => OutputCountVector = outputCountVector;

    /// <summary>Whether the indicators of a vector's slots are added up instead of standing side by side.</summary>
    internal bool OutputCountVector { get; }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo("KEY2VECT", Signature, typeof(KeyToVectorMappingTransformer).Assembly);
        SaveColumns(ctx);
        ctx.Writer.Write(OutputCountVector);
    }

    private protected override IRowMapper MakeRowMapper(DataViewSchema schema) => new Mapper(this, schema);

    private static KeyToVectorMappingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        var columns = LoadColumns(ctx);
        return new KeyToVectorMappingTransformer(env, ctx.Reader.ReadBoolean(), columns);
    }

    private sealed class Mapper : PairMapper
    {
        private readonly bool _counts;

        public Mapper(KeyToVectorMappingTransformer parent, DataViewSchema input)
            : base(parent, input)
        {
            _counts = parent.OutputCountVector;
            foreach (var column in Inputs.Where(c => ColumnTypes.ItemTypeOf(c.Type) is not KeyDataViewType))
            {
                throw SchemaErrors.WrongType(
                    "inputSchema", "input", column.Name, "key type of known cardinality", column.Type.ToString());
            }
        }

        protected override DataViewSchema.DetachedColumn MakeColumn(int pair)
        {
            var column = Inputs[pair];
            int keys = KeyCountOf(column);
            int slots = column.Type is VectorDataViewType vector ? vector.Size : 1;
            bool sideBySide = !_counts && column.Type is VectorDataViewType && slots != 1;
            var type = sideBySide
                ? new VectorDataViewType(NumberDataViewType.Single, slots, keys)
                : new VectorDataViewType(NumberDataViewType.Single, keys);

            var annotations = new DataViewSchema.Annotations.Builder();
            if (HasTextValues(column) && type.IsKnownSize)
            {
                var names = sideBySide ? NamesSideBySide(column, slots) : TextsOf(column, "KeyValues");
                annotations.Add(
                    "SlotNames",
                    new VectorDataViewType(TextDataViewType.Instance, type.Dimensions),
                    ValueCopy.GetterOf(new VBuffer<ReadOnlyMemory<char>>(names.Length, names)));
            }

            if (!_counts && slots > 0)
            {
                var ranges = Enumerable.Range(0, slots).SelectMany(s => new[] { s * keys, ((s + 1) * keys) - 1 }).ToArray();
                annotations.Add(
                    "CategoricalSlotRanges",
                    new VectorDataViewType(NumberDataViewType.Int32, slots, 2),
                    ValueCopy.GetterOf(new VBuffer<int>(ranges.Length, ranges)));
            }

            if (!_counts || column.Type is PrimitiveDataViewType)
                annotations.Add("IsNormalized", BooleanDataViewType.Instance, (ref bool value) => value = true);
            return new(Pairs[pair].outputColumnName, type, annotations.ToAnnotations());
        }

        protected override Delegate MakeGetter(DataViewRow input, int pair)
        {
            int keys = KeyCountOf(Inputs[pair]);
            bool counts = _counts && Inputs[pair].Type is VectorDataViewType;
            var reader = KeyReader.Open(input, Inputs[pair]);
            return (ValueGetter<VBuffer<float>>)((ref VBuffer<float> destination) =>
            {
                var read = reader.Read();
                var editor = VBufferEditor.Create(ref destination, counts ? keys : checked(keys * read.Count));
                editor.Values.Clear();
                for (int slot = 0; slot < read.Count; slot++)
                {
                    // Missing keys (0) leave their slot's indicators at zero.
                    if (read[slot] > 0 && read[slot] <= (ulong)keys)
                        editor.Values[(counts ? 0 : slot * keys) + (int)read[slot] - 1] += 1;
                }

                destination = editor.Commit();
            });
        }

        private static int KeyCountOf(DataViewSchema.Column column) =>
            checked((int)((KeyDataViewType)ColumnTypes.ItemTypeOf(column.Type)).Count);

        private static bool HasTextValues(DataViewSchema.Column column) =>
            column.Annotations.Schema.GetColumnOrNull("KeyValues")?.Type is VectorDataViewType { ItemType: TextDataViewType } values
            && values.Size == KeyCountOf(column);

        private static ReadOnlyMemory<char>[] TextsOf(DataViewSchema.Column column, string annotation)
        {
            VBuffer<ReadOnlyMemory<char>> values = default;
            column.Annotations.GetValue(annotation, ref values);
            return values.DenseValues().ToArray();
        }

        private static ReadOnlyMemory<char>[] NamesSideBySide(DataViewSchema.Column column, int slots)
        {
            var slotNames = column.Annotations.Schema.GetColumnOrNull("SlotNames")?.Type is VectorDataViewType { ItemType: TextDataViewType }
                ? TextsOf(column, "SlotNames")
                : new ReadOnlyMemory<char>[slots];
            var keyNames = TextsOf(column, "KeyValues");
            return slotNames
                .Select((name, slot) => name.IsEmpty ? $"[{slot}]" : name.ToString())
                .SelectMany(slot => keyNames.Select(key => $"{slot}.{key}".AsMemory()))
                .ToArray();
        }
    }
}
