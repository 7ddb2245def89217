namespace MLNet.VisionLanguage.Checkpoints;

/// <summary>Facts about element types and shapes that every reader and writer shares.</summary>
internal static class TensorElements
{
    /// <summary>More dimensions than any tensor library allows; a larger rank is a sign of a corrupt file.</summary>
    public const int MaxRank = 64;

    private static readonly (string Name, int Size)[] Table =
    [
        ("F32", 4), ("F16", 2), ("BF16", 2), ("F64", 8), ("I64", 8), ("I32", 4), ("I16", 2), ("I8", 1), ("U8", 1), ("BOOL", 1),
    ];

    public static int SizeOf(TensorElementType type) => Table[(int)type].Size;

    /// <summary>The name safetensors gives the type.</summary>
    public static string NameOf(TensorElementType type) => Table[(int)type].Name;

    public static bool TryParse(string name, out TensorElementType type)
    {
        var index = Array.FindIndex(Table, t => t.Name == name);
        type = (TensorElementType)Math.Max(index, 0);
        return index >= 0;
    }

    public static string KnownNames => string.Join(", ", Table.Select(t => t.Name));

    public static bool IsInteger(TensorElementType type) => type >= TensorElementType.Int64;

    /// <summary>The number of elements of a shape; false if a dimension is negative or the product leaves 63 bits.</summary>
    public static bool TryCount(IReadOnlyList<long> shape, out long count)
    {
        count = 0;
        var product = 1L;
        var zero = false;
        foreach (var dimension in shape)
        {
            if (dimension < 0) return false;
            if (dimension == 0)
                zero = true;
            else if (product > long.MaxValue / dimension)
                return false;
            else
                product *= dimension;
        }

        count = zero ? 0 : product;
        return true;
    }

    /// <summary>The row-major strides of a shape, in elements.</summary>
    public static long[] ContiguousStrides(IReadOnlyList<long> shape)
    {
        var strides = new long[shape.Count];
        var stride = 1L;
        for (var i = shape.Count - 1; i >= 0; i--)
        {
            strides[i] = stride;
            stride *= Math.Max(shape[i], 1);
        }

        return strides;
    }

    public static string Describe(IReadOnlyList<long> shape) => "[" + string.Join(", ", shape) + "]";

    public static bool SameShape(IReadOnlyList<long> left, IReadOnlyList<long> right) => left.SequenceEqual(right);
}
