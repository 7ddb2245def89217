namespace MLNet.VisionLanguage;

/// <summary>What becomes of a row whose image file cannot be read.</summary>
public enum BadImagePolicy
{
    /// <summary>Reading the row fails with an error that names the file and what is wrong with it.</summary>
    Fail,

    /// <summary>
    /// The row gets no image (null, as for an empty path); <see cref="LoadImageFilesOptions.ProblemColumnName"/> says why.
    /// </summary>
    NoImage,
}

/// <summary>Settings of <see cref="ImageTransformsCatalog.LoadImageFiles"/>.</summary>
public sealed class LoadImageFilesOptions
{
    /// <summary>The most pixels of a picture, compared with the size in the file's header before memory is taken: 268 megapixels.</summary>
    public long PixelLimit { get; set; } = 1 << 28;

    /// <summary>
    /// The most bytes that decoding one picture may take, computed from the file's header before they are taken: 384 MiB. Large photographs
    /// take far less, as they are shrunk while they are decoded; a progressive JPEG, a GIF or a lossless WebP must be whole in memory.
    /// </summary>
    public long MemoryLimit { get; set; } = 384 << 20;

    /// <summary>
    /// Pictures of more pixels are shrunk to about so many (area means, the same aspect); null to keep every size. The default is 1280 ×
    /// 960 pixels: no model of this library looks at more than 800 × 1333.
    /// </summary>
    public int? ShrinkAbove { get; set; } = 1280 * 960;

    /// <summary>What becomes of a row whose image file cannot be read.</summary>
    public BadImagePolicy BadImages { get; set; } = BadImagePolicy.Fail;

    /// <summary>The output column that says what is wrong with a row's image file, Text, empty where nothing is; null for none.</summary>
    public string? ProblemColumnName { get; set; }

    /// <summary>
    /// The output column of the size a picture has upright and before it is shrunk, Vector&lt;Single, 2&gt;: width and height in pixels, 0
    /// without an image; null for none.
    /// </summary>
    public string? OriginalSizeColumnName { get; set; }

    /// <summary>
    /// The input column, such as QuestionId, whose value errors name beside the file; of any type that turns to text. Null for none.
    /// </summary>
    public string? RowIdColumnName { get; set; }
}
