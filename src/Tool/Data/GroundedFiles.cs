using System.CommandLine;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Data;

/// <summary>An image, what is said of it, and the boxes that parts of that mean.</summary>
internal sealed class GroundedImage
{
    public string ImageId { get; set; } = "";

    public string ImagePath { get; set; } = "";

    public string Text { get; set; } = "";

    [VectorType]
    public float[] Boxes { get; set; } = [];

    /// <summary>The class of each box, or the part of the text that means it.</summary>
    [VectorType]
    public string[] Labels { get; set; } = [];

    [VectorType]
    public float[] Crowd { get; set; } = [];
}

/// <summary>What a detector that reads learns.</summary>
internal enum GroundedKind
{
    Objects,
    Phrases,
    Expressions,
}

/// <summary>The files that a detector that reads learns from.</summary>
internal sealed class GroundedFiles
{
    private readonly Option<string?> _annotations = Options.Optional<string?>(
        "--annotations",
        "Objects of classes: COCO's or LVIS's .json, a folder of pictures with one (ODinW), or of Pascal VOC's .xml or .txt files.", "FILE|FOLDER");
    private readonly Option<string?> _phrases = Options.Optional<string?>(
        "--phrases", "Phrases of captions instead: the folder of Flickr30k Entities, with Sentences and Annotations.", "FOLDER");
    private readonly Option<string?> _list = Options.Optional<string?>("--image-list", "With --phrases: the images to read, such as train.txt.", "FILE");
    private readonly Option<string?> _refs = Options.Optional<string?>("--refs", "Expressions instead: refs(unc).p of RefCOCO, RefCOCO+ or RefCOCOg.", "FILE");
    private readonly Option<string?> _instances = Options.Optional<string?>("--instances", "With --refs: instances.json of the same folder.", "FILE");
    private readonly Option<string?> _split = Options.Optional<string?>("--split", "With --refs: the part to read, such as train.", "NAME");
    private readonly Option<string?> _images = Options.Optional<string?>(
        "--images", "The folder of the images; without, that of --annotations.", "FOLDER");

    public IEnumerable<Option> All => [_annotations, _phrases, _list, _refs, _instances, _split, _images];

    /// <summary>Reads the rows.</summary>
    /// <param name="parsed">The options.</param>
    /// <param name="left">How many objects are left out, as they have no width or no height.</param>
    /// <exception cref="UsageException">Not one kind of files is named, or one without its others.</exception>
    public (GroundedKind Kind, IReadOnlyList<GroundedImage> Rows) Load(ParseResult parsed, out int left)
    {
        left = 0;
        string?[] kinds = [parsed.GetValue(_annotations), parsed.GetValue(_phrases), parsed.GetValue(_refs)];
        if (kinds.Count(kind => kind is not null) != 1) throw new UsageException("One of --annotations, --phrases and --refs is needed.");
        if (parsed.GetValue(_list) is not null && kinds[1] is null) throw new UsageException("--image-list goes with --phrases.");
        if ((parsed.GetValue(_instances) ?? parsed.GetValue(_split)) is not null && kinds[2] is null)
            throw new UsageException("--instances and --split go with --refs.");
        var images = parsed.GetValue(_images);
        if (kinds[0] is { } annotations)
            return (GroundedKind.Objects, Objects(annotations, images ?? (Directory.Exists(annotations) ? annotations : Needed(_images)), ref left));
        if (kinds[1] is { } phrases) return (GroundedKind.Phrases, Phrases(phrases, images ?? Needed(_images), parsed.GetValue(_list)));
        var expressions = RefCocoDataset.Load(
            kinds[2]!, parsed.GetValue(_instances) ?? Needed(_instances), parsed.GetValue(_split), images ?? Needed(_images));
        return (GroundedKind.Expressions, [.. expressions.Select(row => new GroundedImage
        {
            ImageId = row.ImageId,
            ImagePath = row.ImagePath,
            Text = row.Expression,
            Boxes = row.Boxes,
            Labels = [row.Expression],
            Crowd = [0],
        })]);

        static string Needed(Option option) => throw new UsageException($"{option.Name} is needed.");
    }

    /// <summary>An image's rows, for messages.</summary>
    public static RowFacts Facts(GroundedImage row) => new($"image {row.ImageId}", [], [new(row.ImagePath, row.ImageId)]);

    private static IReadOnlyList<GroundedImage> Objects(string annotations, string images, ref int left)
    {
        var rows = new List<GroundedImage>();
        foreach (var image in ObjectFiles.Load(annotations, null, images))
        {
            var row = ObjectFiles.WithoutEmpty(image, ref left);
            rows.Add(new() { ImageId = row.ImageId, ImagePath = row.ImagePath, Boxes = row.Boxes, Labels = row.Labels, Crowd = row.Crowd });
        }

        return rows;
    }

    /// <summary>A row a caption, with all its phrases.</summary>
    private static IReadOnlyList<GroundedImage> Phrases(string folder, string images, string? list) =>
    [
        .. Flickr30kEntitiesDataset.Load(folder, images, options: new() { ImageListPath = list }).GroupBy(phrase => phrase.SentenceId).Select(caption =>
        {
            var first = caption.First();
            string[] labels = [.. caption.SelectMany(phrase => Enumerable.Repeat(phrase.Expression, phrase.Boxes.Length / 4))];
            return new GroundedImage
            {
                ImageId = first.ImageId,
                ImagePath = first.ImagePath,
                Text = first.Sentence,
                Boxes = [.. caption.SelectMany(phrase => phrase.Boxes)],
                Labels = labels,
                Crowd = new float[labels.Length],
            };
        }),
    ];
}
