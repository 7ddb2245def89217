using Microsoft.ML;
using Microsoft.ML.Runtime;

namespace MLNet.VisionLanguage.Persistence;

/// <summary>The environment of a catalog, which ML.NET keeps to itself; needed only to log.</summary>
internal static class CatalogEnvironment
{
    /// <summary>The environment; null when this ML.NET does not tell.</summary>
    public static IHostEnvironment? Of(TransformsCatalog catalog) => typeof(TransformsCatalog).GetInterfaces()
        .FirstOrDefault(found => found.Name == "IInternalCatalog")?.GetProperty("Environment")?.GetValue(catalog) as IHostEnvironment;
}
