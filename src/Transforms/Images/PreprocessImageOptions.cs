namespace MLNet.VisionLanguage;

/// <summary>How pictures are changed by chance while a model learns, so that it sees none twice alike.</summary>
public enum ImageAugmentation
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>
    /// As FIBER's fine-tuning does (albef_randaug): a random part of at least half the area, mirrored by chance, then two of identity,
    /// autocontrast, equalize, brightness, sharpness, shear, translation and rotation, each by chance and with strength 7 of 10.
    /// </summary>
    RandomOperations,
}

/// <summary>Settings of PreprocessImage, see <see cref="ImageTransformsCatalog"/>.</summary>
public sealed class PreprocessImageOptions
{
    /// <summary>
    /// Pixels along each side of what the model looks at, 1 to 4096; pictures lose their aspect unless there is a <see cref="ShorterSide"/>.
    /// </summary>
    public int ImageSize { get; set; } = 384;

    /// <summary>
    /// Keeps the aspect: the picture's shorter side becomes so many pixels, or fewer where the longer would not fit into
    /// <see cref="ImageSize"/>. The picture lies at the top left, and what is left of the square is 0. Null stretches the picture. Not with
    /// <see cref="Augmentation"/>.
    /// </summary>
    public int? ShorterSide { get; set; }

    /// <summary>How the column PixelValues is made for a VL-BERT with a backbone.</summary>
    /// <param name="backbone">The backbone.</param>
    public static PreprocessImageOptions For(VlBertBackbone backbone)
    {
        ArgumentNullException.ThrowIfNull(backbone);
        return new()
        {
            ImageSize = backbone.LongerSide,
            ShorterSide = backbone.ShorterSide,
            Means = [.. backbone.PixelMean.Reverse().Select(mean => mean / byte.MaxValue)],
            Deviations = [.. backbone.PixelDeviation.Reverse().Select(deviation => deviation / byte.MaxValue)],
        };
    }

    /// <summary>What is taken from the red, green and blue values, which are 0..1 (those of ImageNet).</summary>
    public IReadOnlyList<float> Means { get; set; } = [0.485f, 0.456f, 0.406f];

    /// <summary>What the red, green and blue values are divided by after that (those of ImageNet).</summary>
    public IReadOnlyList<float> Deviations { get; set; } = [0.229f, 0.224f, 0.225f];

    /// <summary>
    /// How pictures are changed by chance. For the rows that a model learns from alone: a pipeline that is saved with it scores changed
    /// pictures.
    /// </summary>
    public ImageAugmentation Augmentation { get; set; } = ImageAugmentation.None;

    /// <summary>Where chance comes from, with the epoch and the row; other seeds give other pictures.</summary>
    public long Seed { get; set; }

    /// <summary>How often the pictures were shown before; other epochs give other pictures.</summary>
    public long Epoch { get; set; }

    /// <summary>
    /// The text column, such as ImageId, that tells rows apart for <see cref="Augmentation"/>: the same text, seed and epoch give the same
    /// picture. Needed there; null otherwise.
    /// </summary>
    public string? RowIdColumnName { get; set; }
}
