using Microsoft.ML;
using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage;

/// <summary>Region components on <c>mlContext.Transforms</c>.</summary>
public static class RegionTransformsCatalog
{
    /// <summary>
    /// Looks up the regions of an image in bottom-up-attention .tsv files (LXMERT's layout): columns RegionFeatures (N×D), RegionBoxes
    /// (N×4, pixels x1 y1 x2 y2) and ImageSize (width, height).
    /// </summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="paths">The .tsv files.</param>
    /// <param name="imageIdColumn">The text column with the image's name as in the files ("COCO_train2014_000000494628").</param>
    /// <param name="options">Column names and limits.</param>
    /// <exception cref="ArgumentException">An option is out of its range or two columns have one name.</exception>
    public static LoadRegionFeaturesEstimator LoadRegionFeatures(
        this TransformsCatalog catalog, IReadOnlyList<string> paths, string imageIdColumn = "ImageId", LoadRegionFeaturesOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(paths);
        var settings = LoadRegionFeaturesSettings.Create(paths, imageIdColumn, options ?? new LoadRegionFeaturesOptions());
        return new LoadRegionFeaturesEstimator(catalog, settings);
    }

    /// <summary>As the other overload, with one file.</summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="path">The .tsv file.</param>
    /// <param name="imageIdColumn">The text column with the image's name as in the file.</param>
    /// <param name="options">Column names and limits.</param>
    /// <exception cref="ArgumentException">An option is out of its range or two columns have one name.</exception>
    public static LoadRegionFeaturesEstimator LoadRegionFeatures(
        this TransformsCatalog catalog, string path, string imageIdColumn = "ImageId", LoadRegionFeaturesOptions? options = null) =>
        LoadRegionFeatures(catalog, [path], imageIdColumn, options);
}
