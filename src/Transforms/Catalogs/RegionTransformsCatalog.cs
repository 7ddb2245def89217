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
    /// <param name="imageIdColumnName">The text column with the image's name as in the files ("COCO_train2014_000000494628").</param>
    /// <param name="options">Column names and limits.</param>
    /// <exception cref="ArgumentException">An option is out of its range or two columns have one name.</exception>
    public static LoadRegionFeaturesEstimator LoadRegionFeatures(
        this TransformsCatalog catalog, IReadOnlyList<string> paths,
        string imageIdColumnName = "ImageId", LoadRegionFeaturesOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(paths);
        var settings = LoadRegionFeaturesSettings.Create(paths, imageIdColumnName, options ?? new LoadRegionFeaturesOptions());
        return new LoadRegionFeaturesEstimator(catalog, settings);
    }

    /// <summary>As the other overload, with one file.</summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="path">The .tsv file.</param>
    /// <param name="imageIdColumnName">The text column with the image's name as in the file.</param>
    /// <param name="options">Column names and limits.</param>
    /// <exception cref="ArgumentException">An option is out of its range or two columns have one name.</exception>
    public static LoadRegionFeaturesEstimator LoadRegionFeatures(
        this TransformsCatalog catalog, string path, string imageIdColumnName = "ImageId", LoadRegionFeaturesOptions? options = null) =>
        LoadRegionFeatures(catalog, [path], imageIdColumnName, options);

    /// <summary>
    /// Takes the cells of a grid over the image as its regions, for models that learn from pixels: columns RegionFeatures (N×D),
    /// RegionBoxes (N×4, pixels x1 y1 x2 y2) and ImageSize (width, height). A cell's feature is its picture averaged down (exact area
    /// means) to CellSize × CellSize pixels, row by row, red green blue, scaled from 0..255 to -1..1; so D = CellSize² × 3 and
    /// N = Grid² (+ CoarseGrid²). Alpha is ignored.
    /// </summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="imageColumnName">The image column, as LoadImages makes it.</param>
    /// <param name="options">Grids, cell size and column names.</param>
    /// <exception cref="ArgumentException">An option is out of its range or two columns have one name.</exception>
    public static ExtractGridFeaturesEstimator ExtractGridFeatures(
        this TransformsCatalog catalog, string imageColumnName, GridFeatureOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new ExtractGridFeaturesEstimator(catalog, GridFeatureSettings.Create(imageColumnName, options ?? new GridFeatureOptions()));
    }
}
