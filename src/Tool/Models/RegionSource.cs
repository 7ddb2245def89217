using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Regions;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Models;

/// <summary>Where a model has its regions from: image files, feature files, or whoever gives it rows.</summary>
/// <param name="parts">The model's parts.</param>
/// <param name="images">The images of a row.</param>
/// <param name="path">Its file, for messages.</param>
internal sealed class RegionSource(IReadOnlyList<ITransformer> parts, IReadOnlyList<ImageSource> images, string path)
{
    private readonly IReadOnlyList<LoadRegionFeaturesTransformer> _files = [.. parts.OfType<LoadRegionFeaturesTransformer>()];

    /// <summary>Whether the model opens image files.</summary>
    public static bool OpensImages(IEnumerable<ITransformer> parts) =>
        parts.Any(part => part is LoadImageFilesTransformer or ImageLoadingTransformer or ExtractGridFeaturesTransformer);

    /// <exception cref="UsageException">The options do not give the model what it reads.</exception>
    /// <exception cref="FileNotFoundException">The model's own feature files are not where they were.</exception>
    public void Check(IReadOnlyList<string> featureFiles, IEnumerable<RowFacts> rows)
    {
        if (OpensImages(parts))
        {
            if (featureFiles.Count > 0) throw new UsageException($"--features: the model '{path}' looks at images itself.");
            if (rows.Any(row => row.Images.Any(image => image.Path.Length == 0)))
                throw new UsageException($"--image is needed: the model '{path}' looks at images itself.");
            return;
        }

        if (featureFiles.Count > 0) return;
        if (_files.Count == 0) throw new UsageException($"--features is needed: the model '{path}' is given regions and opens no images.");
        if (_files.SelectMany(part => part.Paths).FirstOrDefault(file => RegionFeatureFormats.Find(file) is null) is { } gone)
        {
            throw new FileNotFoundException(
                $"The model '{path}' has its regions from '{gone}', which does not exist; --features names other files.", gone);
        }

        if (rows.Any(row => row.Images.Any(image => image.Id.Length == 0)))
            throw new UsageException($"--image-id is needed: the model '{path}' has regions from files and opens no images.");
    }

    /// <summary>Scores rows; given feature files stand in for the model's own, with their limits.</summary>
    /// <param name="context">The context.</param>
    /// <param name="view">The rows.</param>
    /// <param name="featureFiles">The feature files.</param>
    /// <param name="featureSize">Numbers in a region's feature.</param>
    /// <param name="before">The part before which to stop; null to run all.</param>
    public IDataView Transform(
        MLContext context, IDataView view, IReadOnlyList<string> featureFiles, int featureSize, ITransformer? before = null)
    {
        if (_files.Count == 0 && featureFiles.Count > 0)
            foreach (var image in images) view = image.Load(context, featureFiles, featureSize).Fit(view).Transform(view);
        foreach (var part in parts.TakeWhile(part => part != before))
        {
            view = part is LoadRegionFeaturesTransformer own && featureFiles.Count > 0
                ? context.Transforms.LoadRegionFeatures(featureFiles, own.ImageIdColumnName, own.Options(featureSize)).Fit(view).Transform(view)
                : part.Transform(view);
        }

        return view;
    }
}
