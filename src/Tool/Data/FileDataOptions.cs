using System.CommandLine;

namespace MLNet.VisionLanguage.Tool.Data;

/// <summary>Opens a data set.</summary>
/// <param name="path">Its file.</param>
/// <param name="images">The folder of its images; null for names alone.</param>
/// <param name="options">How images are found.</param>
internal delegate DatasetRows<TRow> OpenDataset<TRow>(string path, string? images, DatasetOptions options)
    where TRow : class;

/// <summary>A data set of one file, and its images.</summary>
internal sealed class FileDataOptions<TRow> : DataOptions<IReadOnlyList<TRow>>
    where TRow : class
{
    private readonly Func<ParseResult, OpenDataset<TRow>> _open;
    private readonly Option<string?> _data;

    /// <param name="command">Gets the options.</param>
    /// <param name="format">What the file is, for the help.</param>
    /// <param name="open">Opens it.</param>
    public FileDataOptions(Command command, string format, OpenDataset<TRow> open)
        : this(command, Options.Optional<string?>("--data", $"The data set's file: {format}.", "FILE"), [], _ => open)
    {
    }

    /// <param name="command">Gets the options.</param>
    /// <param name="data">The data set's file.</param>
    /// <param name="further">What else names a part of the data set.</param>
    /// <param name="open">Opens it, as these say.</param>
    public FileDataOptions(Command command, Option<string?> data, IReadOnlyList<Option> further, Func<ParseResult, OpenDataset<TRow>> open)
    {
        _open = open;
        _data = data;
        foreach (var option in (Option[])[_data, .. further, Images, Features, ImagePattern, SkipProblems]) command.Add(option);
    }

    public override string Names => _data.Name;

    public override bool IsGiven(ParseResult parsed) => parsed.GetValue(_data) is not null;

    public override IReadOnlyList<TRow> Open(ParseResult parsed, Terminal terminal, bool checkImages = true)
    {
        var path = parsed.GetValue(_data) ?? throw new UsageException($"{_data.Name} is needed.");
        var images = parsed.GetValue(Images);
        var hasFeatures = FeatureFiles(parsed).Count > 0;
        if (checkImages && images is null && !hasFeatures) throw new UsageException("--images or --features is needed to see anything.");
        if (images is not null && hasFeatures) throw new UsageException("--images and --features exclude each other.");
        var options = new DatasetOptions { ImagePattern = parsed.GetValue(ImagePattern), SkipMissingImages = parsed.GetValue(SkipProblems) };

        // A model file must not depend on the folder it was made in.
        var rows = _open(parsed)(path, checkImages && images is not null ? Path.GetFullPath(images) : null, options);
        var read = Stoppable(rows, terminal.Cancellation).ToList();
        return read.Count > 0 ? read : throw new InvalidDataException($"{path}: the data set has no rows.");
    }

    private static IEnumerable<TRow> Stoppable(IEnumerable<TRow> rows, CancellationToken cancellation)
    {
        foreach (var row in rows)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return row;
        }
    }
}
