using System.Globalization;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Joint;

/// <summary>A task as a file declares it.</summary>
internal sealed class DeclaredTask
{
    public const string Training = "train";
    public const string Validation = "val";

    private readonly TaskSection _section;
    private readonly ToolTask? _task;
    private readonly string _root;
    private readonly string? _images;
    private readonly string? _imagePattern;
    private readonly IReadOnlyList<string> _features;
    private readonly Dictionary<string, string> _splits;
    private readonly Dictionary<string, string?> _files;

    /// <param name="section">Its keys, of which all that are known are asked for.</param>
    /// <param name="declaration">What its name means.</param>
    /// <param name="task">The task; null when it is not trained here.</param>
    /// <exception cref="InvalidDataException">A key is missing or of a wrong type.</exception>
    public DeclaredTask(TaskSection section, Declaration declaration, ToolTask? task)
    {
        (_section, Declaration, _task) = (section, declaration, task);
        _root = section.Text("dataroot");
        _features = section.Texts("features_h5path1");
        _images = section.OptionalText("images");
        _imagePattern = section.OptionalText("image_pattern");
        string[] parts = [Training, Validation];
        _splits = parts.ToDictionary(part => part, part => section.Text($"{part}_split"));
        _files = parts.SelectMany(part => (task?.Files ?? []).Select(file => file.KeyOf(part)))
            .Union(parts.Select(part => $"{part}_{DeclaredFile.Annotations}_jsonpath"))
            .ToDictionary(key => key, section.OptionalText);
        MaxLength = section.Whole("max_seq_length", 3);
        BatchSize = section.Whole("batch_size", 1);
        LearningRate = section.Positive("lr");
        Epochs = section.Whole("num_epoch", 1);

        // The reference has these; regions are taken as the files have them, and a head knows its number.
        section.OptionalText("features_h5path2");
        foreach (var unused in new[] { "task_id", "max_region_num", "eval_batch_size", "start_iteration" }) section.CheckWhole(unused, 0);
    }

    /// <summary>TASK1.</summary>
    public string Key => _section.Name;

    public long Line => _section.Line;

    /// <summary>The number in <see cref="Key"/>, which a model with task_specific_tokens is told.</summary>
    public int Number => int.Parse(Key["TASK".Length..], CultureInfo.InvariantCulture);

    public Declaration Declaration { get; }

    public string Name => Declaration.Name;

    /// <summary>The most tokens of a text.</summary>
    public int MaxLength { get; }

    public int BatchSize { get; }

    public double LearningRate { get; }

    /// <summary>Passes over its training rows.</summary>
    public int Epochs { get; }

    /// <summary>The task that is declared.</summary>
    /// <exception cref="InvalidDataException">It is not trained here.</exception>
    public ToolTask Task => _task ?? throw _section.Error("name", $"'{Name}' is not trained here");

    /// <summary>The task with the rows of both parts.</summary>
    public JoinedTask Open(Terminal terminal) => Task.Join(this, terminal);

    /// <summary>The options that name the data of a part, as the command line has them.</summary>
    /// <exception cref="InvalidDataException">A file or folder does not exist.</exception>
    public IReadOnlyList<string> ArgumentsFor(string part)
    {
        if (_images is null && _features.Count == 0) throw _section.Error("'images' (a folder) or 'features_h5path1' (files of regions) is needed");
        if (_images is not null && _features.Count > 0) throw _section.Error("images", "it and features_h5path1 exclude each other");
        return
        [
            .. Task.Files.Select(file => $"{file.Option}={Find(file, part)}"),
            .. Task.SplitOption is { } split ? new[] { $"{split}={_splits[part]}" } : [],
            .. _features.Select(file => $"--features={_section.Existing("features_h5path1", file)}"),
            .. _images is null ? [] : new[] { $"--images={_section.Existing("images", _images)}" },
            .. _imagePattern is null ? [] : new[] { $"--image-pattern={_imagePattern}" },
        ];
    }

    /// <summary>An error about one of its keys.</summary>
    public InvalidDataException Error(string key, string problem) => _section.Error(key, problem);

    private string Find(DeclaredFile file, string part)
    {
        var key = file.KeyOf(part);
        if (_files[key] is { } named) return _section.Existing(key, named);
        string[] usual =
        [
            .. file.Usual.Select(name => name.Replace("{split}", _splits[part], StringComparison.Ordinal).Replace("{name}", Name, StringComparison.Ordinal)),
        ];
        return usual.Select(name => Path.Combine(_section.Folder, _root, name)).FirstOrDefault(Path.Exists)
            ?? throw _section.Error("dataroot", $"'{_root}' has no {string.Join(" and no ", usual)}; {key} names another file");
    }
}
