namespace Microsoft.ML.Data;

/// <summary>What a column holds: RawType is the T of its getters.</summary>
public abstract class DataViewType : IEquatable<DataViewType>
{
    private protected DataViewType(Type rawType)
    {
        Guard.NotNull(rawType);
        RawType = rawType;
    }

    public Type RawType { get; }

    public abstract bool Equals(DataViewType other);
}

/// <summary>A type whose values may own resources, or are vectors.</summary>
public abstract class StructuredDataViewType : DataViewType
{
    protected StructuredDataViewType(Type rawType)
        : base(rawType)
    {
    }
}

/// <summary>A type whose values can be copied by assignment, and so be items of vectors.</summary>
public abstract class PrimitiveDataViewType : DataViewType
{
    protected PrimitiveDataViewType(Type rawType)
        : base(rawType)
    {
        if (typeof(IDisposable).IsAssignableFrom(rawType))
            throw new ArgumentException($"A primitive type cannot hold the disposable {rawType}.", nameof(rawType));
    }
}

/// <summary>Marks a member whose .NET type has a registered DataViewType of its own.</summary>
[AttributeUsage(AttributeTargets.Field | AttributeTargets.Property, AllowMultiple = false, Inherited = true)]
public abstract class DataViewTypeAttribute : Attribute, IEquatable<DataViewTypeAttribute>
{
    /// <summary>Tells DataViewTypeManager which DataViewType the marked member's type has.</summary>
    public abstract void Register();

    public abstract bool Equals(DataViewTypeAttribute other);
}
