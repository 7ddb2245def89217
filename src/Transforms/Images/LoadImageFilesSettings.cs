using System.Text.Json.Serialization;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Images;

/// <summary>What a LoadImageFiles component needs; as JSON it is the state in the model file.</summary>
internal sealed record LoadImageFilesSettings(
    string OutputColumnName,
    string Folder,
    string PathColumnName,
    long PixelLimit,
    long MemoryLimit,
    int? ShrinkAbove,
    BadImagePolicy BadImages,
    string? ProblemColumnName,
    string? SizeColumnName,
    string? RowIdColumnName)
{
    /// <summary>What saved models and messages call the component.</summary>
    public const string Kind = "LoadImageFiles";

    private const int Version = 1;

    [JsonIgnore]
    public ImageLimits Limits { get; } = new(PixelLimit, MemoryLimit, ShrinkAbove);

    public static LoadImageFilesSettings Create(string outputColumn, string? folder, string? pathColumn, LoadImageFilesOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(outputColumn);
        CheckRange(nameof(options.PixelLimit), options.PixelLimit);
        CheckRange(nameof(options.MemoryLimit), options.MemoryLimit);
        CheckRange(nameof(options.ShrinkAbove), options.ShrinkAbove ?? 1);
        string?[] outputs = [outputColumn, options.ProblemColumnName, options.OriginalSizeColumnName];
        var named = outputs.OfType<string>().ToList();
        if (named.Contains("") || named.Distinct(StringComparer.Ordinal).Count() != named.Count)
        {
            throw new ArgumentException(
                $"LoadImageFiles: the output columns '{string.Join("', '", named)}' must have different names.", nameof(options));
        }

        return new LoadImageFilesSettings(
            outputColumn,
            folder ?? "",
            string.IsNullOrEmpty(pathColumn) ? outputColumn : pathColumn,
            options.PixelLimit,
            options.MemoryLimit,
            options.ShrinkAbove,
            options.BadImages,
            options.ProblemColumnName,
            options.OriginalSizeColumnName,
            options.RowIdColumnName);

        static void CheckRange(string option, long value)
        {
            if (value < 1) throw new ArgumentOutOfRangeException(nameof(options), value, $"LoadImageFiles: {option} must be above 0.");
        }
    }

    public string ToState() => StateText.Write(Kind, Version, this);

    public static LoadImageFilesSettings FromState(string state) => StateText.Read<LoadImageFilesSettings>(state, Kind, Version);

    public IReadOnlyList<ColumnRequirement> Requirements() =>
    [
        ColumnRequirement.Text(Kind, PathColumnName),
        .. RowIdColumnName is null ? [] : new[] { ColumnRequirement.Any(Kind, RowIdColumnName) },
    ];
}
