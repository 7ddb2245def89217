using Microsoft.ML;
using MLNet.VisionLanguage.Tool.Models;

namespace MLNet.VisionLanguage.Tool.Extracting;

/// <summary>What makes regions of image files: columns ImageId and ImagePath to the columns of an image.</summary>
/// <param name="transform">Adds the columns.</param>
/// <param name="owned">What is disposed with it.</param>
internal sealed class RegionExtractor(Func<IDataView, IDataView> transform, IDisposable owned) : IDisposable
{
    private const string Image = "Image";

    /// <summary>The extractors that have a name; any other is a model file.</summary>
    public static IReadOnlyDictionary<string, Func<GridFeatureOptions, MLContext, RegionExtractor>> Named { get; } =
        new Dictionary<string, Func<GridFeatureOptions, MLContext, RegionExtractor>>(StringComparer.Ordinal)
        {
            ["grid"] = (grid, context) => Of(context, context.Transforms.ExtractGridFeatures(Image, grid)),
            ["resnet18"] = (grid, context) =>
            {
                grid.Backbone = GridBackbone.ResNet18;
                return Of(context, context.Transforms.ExtractGridFeatures(Image, grid));
            },
        };

    /// <summary>The detectors that have a name: where their model is among the packages that eng/packages.sh fetches.</summary>
    public static IReadOnlyDictionary<string, string> Detectors { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["nanodet"] = "human-models-3.0.4/models/nanodet.json",
        ["centernet"] = "human-models-3.0.4/models/centernet.json",
    };

    /// <summary>All names.</summary>
    public static string Names => string.Join(", ", Named.Keys.Concat(Detectors.Keys));

    /// <summary>The extractor of a name, or that of a model file, whose first steps make regions of images.</summary>
    /// <exception cref="FileNotFoundException">It is no name, and no file.</exception>
    /// <exception cref="InvalidDataException">The model makes no regions of images.</exception>
    public static RegionExtractor Open(string detector, GridFeatureOptions grid, MLContext context)
    {
        if (Named.TryGetValue(detector, out var create)) return create(grid, context);
        if (Detectors.ContainsKey(detector)) return OpenDetector(detector, null, context);
        if (!File.Exists(detector))
        {
            throw new FileNotFoundException(
                $"--detector: '{detector}' is none of {Names}, and there is no such model file.", detector);
        }

        var model = ModelFile.Load(detector);
        var steps = model.Parts.TakeWhile(part => part is not LoadRegionFeaturesTransformer).ToList();
        var last = steps.FindLastIndex(part => part is ExtractGridFeaturesTransformer or ExtractRegionFeaturesTransformer or DetectRegionsTransformer);
        if (last < 0)
        {
            model.Dispose();
            throw new InvalidDataException($"--detector: the model '{detector}' makes no regions of images: it has no step that extracts them.");
        }

        // Steps for texts may stand before those for images.
        var own = steps.Take(last + 1).Where(part => part is not TokenizeTextTransformer).ToList();
        return new(view => own.Aggregate(view, (rows, part) => part.Transform(rows)), model);
    }

    public IDataView Transform(IDataView rows) => transform(rows);

    public void Dispose() => owned.Dispose();

    /// <summary>The detector of a name, or that of a model file; boxes are in the files' own pixels.</summary>
    /// <exception cref="FileNotFoundException">There is no such file, or the package of the name was not fetched.</exception>
    public static RegionExtractor OpenDetector(string detector, float? threshold, MLContext context)
    {
        if (!Detectors.TryGetValue(detector, out var package)) return Open(detector, new(), context);
        var options = new OnnxDetectorOptions { Threshold = threshold };
        return Of(
            context, context.Transforms.DetectRegions(Image, PackageFiles.Find(package), OnnxDetector.Known[detector], options), new() { ShrinkAbove = null });
    }

    private static RegionExtractor Of(MLContext context, IEstimator<ITransformer> extract, LoadImageFilesOptions? loading = null)
    {
        var none = context.Data.LoadFromEnumerable<ExtractedImage>([]);
        var model = context.Transforms.LoadImageFiles(Image, "", nameof(ExtractedImage.ImagePath), loading ?? new()).Append(extract).Fit(none);
        return new(model.Transform, (IDisposable)model);
    }
}

/// <summary>An image to extract regions of.</summary>
internal sealed class ExtractedImage
{
    /// <summary>Its name: that of its file without extension.</summary>
    public string ImageId { get; set; } = "";

    /// <summary>Its file.</summary>
    public string ImagePath { get; set; } = "";
}
