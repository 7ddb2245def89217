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
    private readonly LxmertLayout<TRow>? _lxmert;
    private readonly Option<string[]> _layout = Options.Layout(
        $"A data set known by its layout, in place of --data: '{LxmertLayout.Name} FILE...', LXMERT's own JSON.", $"{LxmertLayout.Name} FILE");

    /// <param name="command">Gets the options.</param>
    /// <param name="data">The data set's file.</param>
    /// <param name="further">What else names a part of the data set.</param>
    /// <param name="open">Opens it, as these say.</param>
    /// <param name="lxmert">Opens it in LXMERT's own JSON; null where there is no such form of it.</param>
    public FileDataOptions(
        Command command, Option<string?> data, IReadOnlyList<Option> further, Func<ParseResult, OpenDataset<TRow>> open,
        LxmertLayout<TRow>? lxmert = null)
    {
        (_open, _data, _lxmert) = (open, data, lxmert);
        Option[] layout = lxmert is null ? [] : [_layout];
        foreach (var option in (Option[])[_data, .. layout, .. further, Images, Features, ImagePattern, SkipProblems]) command.Add(option);
    }

    public override string Names => _lxmert is null ? _data.Name : $"{_data.Name} (or {_layout.Name})";

    /// <summary>The option of a data set's file.</summary>
    /// <param name="format">What the file is.</param>
    public static Option<string?> File(string format) => Options.Optional<string?>("--data", $"The data set's file: {format}.", "FILE");

    public override bool IsGiven(ParseResult parsed) => parsed.GetValue(_data) is not null || Layout(parsed).Length > 0;

    public override IReadOnlyList<TRow> Open(ParseResult parsed, Terminal terminal, bool checkImages = true)
    {
        var layout = Layout(parsed);
        var path = parsed.GetValue(_data);
        if (layout.Length == 0 && path is null) throw new UsageException($"{Names} is needed.");
        if (layout.Length > 0 && path is not null) throw new UsageException($"{_layout.Name} and {_data.Name} exclude each other.");
        var images = parsed.GetValue(Images);
        var features = FeatureFiles(parsed);
        if (checkImages && images is null && features.Count == 0) throw new UsageException("--images or --features is needed to see anything.");
        if (images is not null && features.Count > 0) throw new UsageException("--images and --features exclude each other.");
        var options = new DatasetOptions { ImagePattern = parsed.GetValue(ImagePattern), SkipMissingImages = parsed.GetValue(SkipProblems) };

        // A model file must not depend on the folder it was made in.
        var folder = checkImages && images is not null ? Path.GetFullPath(images) : null;
        var rows = path is not null ? _open(parsed)(path, folder, options) : _lxmert!.Open(layout[1..], folder, features, options, terminal);
        var read = Stoppable(rows, terminal.Cancellation).ToList();
        if (read.Count > 0) return read;
        var listed = options.ImageListPath is { } list ? $" about an image of '{list}'" : "";
        throw new InvalidDataException($"{path ?? string.Join(", ", layout[1..])}: the data set has no rows{listed}; {_data.Name} is: {_data.Description}");
    }

    private static IEnumerable<TRow> Stoppable(IEnumerable<TRow> rows, CancellationToken cancellation)
    {
        foreach (var row in rows)
        {
            cancellation.ThrowIfCancellationRequested();
            yield return row;
        }
    }

    private string[] Layout(ParseResult parsed)
    {
        if (_lxmert is null) return [];
        var layout = parsed.GetValue(_layout)!;
        return layout is [] or [LxmertLayout.Name, ..]
            ? layout
            : throw new UsageException($"{_layout.Name}: '{layout[0]}' is not a known layout; known is {LxmertLayout.Name}.");
    }
}
