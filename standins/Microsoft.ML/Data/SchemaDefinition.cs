#nullable disable

using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>How the members of a class map to columns.</summary>
public sealed class SchemaDefinition : List<SchemaDefinition.Column>
{
    private SchemaDefinition()
    {
    }

    [Flags]
    public enum Direction
    {
        Read = 1,
        Write = 2,
        Both = Read | Write,
    }

    /// <summary>The first column of that name, or null.</summary>
    public Column this[string columnName]
    {
        get => Find(column => column.ColumnName == columnName);
        set
        {
            Guard.NotNull(value);
            Guard.Param(
                value.ColumnName == columnName, nameof(columnName), $"The column is named '{value.ColumnName}', not '{columnName}'.");
            var index = FindIndex(column => column.ColumnName == columnName);
            if (index < 0)
                Add(value);
            else
                this[index] = value;
        }
    }

    /// <summary>The public fields and properties, readable, writable or either, as columns.</summary>
    public static SchemaDefinition Create(Type userType, Direction direction = Direction.Both)
    {
        Guard.NotNull(userType);
        var definition = new SchemaDefinition();
        var names = new HashSet<string>();
        foreach (var member in MembersOf(userType, direction).Where(IsColumn))
        {
            var attributes = member.GetCustomAttributes().ToArray();
            foreach (var mark in attributes.OfType<DataViewTypeAttribute>())
                mark.Register();
            var name = member.GetCustomAttribute<ColumnNameAttribute>()?.Name ?? member.Name;
            Guard.Param(names.Add(name), nameof(userType), $"Two members of {userType} are named '{name}'.");
            definition.Add(new Column(member.Name, TypeOf(member, attributes), name));
        }

        return definition;
    }

    internal static Type MemberType(MemberInfo member) => member is FieldInfo field ? field.FieldType : ((PropertyInfo)member).PropertyType;

    internal static bool IsColumn(MemberInfo member)
        => MemberType(member) != typeof(IChannel)
            && member.GetCustomAttribute<NoColumnAttribute>() == null
            && member is not FieldInfo { IsLiteral: true };

    private static IEnumerable<MemberInfo> MembersOf(Type type, Direction direction)
    {
        const BindingFlags Public = BindingFlags.Public | BindingFlags.Instance;
        var properties = type.GetProperties(Public).Where(property => property.GetIndexParameters().Length == 0
            && ((direction.HasFlag(Direction.Read) && property.GetGetMethod() != null)
                || (direction.HasFlag(Direction.Write) && property.GetSetMethod() != null)));
        return type.GetFields(Public).Concat<MemberInfo>(properties);
    }

    private static DataViewType TypeOf(MemberInfo member, Attribute[] attributes)
    {
        var (item, isVector) = ColumnTypes.KnownShape(member.Name, MemberType(member), attributes);
        if (DataViewTypeManager.Knows(item, attributes))
            return DataViewTypeManager.GetDataViewType(item, attributes);

        var key = member.GetCustomAttribute<KeyTypeAttribute>();
        Guard.Param(key == null || KeyDataViewType.IsValidDataType(item), member.Name, $"'{member.Name}' of {item} cannot be a key.");
        var itemType = key == null ? ColumnTypes.PrimitiveTypeOf(item) : new KeyDataViewType(item, key.Count);
        var vector = member.GetCustomAttribute<VectorTypeAttribute>();
        Guard.Param(vector == null || isVector, member.Name, $"'{member.Name}' is marked as a vector but is none.");
        if (!isVector)
            return itemType;
        return vector?.Dimensions is { Length: > 0 } dimensions
            ? new VectorDataViewType(itemType, dimensions)
            : new VectorDataViewType(itemType);
    }

    /// <summary>One member as a column; name and type may be changed.</summary>
    public sealed class Column
    {
        private readonly Dictionary<string, (DataViewType Type, Delegate Getter)> _annotations = [];

        internal Column(string memberName, DataViewType columnType, string columnName)
        {
            MemberName = memberName;
            ColumnType = columnType;
            ColumnName = columnName;
        }

        public string MemberName { get; }

        public string ColumnName { get; set; }

        public DataViewType ColumnType { get; set; }

        public DataViewSchema.Annotations Annotations
        {
            get
            {
                var builder = new DataViewSchema.Annotations.Builder();
                foreach (var (kind, (type, getter)) in _annotations)
                    builder.Add(kind, type, getter);
                return builder.ToAnnotations();
            }
        }

        public void AddAnnotation<T>(string kind, T value, DataViewType annotationType)
        {
            Guard.NotNull(kind);
            Guard.NotNull(annotationType);
            Guard.State(!_annotations.ContainsKey(kind), $"Column '{ColumnName}' has an annotation '{kind}' already.");
            var (item, isVector) = ColumnTypes.KnownShape(kind, typeof(T), null);
            Guard.State(
                isVector == annotationType is VectorDataViewType && item == ColumnTypes.ItemTypeOf(annotationType).RawType,
                $"Annotation '{kind}' of column '{ColumnName}' is declared as {annotationType}, but its value is {typeof(T)}.");
            _annotations.Add(kind, (annotationType, MemberGetters.Create(() => value)));
        }

        internal void TakeAnnotations(DataViewSchema.Annotations annotations)
        {
            foreach (var column in annotations.Schema)
                _annotations[column.Name] = (column.Type, annotations.GetterAt(column.Index));
        }
    }
}
