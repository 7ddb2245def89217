#nullable disable

namespace Microsoft.ML.Data;

/// <summary>Which DataViewType a .NET type has.</summary>
internal static class ColumnTypes
{
    private static readonly Dictionary<Type, (PrimitiveDataViewType Type, DataKind Kind)> s_known = new()
    {
        [typeof(sbyte)] = (NumberDataViewType.SByte, DataKind.SByte),
        [typeof(byte)] = (NumberDataViewType.Byte, DataKind.Byte),
        [typeof(short)] = (NumberDataViewType.Int16, DataKind.Int16),
        [typeof(ushort)] = (NumberDataViewType.UInt16, DataKind.UInt16),
        [typeof(int)] = (NumberDataViewType.Int32, DataKind.Int32),
        [typeof(uint)] = (NumberDataViewType.UInt32, DataKind.UInt32),
        [typeof(long)] = (NumberDataViewType.Int64, DataKind.Int64),
        [typeof(ulong)] = (NumberDataViewType.UInt64, DataKind.UInt64),
        [typeof(float)] = (NumberDataViewType.Single, DataKind.Single),
        [typeof(double)] = (NumberDataViewType.Double, DataKind.Double),
        [typeof(ReadOnlyMemory<char>)] = (TextDataViewType.Instance, DataKind.String),
        [typeof(string)] = (TextDataViewType.Instance, DataKind.String),
        [typeof(bool)] = (BooleanDataViewType.Instance, DataKind.Boolean),
        [typeof(TimeSpan)] = (TimeSpanDataViewType.Instance, DataKind.TimeSpan),
        [typeof(DateTime)] = (DateTimeDataViewType.Instance, DataKind.DateTime),
        [typeof(DateTimeOffset)] = (DateTimeOffsetDataViewType.Instance, DataKind.DateTimeOffset),
        [typeof(DataViewRowId)] = (RowIdDataViewType.Instance, default),
    };

    public static PrimitiveDataViewType PrimitiveTypeOf(Type type)
        => s_known.TryGetValue(type, out var found)
            ? found.Type
            : throw new InvalidOperationException($"{type} is no primitive column type.");

    public static PrimitiveDataViewType PrimitiveTypeOf(DataKind kind)
        => s_known.Values.FirstOrDefault(known => known.Kind == kind && kind != default).Type
            ?? throw new ArgumentOutOfRangeException(nameof(kind), $"{kind} is no data kind.");

    public static bool IsPrimitive(Type type) => s_known.ContainsKey(type);

    public static bool CanBuffer(DataViewType type) => type is PrimitiveDataViewType or VectorDataViewType;

    public static DataViewType ItemTypeOf(DataViewType type) => type is VectorDataViewType vector ? vector.ItemType : type;

    /// <summary>The item type of an array or VBuffer, else the type itself; text is ReadOnlyMemory of char.</summary>
    public static (Type Item, bool IsVector) Shape(Type type)
    {
        var isBuffer = type.IsGenericType && type.GetGenericTypeDefinition() == typeof(VBuffer<>);
        var item = type.IsArray ? type.GetElementType() : isBuffer ? type.GetGenericArguments()[0] : type;
        return (item == typeof(string) ? typeof(ReadOnlyMemory<char>) : item, type.IsArray || isBuffer);
    }

    /// <summary>As Shape, for a member or annotation that must have a column type.</summary>
    public static (Type Item, bool IsVector) KnownShape(string name, Type type, IEnumerable<Attribute> attributes)
    {
        var shape = Shape(type);
        if (!IsPrimitive(shape.Item) && !DataViewTypeManager.Knows(shape.Item, attributes))
            throw new ArgumentOutOfRangeException(name, $"There is no column type for '{name}' of type {type}; is it registered?");
        return shape;
    }
}
