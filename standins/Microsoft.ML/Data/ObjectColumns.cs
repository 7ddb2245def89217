#nullable disable

namespace Microsoft.ML.Data;

/// <summary>Shows the members of objects as columns.</summary>
internal sealed class ObjectColumns<T>
    where T : class
{
    private readonly MemberColumn[] _members;

    private ObjectColumns(SchemaDefinition definition)
    {
        _members = MemberColumn.Resolve(typeof(T), definition);
        Columns = [.. _members.Select(member => new DataViewSchema.DetachedColumn(member.Name, member.Type, member.Annotations))];
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(Columns);
        Schema = builder.ToSchema();
    }

    public DataViewSchema Schema { get; }

    public IReadOnlyList<DataViewSchema.DetachedColumn> Columns { get; }

    /// <summary>By a definition, or by the readable members.</summary>
    public static ObjectColumns<T> Create(SchemaDefinition definition = null)
        => new(definition ?? SchemaDefinition.Create(typeof(T), SchemaDefinition.Direction.Read));

    /// <summary>By the readable members, with the types and annotations of the schema, all columns of which the class must have.</summary>
    public static ObjectColumns<T> Create(DataViewSchema schema)
    {
        var definition = SchemaDefinition.Create(typeof(T), SchemaDefinition.Direction.Read);
        foreach (var column in schema)
        {
            var member = definition[column.Name];
            Guard.State(member != null, $"{typeof(T)} has no member for column '{column.Name}'.");
            member.ColumnType = column.Type;
            member.TakeAnnotations(column.Annotations);
        }

        return new ObjectColumns<T>(definition);
    }

    /// <summary>Types of one's own must be registered in exactly the column's form, sizes and all.</summary>
    public void CheckTypes()
    {
        foreach (var member in _members)
        {
            if (member.Type is not (PrimitiveDataViewType or VectorDataViewType) && !DataViewTypeManager.Knows(member.Type))
                throw new NotSupportedException($"Type '{member.MemberType.FullName}' is not yet supported.");
        }
    }

    /// <summary>A getter of the column's value type that reads the member of the current object.</summary>
    public Delegate CreateGetter(int column, Func<T> current)
    {
        Func<MemberColumn, Func<T>, Delegate> sample = CreateGetter<int>;
        return (Delegate)Generic.Call(sample, _members[column].MemberType, _members[column], current);
    }

    private static Delegate CreateGetter<TMember>(MemberColumn member, Func<T> current)
    {
        var reader = member.Reader<T, TMember>();
        TMember Read() => reader(current());
        return member.Type is KeyDataViewType key ? MemberGetters.CreateKey(Read, key) : MemberGetters.Create(Read);
    }
}
