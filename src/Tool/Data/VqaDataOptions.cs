using System.CommandLine;

namespace MLNet.VisionLanguage.Tool.Data;

/// <summary>Questions, their answers and their images: files in the format of VQA v2, or a layout that is known.</summary>
internal sealed class VqaDataOptions : DataOptions<VqaDataset>
{
    private const string EasyVqa = "easy-vqa";
    private const string Lxmert = LxmertLayout.Name;
    private const double EasyVqaHeldOut = 0.1;

    /// <summary>Whether a command reads the annotators' answers.</summary>
    private readonly bool _annotated;

    public VqaDataOptions(Command command, bool annotated)
    {
        _annotated = annotated;
        command.Add(Questions);
        if (annotated) command.Add(Annotations);
        foreach (var option in new Option[] { Images, Features, Layout, ImagePattern, SkipProblems }) command.Add(option);
    }

    public Option<string?> Questions { get; } =
        Options.Optional<string?>("--questions", "Questions in the VQA v2 format (.json or .json.gz).", "FILE");

    public Option<string?> Annotations { get; } =
        Options.Optional<string?>("--annotations", "Their annotations in the VQA v2 format.", "FILE");

    public Option<string[]> Layout { get; } = Options.Layout(
        $"A data set known by its layout, in place of questions, annotations and images: '{EasyVqa} FOLDER'; or in place of "
            + $"questions and annotations: '{Lxmert} FILE...', LXMERT's own JSON.",
        $"{EasyVqa} FOLDER|{Lxmert} FILE");

    public override string Names => "--questions (or --layout)";

    public override bool IsGiven(ParseResult parsed) => parsed.GetValue(Questions) is not null || HasLayout(parsed);

    public bool HasLayout(ParseResult parsed) => parsed.GetValue(Layout)!.Length > 0;

    /// <summary>Whether the questions themselves say what each answer is worth, and there are no annotators.</summary>
    public bool HasScores(ParseResult parsed) => Is(parsed, Lxmert);

    public override double HeldOut(ParseResult parsed) => Is(parsed, EasyVqa) ? EasyVqaHeldOut : 0;

    public override VqaDataset Open(ParseResult parsed, Terminal terminal, bool checkImages = true)
    {
        var options = new VqaDatasetOptions
        {
            ImagePattern = parsed.GetValue(ImagePattern),
            SkipProblems = parsed.GetValue(SkipProblems),
            CheckImages = checkImages,
            Cancellation = terminal.Cancellation,
        };
        var data = Display.Run(terminal, "checking images", meter =>
        {
            options.ImageProgress = new Reporter(meter);
            return HasLayout(parsed) ? OpenLayout(parsed, options, checkImages) : OpenFiles(parsed, options);
        });
        foreach (var problem in data.Problems) terminal.Note($"left out {problem}");
        foreach (var example in data.Examples)
        {
            // A model file must not depend on the folder it was made in.
            if (example.ImagePath.Length > 0) example.ImagePath = Path.GetFullPath(example.ImagePath);
        }

        return data;
    }

    private VqaDataset OpenLayout(ParseResult parsed, VqaDatasetOptions options, bool checkImages)
    {
        Option[] replaced = HasScores(parsed) ? [Questions, Annotations] : [Questions, Annotations, Images, Features];
        var both = replaced.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false });
        if (both is not null) throw new UsageException($"--layout and {both.Name} exclude each other.");
        var layout = parsed.GetValue(Layout)!;
        if (HasScores(parsed)) return VqaDataset.LoadLxmert(layout[1..], checkImages ? LookAt(parsed, options) : null, options);
        if (!Is(parsed, EasyVqa))
            throw new UsageException($"--layout: '{layout[0]}' is not a known layout; known are {EasyVqa} and {Lxmert}.");
        if (layout.Length > 2) throw new UsageException($"--layout {EasyVqa}: one folder is expected, found {layout.Length - 1}.");

        // Its answers are a closed list of words: nothing to normalise.
        options.VqaSoftScores = false;
        return VqaDataset.LoadEasyVqa(layout[1], options);
    }

    private VqaDataset OpenFiles(ParseResult parsed, VqaDatasetOptions options)
    {
        var questions = Require(parsed, Questions);
        var annotations = _annotated ? Require(parsed, Annotations) : null;
        return VqaDataset.Load(questions, annotations, LookAt(parsed, options), options);
    }

    private bool Is(ParseResult parsed, string name) => parsed.GetValue(Layout) is [var given, ..] && given == name;

    /// <summary>The folder of images, or null when their regions are in files, which the options are told.</summary>
    private string? LookAt(ParseResult parsed, VqaDatasetOptions options)
    {
        var images = parsed.GetValue(Images);
        var hasFeatures = FeatureFiles(parsed).Count > 0;
        if (images is null && !hasFeatures) throw new UsageException("--images or --features is needed to see anything.");
        if (images is not null && hasFeatures) throw new UsageException("--images and --features exclude each other.");
        options.FeatureFiles = FeatureFiles(parsed);
        return images;
    }

    private static string Require(ParseResult parsed, Option<string?> option) =>
        parsed.GetValue(option) ?? throw new UsageException($"{option.Name} is needed, or --layout {EasyVqa} FOLDER.");

    private sealed class Reporter(IMeter meter) : IProgress<(int Done, int Total)>
    {
        public void Report((int Done, int Total) value) =>
            meter.Show(value.Done, value.Total, $"checked image {value.Done} of {value.Total}");
    }
}
