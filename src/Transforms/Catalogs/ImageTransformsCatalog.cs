using Microsoft.ML;
using MLNet.VisionLanguage.Images;

namespace MLNet.VisionLanguage;

/// <summary>Image components on <c>mlContext.Transforms</c>.</summary>
public static class ImageTransformsCatalog
{
    /// <summary>
    /// Reads image files into an image column (MLImage, Bgra32), as ML.NET's LoadImages does and where it fails: files are checked from
    /// the first byte to the last before they are decoded, so that a picture that is cut off or damaged is an error and never read in
    /// part; EXIF orientation is applied; transparency is put on white; sizes are limited; large photographs are shrunk while they are
    /// decoded. JPEG, PNG, GIF (the first picture), WebP and BMP are read, told apart by content.
    /// </summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="outputColumnName">The image column to add. A row whose path is empty gets no image.</param>
    /// <param name="imageFolder">The folder that relative paths begin in; null or empty for the current one.</param>
    /// <param name="inputColumnName">The text column with the files' paths; null when it is <paramref name="outputColumnName"/>.</param>
    /// <param name="options">Limits, what becomes of unreadable files, and further columns.</param>
    /// <exception cref="ArgumentException">An option is out of its range or two columns have one name.</exception>
    /// <remarks>Reading a row fails with <see cref="UnreadableImageException"/>, which names the file and what is wrong with it.</remarks>
    public static LoadImageFilesEstimator LoadImageFiles(
        this TransformsCatalog catalog,
        string outputColumnName,
        string? imageFolder,
        string? inputColumnName = null,
        LoadImageFilesOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new LoadImageFilesEstimator(
            catalog, LoadImageFilesSettings.Create(outputColumnName, imageFolder, inputColumnName, options ?? new LoadImageFilesOptions()));
    }
}
