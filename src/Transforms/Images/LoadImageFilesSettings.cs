using System.Text.Json;

namespace MLNet.VisionLanguage.Images;

/// <summary>What a LoadImageFiles component needs; as JSON it is the state in the model file.</summary>
internal sealed record LoadImageFilesSettings(
    string OutputColumn,
    string Folder,
    string PathColumn,
    long PixelLimit,
    long MemoryLimit,
    int? ShrinkAbove,
    BadImagePolicy BadImages,
    string? ProblemColumn,
    string? SizeColumn,
    string? RowIdColumn)
{
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
            if (value < 1)
                throw new ArgumentOutOfRangeException(nameof(options), value, $"LoadImageFiles: {option} must be above 0.");
        }
    }

    public string ToState() => JsonSerializer.Serialize(this);

    public static LoadImageFilesSettings FromState(string state) => JsonSerializer.Deserialize<LoadImageFilesSettings>(state)
        ?? throw new InvalidDataException("The model's LoadImageFiles state is damaged: it holds no settings.");
}
