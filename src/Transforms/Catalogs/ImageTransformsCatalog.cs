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

    /// <summary>
    /// Makes the values that a model takes of a whole picture: resized to a square with Pillow's antialiased bicubic filter, equal to the
    /// byte, then (level / 255 - mean) / deviation of each colour. Alpha is ignored.
    /// </summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="outputColumnName">
    /// The column to add: Vector&lt;Single&gt; of 3 × imageSize × imageSize values, all of red, then green, then blue, row by row.
    /// </param>
    /// <param name="inputColumnName">The image column, as LoadImageFiles or LoadImages makes it.</param>
    /// <param name="imageSize">Pixels along each side of what the model looks at, 1 to 4096; pictures lose their aspect.</param>
    /// <param name="augmentation">How pictures are changed by chance, for the rows that a model learns from alone.</param>
    /// <param name="seed">Where chance comes from, with the epoch and the row.</param>
    /// <param name="epoch">How often the pictures were shown before.</param>
    /// <param name="rowIdColumnName">The text column that tells rows apart, which augmentation needs.</param>
    /// <param name="shorterSide">Keeps the aspect, see <see cref="PreprocessImageOptions.ShorterSide"/>.</param>
    /// <exception cref="ArgumentException">An argument is out of its range.</exception>
    /// <remarks>
    /// LoadImageFiles shrinks photographs above 1280 × 960 pixels by area means as it decodes; its ShrinkAbove = null leaves all to the
    /// filter here.
    /// </remarks>
    public static PreprocessImageEstimator PreprocessImage(
        this TransformsCatalog catalog, string outputColumnName = "PixelValues", string inputColumnName = "Image", int imageSize = 384,
        ImageAugmentation augmentation = ImageAugmentation.None, long seed = 0, long epoch = 0, string? rowIdColumnName = null,
        int? shorterSide = null) =>
        PreprocessImage(catalog, outputColumnName, inputColumnName, new PreprocessImageOptions
        {
            ImageSize = imageSize,
            Augmentation = augmentation,
            Seed = seed,
            Epoch = epoch,
            RowIdColumnName = rowIdColumnName,
            ShorterSide = shorterSide,
        });

    /// <summary>As the overload with named arguments.</summary>
    /// <param name="catalog"><c>mlContext.Transforms</c>.</param>
    /// <param name="outputColumnName">The column to add.</param>
    /// <param name="inputColumnName">The image column.</param>
    /// <param name="options">Size, means and deviations, and what chance changes.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public static PreprocessImageEstimator PreprocessImage(
        this TransformsCatalog catalog, string outputColumnName, string inputColumnName, PreprocessImageOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new PreprocessImageEstimator(catalog, PreprocessImageSettings.Create(outputColumnName, inputColumnName, options));
    }
}
