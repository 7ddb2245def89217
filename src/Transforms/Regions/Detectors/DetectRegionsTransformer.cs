using Microsoft.ML;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage;

/// <summary>
/// Adds what an ONNX detector finds in each row's image as its regions. Saved as ML.NET's own transformers with the detector inside.
/// </summary>
public sealed class DetectRegionsTransformer : DelegatingTransformer
{
    private readonly DetectorSettings _settings;

    /// <summary>Kept so that the graphs' files live as long as the transformer that saves them; empty after loading.</summary>
    private readonly IReadOnlyList<OnnxModelFolder> _graphs;

    internal DetectRegionsTransformer(ITransformer inner, DetectorSettings settings, IReadOnlyList<OnnxModelFolder> graphs)
        : base(inner, settings.Requirements()) => (_settings, _graphs) = (settings, graphs);

    /// <summary>The image column read.</summary>
    public string ImageColumnName => _settings.ImageColumnName;

    /// <summary>What the detector reads and what its outputs mean, with the threshold that is used.</summary>
    public OnnxDetector Detector => _settings.Detector;

    /// <summary>What a region's feature is.</summary>
    public DetectedFeatures Features => _settings.Features;

    /// <summary>The fewest regions of an image, if there are so many boxes.</summary>
    public int MinRegions => _settings.MinRegions;

    /// <summary>The most regions of an image.</summary>
    public int MaxRegions => _settings.MaxRegions;

    /// <summary>The names of the detector's classes, in the order of its scores.</summary>
    public IReadOnlyList<string> Classes => _settings.Classes;

    /// <summary>The number of values D of one region's feature.</summary>
    public int FeatureSize => _settings.FeatureSize;

    /// <summary>What it does.</summary>
    public override string ToString() => FormattableString.Invariant(
        $"DetectRegions: {MinRegions} to {MaxRegions} regions above {Detector.Threshold} of {Classes.Count} classes, {FeatureSize} values of {Features}");

    private protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing) return;
        foreach (var graph in _graphs) graph.Dispose();
    }

    /// <summary>Gives the component of a saved state back.</summary>
    internal static DetectRegionsTransformer Restore(ITransformer loaded, string state) => new(loaded, DetectorSettings.FromState(state), []);
}
