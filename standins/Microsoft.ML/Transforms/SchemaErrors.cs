namespace Microsoft.ML.Data;

/// <summary>The exceptions for columns that a transform cannot use.</summary>
internal static class SchemaErrors
{
    public static Exception MissingColumn(string paramName, string role, string column) =>
        new ArgumentOutOfRangeException(paramName, $"Could not find {role} column '{column}'");

    public static Exception WrongType(string paramName, string role, string column, string expected, string found) =>
        new ArgumentOutOfRangeException(
            paramName, $"Schema mismatch for {role} column '{column}': expected {expected}, got {found}");
}
