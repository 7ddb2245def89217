using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Microsoft.ML.Transforms.Onnx;

/// <summary>Checks the columns against the model's inputs, then runs the model once for each row that is looked at.</summary>
internal sealed class OnnxRowMapper : IRowMapper
{
    private const string OutputSuffix = ".output";

    private readonly OnnxTransformer _parent;
    private readonly int[] _columns;
    private readonly int[][] _shapes;

    public OnnxRowMapper(OnnxTransformer parent, DataViewSchema schema)
    {
        _parent = parent;
        _columns = new int[parent.Inputs.Length];
        _shapes = new int[parent.Inputs.Length][];
        for (var i = 0; i < parent.Inputs.Length; i++)
        {
            var name = parent.Inputs[i];
            var node = parent.Model.GetInput(name);
            var shape = _shapes[i] = Adjust(node.Shape);
            if (shape.Count(x => x == 0) > 1)
                throw new ArgumentOutOfRangeException(name, "Only 1 unknown dimension is allowed");

            var column = schema.GetColumnOrNull(name) ?? throw SchemaErrors.MissingColumn("inputSchema", "input", name);
            _columns[i] = column.Index;
            var item = OnnxTypes.ItemType(column.Type);
            var expected = OnnxTypes.ItemType(node.Type);
            if (!item.Equals(expected) && !(item is KeyDataViewType && item.RawType == expected.RawType))
                throw SchemaErrors.WrongType("inputSchema", "input", name, expected.ToString(), column.Type.ToString());

            if (!shape.Contains(0))
            {
                var count = shape.Aggregate((x, y) => x * y);
                var length = OnnxTypes.ValueCount(column.Type);
                if (length % count != 0)
                {
                    throw new InvalidOperationException(
                        $"Input shape mismatch: Input '{name}' has shape {string.Join(",", shape)}, but input data is of length {length}.");
                }
            }
        }
    }

    public DataViewSchema.DetachedColumn[] GetOutputColumns()
        => [.. _parent.Outputs.Select((name, i) => new DataViewSchema.DetachedColumn(
            name.EndsWith(OutputSuffix, StringComparison.Ordinal) ? name.Replace(OutputSuffix, "") : name, _parent.OutputTypes[i]))];

    public Func<int, bool> GetDependencies(Func<int, bool> activeOutput)
    {
        var any = Enumerable.Range(0, _parent.Outputs.Length).Any(activeOutput);
        return column => any && _columns.Contains(column);
    }

    public Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action disposer)
    {
        var getters = new Delegate[_parent.Outputs.Length];
        var active = _parent.Outputs.Where((_, i) => activeOutput(i)).ToArray();
        disposer = null;
        if (active.Length == 0)
            return getters;

        var sources = _columns.Select((column, i) => OnnxInput.Create(input, column, _shapes[i])).ToArray();
        var outputs = new CachedOutputs(_parent.Model, input, sources, active);
        disposer = outputs.Dispose;
        for (var i = 0; i < getters.Length; i++)
        {
            if (!activeOutput(i))
                continue;
            var name = _parent.Outputs[i];
            getters[i] = _parent.OutputTypes[i] switch
            {
                VectorDataViewType { ItemType: TextDataViewType } => TextGetter(outputs, name),
                VectorDataViewType vector => (Delegate)Generic.Call(TensorGetter<int>, vector.ItemType.RawType, outputs, name),
                var scalar => (Delegate)Generic.Call(ScalarGetter<int>, scalar.RawType, name),
            };
        }
        return getters;
    }

    /// <summary>An unknown first dimension is the batch of one row; any other unknown dimension becomes 0; a scalar is fed as one value.</summary>
    private static int[] Adjust(int[] shape)
        => shape.Length == 0 ? [1] : [.. shape.Select((x, i) => x >= 0 ? x : i == 0 ? 1 : 0)];

    private static ValueGetter<VBuffer<T>> TensorGetter<T>(CachedOutputs outputs, string name)
        => (ref VBuffer<T> target) => Copy(((DenseTensor<T>)outputs.Get(name).AsTensor<T>()).Buffer.Span, ref target);

    private static ValueGetter<VBuffer<ReadOnlyMemory<char>>> TextGetter(CachedOutputs outputs, string name)
        => (ref VBuffer<ReadOnlyMemory<char>> target)
            => Copy<ReadOnlyMemory<char>>(outputs.Get(name).AsTensor<string>().Select(x => x.AsMemory()).ToArray(), ref target);

    /// <summary>The real library offers a column for an output without dimensions and cannot read it.</summary>
    private static ValueGetter<T> ScalarGetter<T>(string name)
        => (ref T _) => throw new InvalidCastException($"Output '{name}' has no dimensions; its value cannot be read as {typeof(T).Name}.");

    private static void Copy<T>(ReadOnlySpan<T> values, ref VBuffer<T> target)
    {
        var editor = VBufferEditor.Create(ref target, values.Length);
        values.CopyTo(editor.Values);
        target = editor.Commit();
    }

    /// <summary>The outputs of the row the getters were last asked on.</summary>
    private sealed class CachedOutputs(OnnxModel model, DataViewRow row, OnnxInput[] inputs, string[] names) : IDisposable
    {
        private long _position = -1;
        private IDisposableReadOnlyCollection<DisposableNamedOnnxValue> _values;

        public NamedOnnxValue Get(string name)
        {
            if (_position != row.Position)
            {
                var feeds = inputs.Select(x => x.Read()).ToList();
                _values?.Dispose();
                _values = null;
                _values = model.Run(feeds, names);
                _position = row.Position;
            }
            return _values.First(x => x.Name == name);
        }

        public void Dispose()
        {
            _values?.Dispose();
            _values = null;
        }
    }
}
