using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A catalog of an MLContext: lends its environment to the stand-ins' own extension methods.</summary>
internal interface IInternalCatalog
{
    IHostEnvironment Environment { get; }
}

internal static class CatalogUtils
{
    public static IHostEnvironment GetEnvironment(this IInternalCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return catalog.Environment;
    }
}
