using Microsoft.ML;
using MLNet.VisionLanguage.Images;

namespace MLNet.VisionLanguage;

/// <summary>
/// Adds each row's image, read from its file. Saved as ML.NET's own transformers; the model file holds the folder's name, not the images.
/// </summary>
public sealed class LoadImageFilesTransformer : DelegatingTransformer
{
    private readonly LoadImageFilesSettings _settings;

    internal LoadImageFilesTransformer(ITransformer inner, LoadImageFilesSettings settings)
        : base(inner, settings.Requirements()) => _settings = settings;

    /// <summary>The image column added.</summary>
    public string OutputColumnName => _settings.OutputColumnName;

    /// <summary>The text column with the files' paths.</summary>
    public string PathColumnName => _settings.PathColumnName;

    /// <summary>The folder that relative paths begin in; empty for the current one.</summary>
    public string ImageFolder => _settings.Folder;

    /// <summary>What it does.</summary>
    public override string ToString() =>
        $"LoadImageFiles: '{PathColumnName}' → '{OutputColumnName}', up to {_settings.PixelLimit} pixels, " +
        (_settings.ShrinkAbove is { } most ? $"shrunk above {most}" : "never shrunk");

    /// <summary>Gives the component of a saved state back.</summary>
    internal static LoadImageFilesTransformer Restore(ITransformer loaded, string state) =>
        new(loaded, LoadImageFilesSettings.FromState(state));
}
