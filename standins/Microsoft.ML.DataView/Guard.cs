using System.Runtime.CompilerServices;

namespace Microsoft.ML.Data;

/// <summary>Argument checks; a bad argument is an ArgumentOutOfRangeException, as in the real library.</summary>
internal static class Guard
{
    public static void Param(bool holds, string name, string message = null)
    {
        if (!holds)
            throw message == null ? new ArgumentOutOfRangeException(name) : new ArgumentOutOfRangeException(name, message);
    }

    public static void State(bool holds, string message)
    {
        if (!holds)
            throw new InvalidOperationException(message);
    }

    public static void NotNull(object value, [CallerArgumentExpression(nameof(value))] string name = null)
        => ArgumentNullException.ThrowIfNull(value, name);

    public static void NotEmpty(string value, [CallerArgumentExpression(nameof(value))] string name = null)
    {
        if (string.IsNullOrEmpty(value))
            throw new ArgumentNullException(name);
    }
}
