using Microsoft.ML;
using MLNet.VisionLanguage.Images;
using MLNet.VisionLanguage.Scoring;

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

    /// <summary>A mapping sees paths, not rows: whose picture cannot be read is looked up by its path.</summary>
    private protected override Func<Exception, Exception?>? Explain(IDataView input) => _settings.RowIdColumnName is not null ? null : error =>
        error is UnreadableImageException { IsNamed: false } bad && FindRow(input, bad.FilePath) is { } row
            ? new UnreadableImageException(bad.FilePath, bad.Reason, bad, $"LoadImageFiles: {row}, column '{PathColumnName}': ") { IsNamed = true }
            : null;

    /// <summary>The first row with a file: its position, and the id it has.</summary>
    private string? FindRow(IDataView input, string path)
    {
        var paths = input.Schema[PathColumnName];
        var ids = RowName.Find(input.Schema, RowName.Column);
        using var cursor = input.GetRowCursor(ids is { } id ? [paths, id] : [paths]);
        var window = new RowWindow(cursor, ids is { } held ? [held] : [], capacity: 1);
        var getter = cursor.GetGetter<ReadOnlyMemory<char>>(paths);
        ReadOnlyMemory<char> value = default;
        for (var position = 0L; cursor.MoveNext(); position++)
        {
            getter(ref value);
            if (Path.Combine(ImageFolder, value.ToString()) != path) continue;
            window.Read(0);
            return RowName.Of(position, window, 0, ids);
        }

        return null;
    }

    /// <summary>Gives the component of a saved state back.</summary>
    internal static LoadImageFilesTransformer Restore(ITransformer loaded, string state) =>
        new(loaded, LoadImageFilesSettings.FromState(state));
}
