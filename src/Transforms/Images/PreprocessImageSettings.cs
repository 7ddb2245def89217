using System.Text.Json.Serialization;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Images;

/// <summary>What a PreprocessImage component needs; as JSON it is the state in the model file.</summary>
internal sealed record PreprocessImageSettings(
    string OutputColumnName,
    string ImageColumnName,
    int ImageSize,
    float[] Means,
    float[] Deviations,
    ImageAugmentation Augmentation,
    long Seed,
    long Epoch,
    string? RowIdColumnName)
{
    /// <summary>What saved models and messages call the component.</summary>
    public const string Kind = "PreprocessImage";

    private const int Version = 1;
    private const int LargestSize = 4096;

    /// <summary>Pixels of the shorter side of a picture that keeps its aspect; null for one that is stretched.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public int? ShorterSide { get; init; }

    /// <summary>What makes a picture's pixels values.</summary>
    [JsonIgnore]
    public PixelScale Scale { get; } = new(Means, Deviations);

    public static PreprocessImageSettings Create(string outputColumn, string imageColumn, PreprocessImageOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(outputColumn);
        ArgumentException.ThrowIfNullOrEmpty(imageColumn);
        if (options.ImageSize is < 1 or > LargestSize)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), options.ImageSize, $"{Kind}: {nameof(options.ImageSize)} must be 1 to {LargestSize}.");
        }

        if (options.ShorterSide is { } shorter && (shorter < 1 || shorter > options.ImageSize))
        {
            throw new ArgumentOutOfRangeException(
                nameof(options), shorter, $"{Kind}: {nameof(options.ShorterSide)} must be 1 to {nameof(options.ImageSize)}, {options.ImageSize}.");
        }

        Check(nameof(options.Means), options.Means, float.IsFinite, "finite");
        Check(nameof(options.Deviations), options.Deviations, value => value > 0 && float.IsFinite(value), "positive");
        if (!Enum.IsDefined(options.Augmentation))
            throw new ArgumentOutOfRangeException(nameof(options), options.Augmentation, $"{Kind}: {nameof(options.Augmentation)} is unknown.");
        if (options.Augmentation != ImageAugmentation.None && string.IsNullOrEmpty(options.RowIdColumnName))
        {
            throw new ArgumentException(
                $"{Kind}: {nameof(options.Augmentation)} needs {nameof(options.RowIdColumnName)}, which tells rows apart.", nameof(options));
        }

        if (options is { Augmentation: not ImageAugmentation.None, ShorterSide: not null })
        {
            throw new ArgumentException(
                $"{Kind}: {nameof(options.Augmentation)} changes stretched pictures alone; it does not go with {nameof(options.ShorterSide)}.",
                nameof(options));
        }

        return new(
            outputColumn,
            imageColumn,
            options.ImageSize,
            [.. options.Means],
            [.. options.Deviations],
            options.Augmentation,
            options.Seed,
            options.Epoch,
            options.Augmentation == ImageAugmentation.None ? null : options.RowIdColumnName)
        {
            ShorterSide = options.ShorterSide,
        };

        static void Check(string option, IReadOnlyList<float> values, Func<float, bool> isGood, string what)
        {
            if (values.Count != PixelScale.Colours || !values.All(isGood))
            {
                throw new ArgumentException(
                    $"{Kind}: {option} must be three {what} numbers, of red, green and blue; found {string.Join(", ", values)}.", nameof(options));
            }
        }
    }

    public string ToState() => StateText.Write(Kind, Version, this);

    public static PreprocessImageSettings FromState(string state) => StateText.Read<PreprocessImageSettings>(state, Kind, Version);

    public IReadOnlyList<ColumnRequirement> Requirements() =>
    [
        ColumnRequirement.Scalar<MLImage>(Kind, ImageColumnName),
        .. RowIdColumnName is null ? [] : new[] { ColumnRequirement.Text(Kind, RowIdColumnName) },
    ];

    /// <summary>The values of a picture.</summary>
    /// <param name="image">The picture.</param>
    /// <param name="row">What tells its row apart.</param>
    /// <param name="reused">Memory to use again.</param>
    public VBuffer<float> Values(MLImage image, ReadOnlySpan<char> row, VBuffer<float> reused)
    {
        using var pixels = ImagePixels.ToPicture(image, Kind);
        if (ShorterSide is { } shorter) return Whole(pixels, shorter, reused);
        using var square = Augmentation == ImageAugmentation.None
            ? BicubicResizer.Resize(pixels, ImagePart.All(pixels), ImageSize, ImageSize)
            : RandomAugmentation.Apply(pixels, ImageSize, Seed, Epoch, SeedMix.Of(row));
        var editor = VBufferEditor.Create(ref reused, PixelScale.Colours * ImageSize * ImageSize);
        Scale.ToValues(square, editor.Values);
        return editor.Commit();
    }

    private VBuffer<float> Whole(PixelBuffer pixels, int shorter, VBuffer<float> reused)
    {
        var (height, width) = FasterRcnnNetwork.ResizedSize(shorter, ImageSize, pixels.Height, pixels.Width);
        using var resized = BicubicResizer.Resize(pixels, ImagePart.All(pixels), width, height);
        var editor = VBufferEditor.Create(ref reused, PixelScale.Colours * ImageSize * ImageSize);
        editor.Values.Clear();
        Scale.ToValues(resized, editor.Values, ImageSize);
        return editor.Commit();
    }
}
