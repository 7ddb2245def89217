using Microsoft.ML;
using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage;

/// <summary>Region components on <c>mlContext.Transforms</c>.</summary>
public static class RegionTransformsCatalog
{
    /// <summary>
    /// Looks up the regions of an image in bottom-up-attention .tsv files (LXMERT's layout or the original's, see
    /// <see cref="BottomUpTsvReader"/>): columns RegionFeatures (N×D), RegionBoxes (N×4, pixels x1 y1 x2 y2) and ImageSize (width, height).
    /// </summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="paths">The .tsv files.</param>
    /// <param name="imageIdColumnName">
    /// The text column with the image's name as in the files ("COCO_train2014_000000494628"), or its number where one name ends in it.
    /// </param>
    /// <param name="maxRegions">How many regions of an image are taken, from the first; null for all.</param>
    /// <param name="featureSize">The number of values every region must have; null to take what most of the first images have.</param>
    /// <param name="regionFeaturesColumnName">The column of features to make.</param>
    /// <param name="regionBoxesColumnName">The column of boxes to make.</param>
    /// <param name="imageSizeColumnName">The column of image sizes to make.</param>
    /// <exception cref="ArgumentException">An argument is out of its range or two columns have one name.</exception>
    public static LoadRegionFeaturesEstimator LoadRegionFeatures(
        this TransformsCatalog catalog, IReadOnlyList<string> paths, string imageIdColumnName = "ImageId",
        int? maxRegions = null, int? featureSize = null, string regionFeaturesColumnName = "RegionFeatures",
        string regionBoxesColumnName = "RegionBoxes", string imageSizeColumnName = "ImageSize") =>
        LoadRegionFeatures(catalog, paths, imageIdColumnName, new LoadRegionFeaturesOptions
        {
            MaxRegions = maxRegions,
            FeatureSize = featureSize,
            RegionFeaturesColumnName = regionFeaturesColumnName,
            RegionBoxesColumnName = regionBoxesColumnName,
            ImageSizeColumnName = imageSizeColumnName,
        });

    /// <summary>As the overload with named arguments.</summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="paths">The .tsv files.</param>
    /// <param name="imageIdColumnName">The text column with the image's name as in the files.</param>
    /// <param name="options">Column names and limits.</param>
    /// <exception cref="ArgumentException">An option is out of its range or two columns have one name.</exception>
    public static LoadRegionFeaturesEstimator LoadRegionFeatures(
        this TransformsCatalog catalog, IReadOnlyList<string> paths, string imageIdColumnName, LoadRegionFeaturesOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(paths);
        ArgumentNullException.ThrowIfNull(options);
        return new LoadRegionFeaturesEstimator(catalog, LoadRegionFeaturesSettings.Create(paths, imageIdColumnName, options));
    }

    /// <summary>
    /// Takes the cells of a grid over the image as its regions, for models that learn from pixels: columns RegionFeatures (N×D),
    /// RegionBoxes (N×4, pixels x1 y1 x2 y2) and ImageSize (width, height). A cell's feature is its picture averaged down (exact area
    /// means) to cellSize × cellSize pixels, row by row, red green blue, scaled from 0..255 to -1..1; so D = cellSize² × 3 and
    /// N = grid² (+ coarseGrid²). Alpha is ignored.
    /// </summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="imageColumnName">The image column, as LoadImages makes it.</param>
    /// <param name="grid">Cells along each side of the image, 1 to 64: 4 makes 16 regions.</param>
    /// <param name="coarseGrid">Cells along each side of a second, coarser grid whose cells follow those of the first; null for one grid.</param>
    /// <param name="cellSize">Pixels along each side of a cell's feature, 1 to 64.</param>
    /// <param name="centered">Whether the image's mean colour is subtracted, see <see cref="GridFeatureOptions.Centered"/>.</param>
    /// <param name="regionFeaturesColumnName">The column of features to make.</param>
    /// <param name="regionBoxesColumnName">The column of boxes to make.</param>
    /// <param name="imageSizeColumnName">The column of image sizes to make.</param>
    /// <param name="boxesColumnName">A column of boxes that are regions as well, see <see cref="GridFeatureOptions.BoxesColumnName"/>.</param>
    /// <exception cref="ArgumentException">An argument is out of its range or two columns have one name.</exception>
    public static ExtractGridFeaturesEstimator ExtractGridFeatures(
        this TransformsCatalog catalog, string imageColumnName, int grid = 4, int? coarseGrid = null, int cellSize = 8, bool centered = false,
        string regionFeaturesColumnName = "RegionFeatures", string regionBoxesColumnName = "RegionBoxes", string imageSizeColumnName = "ImageSize",
        string? boxesColumnName = null) =>
        ExtractGridFeatures(catalog, imageColumnName, new GridFeatureOptions
        {
            Grid = grid,
            CoarseGrid = coarseGrid,
            CellSize = cellSize,
            Centered = centered,
            RegionFeaturesColumnName = regionFeaturesColumnName,
            RegionBoxesColumnName = regionBoxesColumnName,
            ImageSizeColumnName = imageSizeColumnName,
            BoxesColumnName = boxesColumnName,
        });

    /// <summary>As the overload with named arguments.</summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="imageColumnName">The image column, as LoadImages makes it.</param>
    /// <param name="options">Grids, cell size and column names.</param>
    /// <exception cref="ArgumentException">An option is out of its range or two columns have one name.</exception>
    public static ExtractGridFeaturesEstimator ExtractGridFeatures(
        this TransformsCatalog catalog, string imageColumnName, GridFeatureOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new ExtractGridFeaturesEstimator(catalog, GridFeatureSettings.Create(imageColumnName, options));
    }
}
