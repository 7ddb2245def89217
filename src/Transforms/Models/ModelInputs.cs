using MLNet.VisionLanguage.Columns;

namespace MLNet.VisionLanguage.Models;

/// <summary>The pipeline's columns as a model reads them; what else it needs (locations, masks, a global region) it makes itself.</summary>
/// <param name="InputIds">Int64 [B, L], [CLS] text [SEP], padded with the model's padding word.</param>
/// <param name="AttentionMask">Int64 [B, L]: 1 for a token, then 0 for padding.</param>
/// <param name="TokenTypeIds">Int64 [B, L].</param>
/// <param name="RegionFeatures">[B, N, region feature size].</param>
/// <param name="RegionBoxes">[B, N, 4], pixels x1 y1 x2 y2; x1 of padding is -2.</param>
/// <param name="ImageSize">[B, 2], width and height in pixels.</param>
internal sealed record ModelInputs<T>(T InputIds, T AttentionMask, T TokenTypeIds, T RegionFeatures, T RegionBoxes, T ImageSize)
    where T : class
{
    /// <summary>Takes the value of each column.</summary>
    /// <param name="value">Gives it.</param>
    /// <param name="image">The columns of the image, of which nothing else is told; null for regions with features.</param>
    public static ModelInputs<T> Of(Func<Column, T> value, ColumnGroup? image = null)
    {
        image ??= StandardColumns.Image;
        T ids = value(StandardColumns.InputIds), mask = value(StandardColumns.AttentionMask), types = value(StandardColumns.TokenTypeIds);
        T? Of(Column column) => image.Columns.Contains(column) ? value(column) : null;
        return new(ids, mask, types, Of(StandardColumns.RegionFeatures)!, Of(StandardColumns.RegionBoxes)!, Of(StandardColumns.ImageSize)!)
        {
            Pixels = Of(StandardColumns.PixelValues),
        };
    }

    /// <summary>
    /// The image itself, [B, 3 · side · side]; null where there are features of regions, of which there are none where there are pixels.
    /// </summary>
    public T? Pixels { get; init; }

    /// <summary>
    /// The object that each token is about, Int64 [B, L], 0 for the whole image; null where a model is not told, or all are about the whole.
    /// </summary>
    public T? RegionTags { get; init; }

    /// <summary>The number of the task in the reference, for models that are told it.</summary>
    public int TaskId { get; init; }

    /// <summary>Asks a model that answers at a place in the text (VL-BERT's [MASK]) to add that place and to read there.</summary>
    public bool AnswerSlot { get; init; }

    /// <summary>Asks for the trunk under the names that pre-training gives it, where these are others.</summary>
    public bool IsPretraining { get; init; }

    /// <summary>
    /// Says that <see cref="ModelStates{T}.Joint"/> is all that will be read, so that the last layers need not compute the other states.
    /// </summary>
    public bool JointOnly { get; init; }
}

/// <summary>What a model makes of its inputs; heads read it.</summary>
/// <param name="text">Gives the text states.</param>
/// <param name="image">Gives the region states.</param>
/// <param name="textMask">1 where a text state is one, [B, L].</param>
/// <param name="imageMask">1 where a region state is one, [B, R].</param>
internal sealed class ModelStates<T>(Func<T> text, Func<T> image, T textMask, T imageMask)
    where T : class
{
    /// <summary>[B, L, text size].</summary>
    /// <exception cref="InvalidOperationException">Only the joint vector was asked for.</exception>
    public T Text => field ??= JointOnly ? throw NotComputed() : text();

    /// <summary>
    /// [B, R, image size]; rows before <see cref="FirstRegion"/> stand for the whole image, then the input's regions follow.
    /// </summary>
    /// <exception cref="InvalidOperationException">Only the joint vector was asked for.</exception>
    public T Image => field ??= JointOnly ? throw NotComputed() : image();

    /// <summary>Whether <see cref="Text"/> and <see cref="Image"/> were left out.</summary>
    public bool JointOnly { private get; init; }

    public T TextMask { get; } = textMask;

    public T ImageMask { get; } = imageMask;

    /// <summary>How many rows of <see cref="Image"/> stand for the whole image.</summary>
    public int FirstRegion { get; init; }

    /// <summary>The text as one vector; null where the model has none.</summary>
    public T? PooledText { get; init; }

    /// <summary>The image as one vector; null where the model has none.</summary>
    public T? PooledImage { get; init; }

    /// <summary>Gives <see cref="Joint"/>; null where the model has none.</summary>
    public Func<T>? ReadJoint { private get; init; }

    /// <summary>Text and image as one vector [B, width], what classifiers read; each reading has a dropout of its own.</summary>
    /// <exception cref="InvalidOperationException">The model has no such vector as it is configured.</exception>
    public T Joint => ReadJoint is { } read
        ? read()
        : throw new InvalidOperationException("The model gives no joint vector without a pooler or an answer slot.");

    private static InvalidOperationException NotComputed() => new("The model was asked for the joint vector alone.");
}
