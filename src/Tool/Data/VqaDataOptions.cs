using System.CommandLine;
using MLNet.VisionLanguage.Datasets;

namespace MLNet.VisionLanguage.Tool.Data;

/// <summary>The options that name questions, their answers and their images; the same for every command that reads a data set.</summary>
internal sealed class DataOptions
{
    private const string EasyVqa = "easy-vqa";

    /// <summary>Whether a command reads the annotators' answers.</summary>
    private readonly bool _annotated;

    public DataOptions(Command command, bool annotated)
    {
        _annotated = annotated;
        command.Add(Questions);
        if (annotated)
            command.Add(Annotations);
        command.Add(Images);
        command.Add(Features);
        command.Add(Layout);
        command.Add(ImagePattern);
        command.Add(SkipProblems);
    }

    public Option<string?> Questions { get; } =
        Options.Optional<string?>("--questions", "Questions in the VQA v2 format (.json or .json.gz).", "FILE");

    public Option<string?> Annotations { get; } =
        Options.Optional<string?>("--annotations", "Their annotations in the VQA v2 format.", "FILE");

    public Option<string?> Images { get; } = Options.Optional<string?>("--images", "The folder of the images.", "FOLDER");

    public Option<string[]> Features { get; } = new("--features")
    {
        Description = "Bottom-up-attention .tsv files to take regions from, in place of the images.",
        HelpName = "FILE",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    public Option<string[]> Layout { get; } = new("--layout")
    {
        Description = $"A data set known by its layout, in place of questions, annotations and images: '{EasyVqa} FOLDER'.",
        HelpName = $"{EasyVqa} FOLDER",
        Arity = new ArgumentArity(2, 2),
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [],
    };

    public Option<string?> ImagePattern { get; } = Options.Optional<string?>(
        "--image-pattern",
        "The name of an image file, with {image_id}, {image_id:D12} and {data_subtype} in it; found by convention without.",
        "PATTERN");

    public Option<bool> SkipProblems { get; } =
        Options.Optional<bool>("--skip-problems", "Leave rows out whose files do not fit together, and count them.");

    /// <summary>Whether a data set is named at all.</summary>
    public bool IsGiven(ParseResult parsed) => parsed.GetValue(Questions) is not null || HasLayout(parsed);

    public bool HasLayout(ParseResult parsed) => parsed.GetValue(Layout)!.Length > 0;

    /// <summary>The feature files; empty when regions come from images.</summary>
    public IReadOnlyList<string> FeatureFiles(ParseResult parsed) => parsed.GetValue(Features)!;

    /// <summary>Opens the data set that the options name.</summary>
    /// <exception cref="UsageException">Options are missing or exclude each other.</exception>
    public VqaDataset Open(ParseResult parsed, Terminal terminal)
    {
        var options = new VqaDatasetOptions { ImagePattern = parsed.GetValue(ImagePattern), SkipProblems = parsed.GetValue(SkipProblems) };
        var data = HasLayout(parsed) ? OpenLayout(parsed, options) : OpenFiles(parsed, options);
        foreach (var problem in data.Problems)
            terminal.Note($"left out {problem}");
        foreach (var example in data.Examples)
        {
            // A model file must not depend on the folder it was made in.
            if (example.ImagePath.Length > 0)
                example.ImagePath = Path.GetFullPath(example.ImagePath);
        }

        return data;
    }

    private VqaDataset OpenLayout(ParseResult parsed, VqaDatasetOptions options)
    {
        Option[] replaced = [Questions, Annotations, Images, Features];
        var both = replaced.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false });
        if (both is not null)
            throw new UsageException($"--layout and {both.Name} exclude each other.");
        var layout = parsed.GetValue(Layout)!;
        if (layout[0] != EasyVqa)
            throw new UsageException($"--layout: '{layout[0]}' is not a known layout; known is {EasyVqa}.");

        // Its answers are a closed list of words: nothing to normalise.
        options.VqaSoftScores = false;
        return VqaDataset.LoadEasyVqa(layout[1], options);
    }

    private VqaDataset OpenFiles(ParseResult parsed, VqaDatasetOptions options)
    {
        var questions = Require(parsed, Questions);
        var annotations = _annotated ? Require(parsed, Annotations) : null;
        var images = parsed.GetValue(Images);
        var hasFeatures = FeatureFiles(parsed).Count > 0;
        if (images is null && !hasFeatures)
            throw new UsageException("--images or --features is needed to see anything.");
        if (images is not null && hasFeatures)
            throw new UsageException("--images and --features exclude each other.");
        return VqaDataset.Load(questions, annotations, images, options);
    }

    private static string Require(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) ?? throw new UsageException($"{option.Name} is needed, or --layout {EasyVqa} FOLDER.");
}
