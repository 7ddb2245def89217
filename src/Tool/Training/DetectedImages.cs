using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Regions;
using MLNet.VisionLanguage.Tool.Extracting;
using MLNet.VisionLanguage.Tool.Models;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Training;

/// <summary>A detector's model file whose regions a model is trained on: each image is looked at once, and the detector goes into the model.</summary>
internal sealed class DetectedImages
{
    private readonly string _path;
    private readonly RegionFeatureOptions _regions;
    private readonly string _weights;

    /// <summary>Opens a model file.</summary>
    /// <exception cref="InvalidDataException">It is no detector, or one whose boxes rows give.</exception>
    public DetectedImages(string path)
    {
        _path = path;
        using var file = ModelFile.Load(path);
        var part = file.Parts.OfType<ExtractRegionFeaturesTransformer>().FirstOrDefault()
            ?? throw new InvalidDataException($"--detector: the model '{path}' has no detector in it.");
        if (part.BoxesColumnName is { } boxes)
            throw new InvalidDataException($"--detector: the regions of the model '{path}' are the boxes of a column '{boxes}'; none are found.");
        FeatureSize = part.FeatureSize;
        _weights = Path.Combine(TemporaryFiles.NewFolder("detector"), "weights.safetensors");
        part.SaveWeights(_weights);
        _regions = part.Options();
    }

    /// <summary>Values of a region.</summary>
    public int FeatureSize { get; }

    /// <summary>Writes the regions of images to a temporary file.</summary>
    /// <param name="context">The context.</param>
    /// <param name="sources">The images of a row.</param>
    /// <param name="images">All images.</param>
    /// <param name="meter">Shows how far it is.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>The file.</returns>
    /// <exception cref="UsageException">The regions are boxes of the data.</exception>
    public string Extract(MLContext context, RowSources sources, IEnumerable<ImageFacts> images, IMeter meter, CancellationToken cancellation)
    {
        if (sources.Images.Any(image => image.BoxesColumn is not null))
            throw new UsageException("--detector: the regions of this task are the boxes of its data.");
        var pending = images.DistinctBy(image => image.Id).Select(image => new ExtractedImage { ImageId = image.Id, ImagePath = image.Path }).ToList();
        using var extractor = RegionExtractor.Open(_path, new(), context);
        using var writer = RegionFeatureWriter.Create(Path.Combine(TemporaryFiles.NewFolder("regions"), "regions.safetensors"), new());
        var view = extractor.Transform(context.Data.LoadFromEnumerable(pending));
        new RegionFeatureSaving(nameof(ExtractedImage.ImageId), []).Save(
            view, writer, Display.Progress(meter, pending.Count, "images looked at"), cancellation,
            image => throw new InvalidDataException($"--detector: it finds no region in image '{image}'."));
        writer.Complete();
        return writer.Path;
    }

    /// <summary>A model that was trained on the regions, with the steps before it that find them.</summary>
    /// <param name="context">The context.</param>
    /// <param name="sources">The images of a row.</param>
    /// <param name="model">The model.</param>
    public ITransformer Before(MLContext context, RowSources sources, ITransformer model)
    {
        var rows = context.Data.LoadFromEnumerable<DetectedRow>([]);
        var finding = sources.Images.Select(image =>
        {
            var none = context.Transforms.CopyColumns(image.PathColumn, nameof(DetectedRow.Path)).Fit(rows).Transform(rows);
            return (ITransformer)context.Transforms.LoadImageFiles("Image" + image.Ending, "", image.PathColumn, new() { ShrinkAbove = null })
                .Append(context.Transforms.ExtractRegionFeatures("Image" + image.Ending, _weights, _regions.Named(image.Ending))).Fit(none);
        });
        return new TransformerChain<ITransformer>([.. finding, model]);
    }

    private sealed class DetectedRow
    {
        public string Path { get; set; } = "";
    }
}
