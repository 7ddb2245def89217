using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Columns;

/// <summary>The columns that texts and images have on their way through a pipeline. Each is named here and nowhere else.</summary>
internal static class StandardColumns
{
    /// <summary>Token ids, [CLS] text [SEP].</summary>
    public static Column<long> InputIds { get; } =
        new(nameof(TextValues.InputIds))
        {
            PaddingOf = limits => limits.PaddingWord,
            Check = ValueChecks.Below(limits => limits.VocabularySize),
        };

    /// <summary>1 for a token.</summary>
    public static Column<long> AttentionMask { get; } = new(nameof(TextValues.AttentionMask)) { Check = ValueChecks.Below(_ => 2) };

    /// <summary>Segments: 0 for the first text, 1 for the second.</summary>
    public static Column<long> TokenTypeIds { get; } =
        new(nameof(TextValues.TokenTypeIds)) { Check = ValueChecks.Below(limits => limits.TokenTypes) };

    /// <summary>
    /// Which object a token is about: 0 the whole image, 1 the first region. Read only where <see cref="ColumnNames"/> has a name for it.
    /// </summary>
    public static Column<long> RegionTags { get; } = new(nameof(TaggedTextValues.RegionTags)) { Check = ValueChecks.Below(_ => int.MaxValue) };

    /// <summary>The regions' features.</summary>
    public static Column<float> RegionFeatures { get; } =
        new(nameof(ImageValues.RegionFeatures)) { Width = limits => limits.RegionFeatureSize, Check = ValueChecks.Finite };

    /// <summary>The regions' boxes, pixels x1 y1 x2 y2. Graphs take boxes left of -1.5 for padding.</summary>
    public static Column<float> RegionBoxes { get; } =
        new(nameof(ImageValues.RegionBoxes)) { Width = _ => 4, Padding = -2, Check = ValueChecks.BoxesIn(ImageSizePlace) };

    /// <summary>The image's width and height in pixels.</summary>
    public static Column<float> ImageSize { get; } =
        new(nameof(ImageValues.ImageSize)) { Width = _ => 2, HasOneItem = true, Check = ValueChecks.Size };

    /// <summary>The image itself: normalised red, green and blue values, one colour after the other, row by row.</summary>
    public static Column<float> PixelValues { get; } = new(nameof(PictureValues.PixelValues))
    {
        Width = limits => Colours * limits.ImageSide * limits.ImageSide,
        HasOneItem = true,
        HasOpenWidth = true,
        Check = ValueChecks.FinitePixels,
    };

    /// <summary>A text; one that is longer than the model takes is cut.</summary>
    public static ColumnGroup<long> Text { get; } = TextOf(InputIds, AttentionMask, TokenTypeIds);

    /// <summary>A text that also tells which objects its tokens are about.</summary>
    public static ColumnGroup<long> TaggedText { get; } = TextOf(InputIds, AttentionMask, TokenTypeIds, RegionTags);

    /// <summary>An image.</summary>
    public static ColumnGroup<float> Image { get; } =
        new(RegionFeatures, RegionBoxes, ImageSize) { Item = "region", Axis = "N", Leader = 1, CheckOrder = [2, 1, 0] };

    /// <summary>An image that is taken whole.</summary>
    public static ColumnGroup<float> Picture { get; } = new(PixelValues) { Item = "image", Axis = "P" };

    /// <summary>An image that is taken whole, with boxes in it.</summary>
    public static ColumnGroup<float> BoxedPicture { get; } =
        new(PixelValues, RegionBoxes, ImageSize) { Item = "region", Axis = "N", Leader = 1, CheckOrder = [2, 1, 0] };

    /// <summary>Colours of a pixel.</summary>
    public const int Colours = 3;

    private const int ImageSizePlace = 2;

    /// <summary>The columns of a task on one text and one image a row.</summary>
    public static InputGroup[] TextAndImage(ColumnNames names, ColumnLimits limits) => TextsAndImages(names, limits, [""], [""]);

    /// <summary>The columns of a task on several texts or images a row.</summary>
    /// <param name="names">The user's names, without the endings.</param>
    /// <param name="limits">Bounds of the values.</param>
    /// <param name="texts">What the names of each text's columns end with.</param>
    /// <param name="images">What the names of each image's columns end with.</param>
    public static InputGroup[] TextsAndImages(
        ColumnNames names, ColumnLimits limits, IReadOnlyList<string> texts, IReadOnlyList<string> images)
    {
        return [.. Bind(TextOf(names), texts), .. Bind(ImageOf(limits), images)];

        IEnumerable<InputGroup> Bind(ColumnGroup group, IReadOnlyList<string> endings) => endings.Select((ending, number) =>
            group.Bind([.. names.Of(group).Select(name => name + ending)], limits, number, endings.Count));
    }

