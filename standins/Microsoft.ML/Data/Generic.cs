#nullable disable

using System.Reflection;

namespace Microsoft.ML.Data;

/// <summary>Calls a generic method for a type that is known at run time only.</summary>
internal static class Generic
{
    /// <param name="sample">The method for any one type argument, bound to its object.</param>
    /// <param name="argument">The type argument to call it for.</param>
    /// <param name="arguments">What the method takes.</param>
    public static object Call(Delegate sample, Type argument, params object[] arguments)
        => sample.Method.GetGenericMethodDefinition().MakeGenericMethod(argument)
            .Invoke(sample.Target, BindingFlags.DoNotWrapExceptions, null, arguments, null);
}
