using Microsoft.ML;
using MLNet.VisionLanguage.Images;

namespace MLNet.VisionLanguage;

/// <summary>Adds the values that a model takes of each row's whole picture. Saved as ML.NET's own transformers.</summary>
public sealed class PreprocessImageTransformer : DelegatingTransformer
{
    private readonly PreprocessImageSettings _settings;

    internal PreprocessImageTransformer(ITransformer inner, PreprocessImageSettings settings)
        : base(inner, settings.Requirements()) => _settings = settings;

    /// <summary>The column added.</summary>
    public string OutputColumnName => _settings.OutputColumnName;

    /// <summary>The image column read.</summary>
    public string ImageColumnName => _settings.ImageColumnName;

    /// <summary>Pixels along each side.</summary>
    public int ImageSize => _settings.ImageSize;

    /// <summary>How pictures are changed by chance.</summary>
    public ImageAugmentation Augmentation => _settings.Augmentation;

    /// <summary>What it does.</summary>
    public override string ToString() =>
        $"PreprocessImage: '{ImageColumnName}' → '{OutputColumnName}', {ImageSize} × {ImageSize} pixels"
        + (_settings.ShorterSide is { } shorter ? $", the shorter side {shorter}" : "")
        + (Augmentation == ImageAugmentation.None ? "" : $", {Augmentation} of seed {_settings.Seed}, epoch {_settings.Epoch}");

    /// <summary>Gives the component of a saved state back.</summary>
    internal static PreprocessImageTransformer Restore(ITransformer loaded, string state) =>
        new(loaded, PreprocessImageSettings.FromState(state));
}