    /// <summary>The columns of an image that a model with such limits takes.</summary>
    public static ColumnGroup<float> ImageOf(ColumnLimits limits) => limits.ImageSide == 0 ? Image : limits.HasBoxes ? BoxedPicture : Picture;

    /// <summary>Whether columns are those of an image.</summary>
    public static bool AreOfImage(ColumnGroup group) =>
        ReferenceEquals(group, Image) || ReferenceEquals(group, Picture) || ReferenceEquals(group, BoxedPicture);

    /// <summary>The columns of a text that are read under a user's names.</summary>
    public static ColumnGroup<long> TextOf(ColumnNames names) => names.ContainsKey(RegionTags.Name) ? TaggedText : Text;

    private static ColumnGroup<long> TextOf(params Column<long>[] columns) => new(columns)
    {
        Item = "token",
        Axis = "S",
        Most = limits => limits.MaxTokens,
        Cut = (values, most) => TextCut.Places(ValueChecks.Dense(values[1]), ValueChecks.Dense(values[2]), most),
    };
}

/// <summary>A group's columns as the class of an ML.NET mapping has them, which is fixed when the assembly is compiled.</summary>
internal interface IColumnValues<T>
{
    /// <summary>The values, in the group's order.</summary>
    VBuffer<T>[] Values { get; set; }
}

/// <summary>The columns of <see cref="StandardColumns.Text"/> in a mapping.</summary>
internal class TextValues : IColumnValues<long>
{
    [ColumnName(Column.HelperPrefix + nameof(InputIds))]
    public VBuffer<long> InputIds { get; set; }

    [ColumnName(Column.HelperPrefix + nameof(AttentionMask))]
    public VBuffer<long> AttentionMask { get; set; }

    [ColumnName(Column.HelperPrefix + nameof(TokenTypeIds))]
    public VBuffer<long> TokenTypeIds { get; set; }

    VBuffer<long>[] IColumnValues<long>.Values
    {
        get => [InputIds, AttentionMask, TokenTypeIds];
        set => (InputIds, AttentionMask, TokenTypeIds) = (value[0], value[1], value[2]);
    }
}

/// <summary>The columns of <see cref="StandardColumns.TaggedText"/> in a mapping.</summary>
internal class TaggedTextValues : TextValues, IColumnValues<long>
{
    [ColumnName(Column.HelperPrefix + nameof(RegionTags))]
    public VBuffer<long> RegionTags { get; set; }

    VBuffer<long>[] IColumnValues<long>.Values
    {
        get => [InputIds, AttentionMask, TokenTypeIds, RegionTags];
        set => (InputIds, AttentionMask, TokenTypeIds, RegionTags) = (value[0], value[1], value[2], value[3]);
    }
}

/// <summary>The columns of <see cref="StandardColumns.Picture"/> in a mapping.</summary>
internal class PictureValues : IColumnValues<float>
{
    [ColumnName(Column.HelperPrefix + nameof(PixelValues))]
    public VBuffer<float> PixelValues { get; set; }

    VBuffer<float>[] IColumnValues<float>.Values
    {
        get => [PixelValues];
        set => PixelValues = value[0];
    }
}

/// <summary>The columns that tell of boxes in an image, in a mapping.</summary>
internal abstract class BoxValues
{
    [ColumnName(Column.HelperPrefix + nameof(RegionBoxes))]
    public VBuffer<float> RegionBoxes { get; set; }

    [ColumnName(Column.HelperPrefix + nameof(ImageSize))]
    [VectorType(2)]
    public VBuffer<float> ImageSize { get; set; }
}

/// <summary>The columns of <see cref="StandardColumns.BoxedPicture"/> in a mapping.</summary>
internal class BoxedPictureValues : BoxValues, IColumnValues<float>
{
    [ColumnName(Column.HelperPrefix + nameof(PixelValues))]
    public VBuffer<float> PixelValues { get; set; }

    VBuffer<float>[] IColumnValues<float>.Values
    {
        get => [PixelValues, RegionBoxes, ImageSize];
        set => (PixelValues, RegionBoxes, ImageSize) = (value[0], value[1], value[2]);
    }
}

/// <summary>The columns of <see cref="StandardColumns.Image"/> in a mapping.</summary>
internal class ImageValues : BoxValues, IColumnValues<float>
{
    [ColumnName(Column.HelperPrefix + nameof(RegionFeatures))]
    public VBuffer<float> RegionFeatures { get; set; }

    VBuffer<float>[] IColumnValues<float>.Values
    {
        get => [RegionFeatures, RegionBoxes, ImageSize];
        set => (RegionFeatures, RegionBoxes, ImageSize) = (value[0], value[1], value[2]);
    }
}
