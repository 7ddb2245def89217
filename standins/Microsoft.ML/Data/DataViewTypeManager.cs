#nullable disable

namespace Microsoft.ML.Data;

/// <summary>The column types that users register for .NET types of their own; one for one.</summary>
public static class DataViewTypeManager
{
    private static readonly Lock s_lock = new();
    private static readonly Dictionary<Marked, DataViewType> s_columnTypes = [];
    private static readonly Dictionary<DataViewType, Marked> s_netTypes = [];

    [Obsolete("This API is deprecated, please use the new form of Register which takes in a single DataViewTypeAttribute instead.", false)]
    public static void Register(DataViewType dataViewType, Type type, IEnumerable<Attribute> typeAttributes)
    {
        var attributes = typeAttributes?.ToArray() ?? [];
        Guard.Param(attributes.Length <= 1 && attributes.All(attribute => attribute is DataViewTypeAttribute), nameof(typeAttributes));
        Register(dataViewType, type, (DataViewTypeAttribute)attributes.FirstOrDefault());
    }

    public static void Register(DataViewType dataViewType, Type type, DataViewTypeAttribute typeAttribute = null)
    {
        var isFree = !ColumnTypes.IsPrimitive(type) && type != typeof(VBuffer<>) && type != typeof(Nullable<>);
        Guard.Param(isFree, nameof(type), $"{type} has a column type already.");
        var marked = new Marked(type, typeAttribute);
        lock (s_lock)
        {
            var columnType = s_columnTypes.GetValueOrDefault(marked, dataViewType);
            Guard.Param(columnType.Equals(dataViewType), nameof(type), $"{type} is registered as {columnType}.");
            var known = s_netTypes.GetValueOrDefault(dataViewType, marked);
            Guard.Param(known.Equals(marked), nameof(dataViewType), $"{dataViewType} is registered for {known.Type}.");
            s_columnTypes[marked] = dataViewType;
            s_netTypes[dataViewType] = marked;
        }
    }

    internal static bool Knows(Type type, IEnumerable<Attribute> attributes = null) => Find(type, attributes) != null;

    internal static bool Knows(DataViewType type)
    {
        lock (s_lock)
            return s_netTypes.ContainsKey(type);
    }

    internal static DataViewType GetDataViewType(Type type, IEnumerable<Attribute> attributes = null)
        => Find(type, attributes) ?? throw new ArgumentOutOfRangeException(nameof(type), $"{type} is not registered with a column type.");

    private static DataViewType Find(Type type, IEnumerable<Attribute> attributes)
    {
        var marks = attributes?.OfType<DataViewTypeAttribute>().ToArray() ?? [];
        Guard.Param(marks.Length <= 1, nameof(type), $"A member of type {type} is marked as more than one column type.");
        lock (s_lock)
            return s_columnTypes.GetValueOrDefault(new Marked(type, marks.FirstOrDefault()));
    }

    private readonly record struct Marked(Type Type, DataViewTypeAttribute Attribute);
}
