using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms.Onnx;

/// <summary>ONNX element types and declared shapes as column types.</summary>
internal static class OnnxTypes
{
    private static readonly string[] Names =
    [
        "Undefined", "Float", "Uint8", "Int8", "Uint16", "Int16", "Int32", "Int64", "String", "Bool", "Float16", "Double", "Uint32",
        "Uint64", "Complex64", "Complex128", "Bfloat16",
    ];

    public static PrimitiveDataViewType ScalarType(int elementType) => elementType switch
    {
        1 => NumberDataViewType.Single,
        2 => NumberDataViewType.Byte,
        3 => NumberDataViewType.SByte,
        4 => NumberDataViewType.UInt16,
        5 => NumberDataViewType.Int16,
        6 => NumberDataViewType.Int32,
        7 => NumberDataViewType.Int64,
        8 => TextDataViewType.Instance,
        9 => BooleanDataViewType.Instance,
        11 => NumberDataViewType.Double,
        12 => NumberDataViewType.UInt32,
        13 => NumberDataViewType.UInt64,
        _ => throw new InvalidOperationException(
            "Unsupported ONNX scalar type: " + (elementType >= 0 && elementType < Names.Length ? Names[elementType] : elementType)),
    };

    /// <summary>An unknown first dimension counts as 1; any other makes a vector of unknown size. No dimension at all is a scalar.</summary>
    public static DataViewType ColumnType(OnnxVariable variable)
    {
        if (variable.Dimensions is null)
            throw new InvalidOperationException($"ONNX variable '{variable.Name}' is not a tensor with a declared shape.");
        var item = ScalarType(variable.ElementType);
        if (variable.Dimensions.Count == 0)
            return item;
        var dimensions = variable.Dimensions.Select((x, i) => i == 0 && x <= 0 ? 1 : checked((int)x)).ToArray();
        return dimensions.All(x => x > 0) ? new VectorDataViewType(item, dimensions) : new VectorDataViewType(item);
    }

    public static DataViewType ItemType(DataViewType type) => type is VectorDataViewType vector ? vector.ItemType : type;

    public static int ValueCount(DataViewType type) => type is VectorDataViewType vector ? vector.Size : 1;
}
