using Microsoft.ML;
using MLNet.VisionLanguage.Composition;

namespace MLNet.VisionLanguage.Images;

/// <summary>
/// Adds each row's image, read from its file. Saved as ML.NET's own transformers; the model file holds the folder's name, not the images.
/// </summary>
public sealed class LoadImageFilesTransformer : DelegatingTransformer
{
    private readonly LoadImageFilesSettings _settings;

    internal LoadImageFilesTransformer(ITransformer inner, LoadImageFilesSettings settings)
        : base(inner) => _settings = settings;

    /// <summary>The image column added.</summary>
    public string OutputColumn => _settings.OutputColumn;

    /// <summary>The text column with the files' paths.</summary>
    public string PathColumn => _settings.PathColumn;

    /// <summary>The folder that relative paths begin in; empty for the current one.</summary>
    public string ImageFolder => _settings.Folder;

    /// <summary>What it does.</summary>
    public override string ToString() =>
        $"LoadImageFiles: '{PathColumn}' → '{OutputColumn}', up to {_settings.PixelLimit} pixels, " +
        (_settings.ShrinkAbove is { } most ? $"shrunk above {most}" : "never shrunk");

    /// <summary>Recognises the chain that a saved LoadImageFiles becomes, and gives the component back.</summary>
    internal static LoadImageFilesTransformer? TryRestore(MLContext mlContext, ITransformer loaded)
    {
        foreach (var part in loaded as IEnumerable<ITransformer> ?? [])
        {
            if (StateChain.TryRead<LoadImageFilesSource, LoadImageFilesDestination>(
                mlContext, part, LoadImageFilesSource.StateColumn, out var state))
                return new LoadImageFilesTransformer(loaded, LoadImageFilesSettings.FromState(state));
        }

        return null;
    }

    internal static ColumnRequirement Requirement(LoadImageFilesSettings settings) =>
        ColumnRequirement.Text("LoadImageFiles", settings.PathColumn);

    private protected override void CheckInput(DataViewSchema inputSchema)
    {
        Requirement(_settings).Check(inputSchema);
        if (_settings.RowIdColumn is { } rowId && inputSchema.GetColumnOrNull(rowId) is null)
            throw MissingRowId(rowId);
    }

    internal static ArgumentException MissingRowId(string column) => new(
        $"LoadImageFiles: there is no column '{column}' in the input, which {nameof(LoadImageFilesOptions.RowIdColumnName)} names.",
        "inputSchema");
}
