using Microsoft.ML;
using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage;

/// <summary>Region components on <c>mlContext.Transforms</c>.</summary>
public static class RegionTransformsCatalog
{
    /// <summary>
    /// Looks up the regions of an image in feature files of any format that <see cref="RegionFeatureReader"/> reads (bottom-up attention's .tsv,
    /// .safetensors shards, .npz, LMDB, HDF5): columns RegionFeatures (N×D), RegionBoxes (N×4, pixels x1 y1 x2 y2) and ImageSize (width, height).
    /// </summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="paths">The files or folders.</param>
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
    /// <param name="paths">The files or folders.</param>
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
    /// N = grid² (+ coarseGrid²). Alpha is ignored. With a network as <paramref name="backbone"/> a cell's feature is a place of its map instead.
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
    /// <param name="backbone">What makes a cell's feature: its pixels, or a network.</param>
    /// <param name="backboneLayer">The map of the network, see <see cref="GridFeatureOptions.BackboneLayer"/>.</param>
    /// <exception cref="ArgumentException">An argument is out of its range or two columns have one name.</exception>
    public static ExtractGridFeaturesEstimator ExtractGridFeatures(
        this TransformsCatalog catalog, string imageColumnName, int grid = 4, int? coarseGrid = null, int cellSize = 8, bool centered = false,
        string regionFeaturesColumnName = "RegionFeatures", string regionBoxesColumnName = "RegionBoxes", string imageSizeColumnName = "ImageSize",
        string? boxesColumnName = null, GridBackbone backbone = GridBackbone.Pixels, int backboneLayer = 4) =>
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
            Backbone = backbone,
            BackboneLayer = backboneLayer,
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

    /// <summary>
    /// Takes what a Faster R-CNN finds in the image as its regions (bottom-up attention, Anderson et al. 2018): columns RegionFeatures (N×D),
    /// RegionBoxes (N×4, pixels x1 y1 x2 y2), ImageSize (width, height), RegionScores and RegionAttributeScores (N probabilities),
    /// RegionClasses and RegionAttributes (N keys with names as KeyValues). What models read that were trained on such features.
    /// </summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="imageColumnName">The image column, as LoadImages makes it.</param>
    /// <param name="checkpointPath">
    /// The detector's weights, under the names of the transformers library's extractor ("unc-nlp/frcnn-vg-finetuned"); the weights that are
    /// trained on Visual Genome with detectron2 have the same names.
    /// </param>
    /// <param name="detector">The detector's sizes; null for <see cref="FasterRcnnConfig.VisualGenome"/>.</param>
    /// <param name="choice">Which proposals become regions.</param>
    /// <param name="minRegions">The fewest regions, see <see cref="RegionFeatureOptions.MinRegions"/>.</param>
    /// <param name="maxRegions">The most, see <see cref="RegionFeatureOptions.MaxRegions"/>.</param>
    /// <param name="confidence">How sure the detector must be of a region; of <see cref="RegionChoice.Confident"/> alone.</param>
    /// <param name="boxesColumnName">The boxes of <see cref="RegionChoice.Given"/>, see <see cref="RegionFeatureOptions.BoxesColumnName"/>.</param>
    /// <param name="classes">What classes are called; null for their numbers.</param>
    /// <param name="attributes">What attributes are called; null for their numbers.</param>
    /// <exception cref="ArgumentException">An argument is out of its range or two columns have one name.</exception>
    public static ExtractRegionFeaturesEstimator ExtractRegionFeatures(
        this TransformsCatalog catalog, string imageColumnName, string checkpointPath, FasterRcnnConfig? detector = null,
        RegionChoice choice = RegionChoice.Best, int? minRegions = null, int? maxRegions = null, float confidence = 0.2f,
        string? boxesColumnName = null, IReadOnlyList<string>? classes = null, IReadOnlyList<string>? attributes = null) =>
        ExtractRegionFeatures(catalog, imageColumnName, checkpointPath, new RegionFeatureOptions
        {
            Detector = detector,
            Choice = choice,
            MinRegions = minRegions,
            MaxRegions = maxRegions,
            Confidence = confidence,
            BoxesColumnName = boxesColumnName,
            Classes = classes,
            Attributes = attributes,
        });

    /// <summary>As the overload with named arguments.</summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="imageColumnName">The image column, as LoadImages makes it.</param>
    /// <param name="checkpointPath">The detector's weights.</param>
    /// <param name="options">The detector, which regions, and column names.</param>
    /// <exception cref="ArgumentException">An option is out of its range or two columns have one name.</exception>
    public static ExtractRegionFeaturesEstimator ExtractRegionFeatures(
        this TransformsCatalog catalog, string imageColumnName, string checkpointPath, RegionFeatureOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(checkpointPath);
        ArgumentNullException.ThrowIfNull(options);
        return new ExtractRegionFeaturesEstimator(
            catalog, RegionFeatureSettings.Create(imageColumnName, options), checkpointPath, options.StateDictionary);
    }

    /// <summary>
    /// Takes what an ONNX detector of any kind finds in the image as its regions: columns RegionFeatures (N×D), RegionBoxes (N×4, pixels x1 y1 x2 y2),
    /// ImageSize (width, height), RegionScores (N) and RegionClasses (N keys with names as KeyValues), the best region first.
    /// </summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="imageColumnName">The image column, as LoadImages makes it.</param>
    /// <param name="modelPath">The detector, one .onnx file of any operator set that ONNX Runtime runs, or a graph model of TensorFlow.js (model.json).</param>
    /// <param name="detector">What it reads and what its outputs mean; <see cref="OnnxDetector.Known"/> has some.</param>
    /// <param name="features">What a region's feature is, see <see cref="OnnxDetectorOptions.Features"/>.</param>
    /// <param name="threshold">Above which score a box is a region; null for the detector's.</param>
    /// <param name="minRegions">The fewest regions, see <see cref="OnnxDetectorOptions.MinRegions"/>.</param>
    /// <param name="maxRegions">The most, the best.</param>
    /// <param name="classes">What the classes are called; null for the detector's names.</param>
    /// <exception cref="ArgumentException">An option makes no sense, or two columns have one name.</exception>
    public static DetectRegionsEstimator DetectRegions(
        this TransformsCatalog catalog, string imageColumnName, string modelPath, OnnxDetector detector, DetectedFeatures? features = null,
        float? threshold = null, int minRegions = 1, int maxRegions = 100, IReadOnlyList<string>? classes = null) =>
        DetectRegions(catalog, imageColumnName, modelPath, detector, new OnnxDetectorOptions
        {
            Features = features,
            Threshold = threshold,
            MinRegions = minRegions,
            MaxRegions = maxRegions,
            Classes = classes,
        });

    /// <summary>As the overload with named arguments.</summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="imageColumnName">The image column, as LoadImages makes it.</param>
    /// <param name="modelPath">The detector, one .onnx file.</param>
    /// <param name="detector">What it reads and what its outputs mean.</param>
    /// <param name="options">Which regions, what features, and column names.</param>
    /// <exception cref="ArgumentException">An option makes no sense, or two columns have one name.</exception>
    public static DetectRegionsEstimator DetectRegions(
        this TransformsCatalog catalog, string imageColumnName, string modelPath, OnnxDetector detector, OnnxDetectorOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(modelPath);
        ArgumentNullException.ThrowIfNull(detector);
        ArgumentNullException.ThrowIfNull(options);
        return new DetectRegionsEstimator(catalog, DetectorSettings.Create(imageColumnName, detector, options), modelPath);
    }
}
