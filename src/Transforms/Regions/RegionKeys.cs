using Microsoft.ML;

namespace MLNet.VisionLanguage.Regions;

/// <summary>Columns of names as keys, whose KeyValues are all names there are.</summary>
internal static class RegionKeys
{
    /// <summary>A stage that makes keys of texts.</summary>
    public static IEstimator<ITransformer> Stage(TransformsCatalog catalog, string to, string from, IReadOnlyList<string> names) =>
        catalog.Conversion.MapValueToKey(
            to, from, keyData: new MLContext().Data.LoadFromEnumerable(names.Select(name => new KeyText { Text = name }).ToList()));

    private sealed class KeyText
    {
        public string Text { get; set; } = "";
    }
}
