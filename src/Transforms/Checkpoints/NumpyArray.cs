using System.Globalization;

namespace MLNet.VisionLanguage.Checkpoints;

/// <summary>The numbers of a NumPy array, from a .npy file or a pickle.</summary>
/// <param name="Type">NumPy's name of the elements' type: "&lt;f4".</param>
/// <param name="Shape">The dimensions.</param>
/// <param name="Bytes">The elements as they are stored.</param>
/// <param name="IsColumnMajor">Whether the first axis runs fastest, as in Fortran.</param>
internal sealed record NumpyArray(string Type, IReadOnlyList<long> Shape, ReadOnlyMemory<byte> Bytes, bool IsColumnMajor = false)
{
    /// <summary>The number of elements.</summary>
    public int Count => Bytes.Length / TensorElements.SizeOf(ElementType);

    /// <summary>Whether the elements are whole numbers.</summary>
    public bool IsInteger => TensorElements.IsInteger(ElementType);

    private TensorElementType ElementType => TypeOf(Type)
        ?? throw new InvalidDataException($"numbers of type '{Type}' are not read; expected are <f2, <f4, <f8, |i1, <i2, <i4, <i8, |u1 and |b1");

    /// <summary>The bytes of an element; null for types that are not read, such as Python objects ("|O") and big-endian numbers.</summary>
    public static int? SizeOf(string type) => TypeOf(type) is { } known ? TensorElements.SizeOf(known) : null;

    /// <summary>The elements in row-major order.</summary>
    public float[] ToSingles()
    {
        var values = new float[Count];
        TensorConversion.ToSingles(ElementType, Bytes.Span, values);
        return RowMajor(values);
    }

    /// <summary>The elements in row-major order.</summary>
    /// <exception cref="InvalidDataException">They are no whole numbers.</exception>
    public long[] ToInt64s()
    {
        if (!IsInteger) throw new InvalidDataException($"whole numbers are expected but they are of type '{Type}'");
        var values = new long[Count];
        TensorConversion.ToInt64s(ElementType, Bytes.Span, values);
        return RowMajor(values);
    }

    public override string ToString() => $"'{Type}' of shape {TensorElements.Describe(Shape)}";

    private static TensorElementType? TypeOf(string type)
    {
        if (type.Length is < 2 or > 4) return null;
        var name = type[0] is '<' or '|' or '=' ? type[1..] : type;
        return name switch
        {
            "f2" => TensorElementType.Float16,
            "f4" => TensorElementType.Float32,
            "f8" => TensorElementType.Float64,
            "i1" => TensorElementType.Int8,
            "i2" => TensorElementType.Int16,
            "i4" => TensorElementType.Int32,
            "i8" => TensorElementType.Int64,
            "u1" => TensorElementType.UInt8,
            "b1" => TensorElementType.Bool,
            _ => null,
        };
    }

    private T[] RowMajor<T>(T[] values)
    {
        if (!IsColumnMajor || Shape.Count < 2) return values;
        if (Shape.Count > 2)
            throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"arrays of {Shape.Count} axes are not read in column-major order"));
        var (rows, columns) = ((int)Shape[0], (int)Shape[1]);
        var turned = new T[values.Length];
        for (var row = 0; row < rows; row++)
        {
            for (var column = 0; column < columns; column++) turned[(row * columns) + column] = values[(column * rows) + row];
        }

        return turned;
    }
}
