using System.IO.Compression;
using System.Runtime.InteropServices;
using Microsoft.ML;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage;

/// <summary>
/// Adds what a Faster R-CNN finds in each row's image as its regions. Saved as ML.NET's own transformers with the detector inside.
/// </summary>
public sealed class ExtractRegionFeaturesTransformer : DelegatingTransformer
{
    private readonly RegionFeatureSettings _settings;

    /// <summary>Kept so that the graph's file lives as long as the transformer that saves it; null after loading.</summary>
    private readonly OnnxModelFolder? _graph;

    internal ExtractRegionFeaturesTransformer(ITransformer inner, RegionFeatureSettings settings, OnnxModelFolder? graph)
        : base(inner, settings.Requirements()) => (_settings, _graph) = (settings, graph);

    /// <summary>The image column read.</summary>
    public string ImageColumnName => _settings.ImageColumnName;

    /// <summary>The column of boxes that are the regions; null where the detector proposes.</summary>
    public string? BoxesColumnName => _settings.BoxesColumnName;

    /// <summary>VL-BERT's image backbone, which makes features of given boxes; null for a detector.</summary>
    public VlBertBackbone? Backbone => _settings.Backbone;

    /// <summary>The detector, with the numbers of regions that it gives; with a <see cref="Backbone"/> the sizes of that.</summary>
    public FasterRcnnConfig Detector => _settings.Detector;

    /// <summary>Which proposals become regions.</summary>
    public RegionChoice Choice => _settings.Choice;

    /// <summary>The names of the detector's classes, in the order of its outputs.</summary>
    public IReadOnlyList<string> Classes => _settings.Classes;

    /// <summary>The names of the detector's attributes, in the order of its outputs.</summary>
    public IReadOnlyList<string> Attributes => _settings.Attributes;

    /// <summary>The number of values D of one region's feature.</summary>
    public int FeatureSize => _settings.Detector.FeatureSize;

    /// <summary>
    /// Which parameters of the detector were found in the checkpoint; null after loading. The tensors it names can be read no more.
    /// </summary>
    public ParameterMatch? Match { get; init; }

    /// <summary>
    /// Writes the detector's weights to a .safetensors file under the names of the transformers library's extractor, as
    /// ExtractRegionFeatures and the initial weights of a detector's trainer take them.
    /// </summary>
    /// <param name="path">The file; an older one is replaced whole.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="ObjectDisposedException">The transformer was disposed.</exception>
    public void SaveWeights(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        ThrowIfDisposed();
        using var model = ModelOf(Inner);
        using var weights = OnnxWeights.Open(model.ModelPath);
        SafeTensors.Write(path, _settings.Parameters().Select(parameter => new NamedTensor(
            parameter.Name, TensorElementType.Float32, parameter.Shape, stream => stream.Write(MemoryMarshal.AsBytes<float>(
                weights.Contains(parameter.Name) ? weights.Read(parameter.Name) : new float[parameter.Count])))));
    }

    /// <summary>The options of another with the same detector.</summary>
    internal RegionFeatureOptions Options() => new()
    {
        Detector = Backbone is null ? Detector : null,
        Backbone = Backbone,
        Choice = Choice,
        MinRegions = Detector.MinRegions,
        MaxRegions = Detector.MaxRegions,
        Confidence = _settings.Confidence,
        BoxesColumnName = BoxesColumnName,
        Classes = Backbone is null ? Classes : null,
        Attributes = Backbone is null ? Attributes : null,
    };

    /// <summary>The ONNX model in a chain. ML.NET tells nobody its bytes but a file, in which their number stands before them.</summary>
    private static OnnxModelFolder ModelOf(ITransformer chain)
    {
        var path = TemporaryFiles.NewPath("detector");
        using var saved = new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16, FileOptions.DeleteOnClose);
        new MLContext().Model.Save(chain, null, saved);
        saved.Position = 0;
        using var zip = new ZipArchive(saved, ZipArchiveMode.Read, leaveOpen: true);
        using var entry = zip.Entries.Single(found => found.Name == "OnnxModel").Open();
        entry.ReadExactly(stackalloc byte[sizeof(int)]);
        return OnnxModelFolder.Create(entry.CopyTo);
    }

    /// <summary>What it does.</summary>
    public override string ToString() =>
        $"ExtractRegionFeatures: {Choice}, {Detector.MinRegions} to {Detector.MaxRegions} regions of {FeatureSize} values"
        + (BoxesColumnName is { } boxes ? $", those of {boxes}" : "");

    private protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) _graph?.Dispose();
    }

    /// <summary>Gives the component of a saved state back.</summary>
    internal static ExtractRegionFeaturesTransformer Restore(ITransformer loaded, string state) =>
        new(loaded, RegionFeatureSettings.FromState(state), graph: null);
}
