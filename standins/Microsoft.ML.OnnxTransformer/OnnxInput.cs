using Microsoft.ML.Data;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace Microsoft.ML.Transforms.Onnx;

/// <summary>One column of a row as a tensor.</summary>
internal abstract class OnnxInput
{
    public abstract NamedOnnxValue Read();

    public static OnnxInput Create(DataViewRow row, int column, int[] shape)
    {
        var source = row.Schema[column];
        return source.Type is VectorDataViewType vector
            ? (OnnxInput)Generic.Call(CreateVector<int>, vector.ItemType.RawType, row, source, shape, vector.IsKnownSize)
            : (OnnxInput)Generic.Call(CreateScalar<int>, source.Type.RawType, row, source);
    }

    private static OnnxInput CreateVector<T>(DataViewRow row, DataViewSchema.Column column, int[] shape, bool knownSize)
        => new VectorInput<T>(row, column, shape, knownSize);

    private static OnnxInput CreateScalar<T>(DataViewRow row, DataViewSchema.Column column) => new ScalarInput<T>(row, column);

    private static NamedOnnxValue Tensor<T>(string name, T[] values, int[] shape)
        => values is ReadOnlyMemory<char>[] texts
            ? NamedOnnxValue.CreateFromTensor(name, new DenseTensor<string>(texts.Select(x => x.ToString()).ToArray(), shape))
            : NamedOnnxValue.CreateFromTensor(name, new DenseTensor<T>(values, shape));

    private sealed class ScalarInput<T>(DataViewRow row, DataViewSchema.Column column) : OnnxInput
    {
        private readonly ValueGetter<T> _getter = row.GetGetter<T>(column);

        public override NamedOnnxValue Read()
        {
            T value = default;
            _getter(ref value);
            return Tensor(column.Name, [value], [1, 1]);
        }
    }

    private sealed class VectorInput<T>(DataViewRow row, DataViewSchema.Column column, int[] shape, bool knownSize) : OnnxInput
    {
        private readonly ValueGetter<VBuffer<T>> _getter = row.GetGetter<VBuffer<T>>(column);
        private readonly int _known = shape.Where(x => x > 0).Aggregate(1, (x, y) => x * y);
        private VBuffer<T> _buffer;

        public override NamedOnnxValue Read()
        {
            _getter(ref _buffer);
            var values = _buffer.IsDense ? _buffer.GetValues().ToArray() : _buffer.DenseValues().ToArray();
            int[] dimensions = [.. shape];
            if (!knownSize)
            {
                var unknown = Array.IndexOf(shape, 0);
                if (unknown < 0)
                {
                    throw new ArgumentOutOfRangeException(
                        column.Name,
                        $"The column has vectors of unknown size, the model's shape {string.Join(",", shape)} has no unknown dimension.");
                }
                dimensions[unknown] = values.Length / _known;
            }
            return Tensor(column.Name, values, dimensions);
        }
    }
}
