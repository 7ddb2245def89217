using Microsoft.ML.OnnxRuntime;

namespace MLNet.VisionLanguage.Onnx;

/// <summary>An array with dimensions, row-major: what goes into and comes out of <see cref="OnnxRunner"/>.</summary>
internal sealed class OnnxTensor
{
    private readonly Array _values;

    private OnnxTensor(Array values, OnnxType type, long[] dims)
    {
        var count = dims.Aggregate(1L, (product, size) => checked(product * size));
        if (dims.Any(size => size < 0) || values.Length < count)
            throw new ArgumentException($"{values.Length} values do not fill [{string.Join(", ", dims)}].", nameof(dims));
        (_values, Type, Dims, Count) = (values, type, dims, (int)count);
    }

    public OnnxType Type { get; }

    public long[] Dims { get; }

    /// <summary>Number of elements; the array given may be longer (a rented one).</summary>
    public int Count { get; }

    public float[] Singles => Values<float>();

    public long[] Int64s => Values<long>();

    public bool[] Booleans => Values<bool>();

    public static OnnxTensor Of(float[] values, params long[] dims) => new(values, OnnxType.Float, dims);

    public static OnnxTensor Of(long[] values, params long[] dims) => new(values, OnnxType.Int64, dims);

    public static OnnxTensor Of(int[] values, params long[] dims) => new(values, OnnxType.Int32, dims);

    public static OnnxTensor Of(bool[] values, params long[] dims) => new(values, OnnxType.Bool, dims);

    /// <summary>A view of this memory for the runtime; the arrays are pinned until it is disposed, nothing is copied.</summary>
    internal OrtValue ToOrtValue() => _values switch
    {
        float[] singles => View(singles),
        long[] integers => View(integers),
        int[] integers => View(integers),
        bool[] booleans => View(booleans),
        _ => throw new NotSupportedException($"No tensors of {_values.GetType().GetElementType()}."),
    };

    internal static OnnxTensor Copy(string name, OrtValue value)
    {
        var info = value.GetTensorTypeAndShape();
        return (OnnxType)info.ElementDataType switch
        {
            OnnxType.Float => Of(value.GetTensorDataAsSpan<float>().ToArray(), info.Shape),
            OnnxType.Int64 => Of(value.GetTensorDataAsSpan<long>().ToArray(), info.Shape),
            OnnxType.Int32 => Of(value.GetTensorDataAsSpan<int>().ToArray(), info.Shape),
            OnnxType.Bool => Of(value.GetTensorDataAsSpan<bool>().ToArray(), info.Shape),
            var other => throw new NotSupportedException($"Output '{name}' is {other}; expected Float, Int64, Int32 or Bool."),
        };
    }

    private OrtValue View<T>(T[] values)
        where T : unmanaged =>
        OrtValue.CreateTensorValueFromMemory(OrtMemoryInfo.DefaultInstance, values.AsMemory(0, Count), Dims);

    private T[] Values<T>() => _values as T[]
        ?? throw new InvalidOperationException($"The tensor holds {_values.GetType().GetElementType()}, not {typeof(T)}.");
}
