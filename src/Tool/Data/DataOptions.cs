using System.CommandLine;

namespace MLNet.VisionLanguage.Tool.Data;

/// <summary>The options that name a task's data set; the same for every verb.</summary>
/// <typeparam name="TData">The data set.</typeparam>
internal abstract class DataOptions<TData>
{
    public Option<string?> Images { get; } = Options.Optional<string?>("--images", "The folder of the images.", "FOLDER");

    public Option<string[]> Features { get; } = Options.Several<string>(
        "--features",
        "Files or folders to take regions from, in place of the images: bottom-up-attention .tsv, .safetensors, .npz, LMDB, HDF5.",
        "FILE");

    public Option<string?> ImagePattern { get; } = Options.Optional<string?>(
        "--image-pattern",
        "The name of an image, with {image_id}, {image_id:D12}, {data_subtype} or a member such as {coco_split} in it; found by convention without.",
        "PATTERN");

    public Option<bool> SkipProblems { get; } =
        Options.Optional<bool>("--skip-problems", "Leave rows out whose files do not fit together, and count them.");

    /// <summary>The options that name a data set, for an error that asks for one: "--questions".</summary>
    public abstract string Names { get; }

    /// <summary>Whether a data set is named at all.</summary>
    public abstract bool IsGiven(ParseResult parsed);

    /// <summary>The share of the images that train holds out when it is not told.</summary>
    public virtual double HeldOut(ParseResult parsed) => 0;

    /// <summary>The feature files; empty when regions come from images.</summary>
    public IReadOnlyList<string> FeatureFiles(ParseResult parsed) => parsed.GetValue(Features)!;

    /// <summary>Opens the data set that the options name.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="terminal">Where notes and progress go.</param>
    /// <param name="checkImages">Whether the images are to be looked at.</param>
    /// <exception cref="UsageException">Options are missing or exclude each other.</exception>
    public abstract TData Open(ParseResult parsed, Terminal terminal, bool checkImages = true);
}
