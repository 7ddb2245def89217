#nullable disable

namespace Microsoft.ML.Data;

/// <summary>Fills objects from rows; arrays of the right length in the object are filled in place, and null does for no items.</summary>
internal sealed class RowReader<T>
    where T : class
{
    private readonly (MemberColumn Member, DataViewSchema.Column Column)[] _bound;

    private RowReader((MemberColumn Member, DataViewSchema.Column Column)[] bound)
    {
        _bound = bound;
    }

    /// <summary>The columns a row must have active.</summary>
    public IReadOnlyList<DataViewSchema.Column> Columns => [.. _bound.Select(pair => pair.Column)];

    /// <summary>By a definition, or by the writable members.</summary>
    public static RowReader<T> Bind(DataViewSchema schema, bool ignoreMissingColumns = false, SchemaDefinition definition = null)
    {
        var bound = new List<(MemberColumn, DataViewSchema.Column)>();
        definition ??= SchemaDefinition.Create(typeof(T), SchemaDefinition.Direction.Write);
        foreach (var member in MemberColumn.Resolve(typeof(T), definition))
        {
            if (schema.GetColumnOrNull(member.Name) is not { } column)
            {
                Guard.Param(ignoreMissingColumns, nameof(schema), $"Could not find column '{member.Name}'.");
                continue;
            }

            var (item, isVector) = ColumnTypes.Shape(member.MemberType);
            Guard.State(
                isVector == column.Type is VectorDataViewType && item == ColumnTypes.ItemTypeOf(column.Type).RawType,
                $"Can't bind column '{column.Name}' of type {column.Type} to member '{member.Member.Name}' of type {member.MemberType}.");
            bound.Add((member, column));
        }

        return new RowReader<T>([.. bound]);
    }

    /// <summary>The action that fills an object from where the row then stands.</summary>
    public Action<T> Open(DataViewRow row)
    {
        var setters = _bound.Select(pair => MakeSetter(Setter<int>, pair.Member.MemberType, row, pair.Member, pair.Column)).ToArray();
        return target =>
        {
            foreach (var setter in setters)
                setter(target);
        };
    }

    private static Action<T> MakeSetter(
        Func<DataViewRow, MemberColumn, DataViewSchema.Column, Action<T>> sample,
        Type type,
        DataViewRow row,
        MemberColumn member,
        DataViewSchema.Column column)
        => (Action<T>)Generic.Call(sample, type, row, member, column);

    private static Action<T> Setter<TMember>(DataViewRow row, MemberColumn member, DataViewSchema.Column column)
    {
        if (typeof(TMember) == typeof(string))
            return Text(row, member, column);
        if (typeof(TMember) == typeof(string[]))
            return Texts(row, member, column);
        if (typeof(TMember).IsArray)
            return MakeSetter(Array<int>, typeof(TMember).GetElementType(), row, member, column);

        var getter = row.GetGetter<TMember>(column);
        var write = member.Writer<T, TMember>();
        if (column.Type is not VectorDataViewType)
        {
            TMember value = default;
            return target =>
            {
                getter(ref value);
                write(target, value);
            };
        }

        var read = member.Reader<T, TMember>();
        return target =>
        {
            var buffer = read(target);
            getter(ref buffer);
            write(target, buffer);
        };
    }

    private static Action<T> Text(DataViewRow row, MemberColumn member, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<ReadOnlyMemory<char>>(column);
        var write = member.Writer<T, string>();
        ReadOnlyMemory<char> value = default;
        return target =>
        {
            getter(ref value);
            write(target, value.ToString());
        };
    }

    private static Action<T> Texts(DataViewRow row, MemberColumn member, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<VBuffer<ReadOnlyMemory<char>>>(column);
        var read = member.Reader<T, string[]>();
        var write = member.Writer<T, string[]>();
        VBuffer<ReadOnlyMemory<char>> value = default;
        return target =>
        {
            getter(ref value);
            var texts = read(target);
            if ((texts?.Length ?? 0) != value.Length)
                texts = new string[value.Length];
            foreach (var (slot, text) in value.Items(all: true))
                texts[slot] = text.ToString();
            write(target, texts);
        };
    }

    private static Action<T> Array<TItem>(DataViewRow row, MemberColumn member, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<VBuffer<TItem>>(column);
        var read = member.Reader<T, TItem[]>();
        var write = member.Writer<T, TItem[]>();
        VBuffer<TItem> value = default;
        return target =>
        {
            getter(ref value);
            var items = read(target);
            if ((items?.Length ?? 0) != value.Length || !value.IsDense)
                items = new TItem[value.Length];
            value.CopyTo(items);
            write(target, items);
        };
    }
}
