#nullable disable

using System.Linq.Expressions;
using System.Reflection;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A member of a class, checked against the column it stands for.</summary>
internal sealed record MemberColumn(string Name, MemberInfo Member, DataViewType Type, DataViewSchema.Annotations Annotations)
{
    public Type MemberType => SchemaDefinition.MemberType(Member);

    public static MemberColumn[] Resolve(Type userType, SchemaDefinition definition)
        => [.. definition.Select(column => Resolve(userType, column)).Where(column => column.MemberType != typeof(IChannel))];

    public Func<TObject, TMember> Reader<TObject, TMember>()
    {
        var target = Expression.Parameter(typeof(TObject));
        return Expression.Lambda<Func<TObject, TMember>>(Expression.MakeMemberAccess(target, Member), target).Compile();
    }

    public Action<TObject, TMember> Writer<TObject, TMember>()
    {
        var target = Expression.Parameter(typeof(TObject));
        var value = Expression.Parameter(typeof(TMember));
        var assignment = Expression.Assign(Expression.MakeMemberAccess(target, Member), value);
        return Expression.Lambda<Action<TObject, TMember>>(assignment, target, value).Compile();
    }

    private static MemberColumn Resolve(Type userType, SchemaDefinition.Column column)
    {
        var member = (MemberInfo)userType.GetField(column.MemberName)
            ?? userType.GetProperty(column.MemberName)
            ?? throw new ArgumentOutOfRangeException(nameof(userType), $"{userType} has no public member '{column.MemberName}'.");
        var name = string.IsNullOrEmpty(column.ColumnName) ? column.MemberName : column.ColumnName;
        var memberType = SchemaDefinition.MemberType(member);
        if (memberType == typeof(IChannel))
            return new MemberColumn(name, member, null, null);

        var (item, isVector) = ColumnTypes.KnownShape(column.MemberName, memberType, member.GetCustomAttributes());
        var type = column.ColumnType;
        if (type == null)
            type = isVector ? new VectorDataViewType(ColumnTypes.PrimitiveTypeOf(item)) : ColumnTypes.PrimitiveTypeOf(item);
        Guard.Param(
            isVector == type is VectorDataViewType && ColumnTypes.ItemTypeOf(type).RawType == item,
            nameof(column),
            $"Column '{name}' is declared as {type}, which member '{column.MemberName}' of {memberType} cannot hold.");
        return new MemberColumn(name, member, type, column.Annotations);
    }
}
