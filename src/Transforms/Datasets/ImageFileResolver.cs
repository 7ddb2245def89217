using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage;

/// <summary>
/// Finds the image of a question, by one rule for image files and for rows of region features, in training, scoring and evaluation.
/// </summary>
/// <remarks>
/// The file named in the record goes first, then the user's pattern; an image that one of them names is meant, and no other with its number
/// will do. Without them: COCO_&lt;subset&gt;_&lt;12 digit id&gt;, where the record ("coco_split", ...) or the header ("data_subtype") tells the
/// subset; the name that is the image id; the name that ends in that number ("COCO_train2014_000000132417.jpg", "scene_17.png"; zeros may be
/// added before the id, not left out). Files lie in the folder or in folders in it, two deep, such as train2014 and val2014. Where several
/// fit, those nearest to the top and those of the record's subset go first; if several are left, that is an error that names two of them.
/// </remarks>
public sealed class ImageFileResolver
{
    /// <summary>How deep below the folder images are looked for.</summary>
    private const int Depth = 2;

    private readonly string? _folder;
    private readonly ImagePattern? _pattern;
    private readonly Lazy<ImageNames> _files;
    private readonly ImageNames? _rows;

    /// <summary>Creates a resolver.</summary>
    /// <param name="folder">The folder of the images; null when there are none (region features only), then only names are made.</param>
    /// <param name="pattern">
    /// A name relative to the folder, with extension or without, with {image_id}, {image_id:D12} (zero-padded, any width), {data_subtype}
    /// (the subset) and members of the record, such as {coco_split}, in it; null to leave this step out.
    /// </param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="ArgumentException">A placeholder is none, or there is none for the image.</exception>
    public ImageFileResolver(string? folder, string? pattern = null)
    {
        if (folder is not null && !Directory.Exists(folder))
            throw new DirectoryNotFoundException($"The image folder '{folder}' does not exist.");
        _folder = folder;
        _pattern = pattern is null ? null : new ImagePattern(pattern);
        _files = new(() => new ImageNames(Files(folder!), folder!));
    }

    /// <summary>Finds rows of feature files in place of image files.</summary>
    internal ImageFileResolver(RegionFeatureFiles features, string? pattern)
        : this((string?)null, pattern) => _rows = features.Names;

    /// <summary>The members of a record that the pattern names.</summary>
    internal IReadOnlyList<string> Fields => _pattern?.Fields ?? [];

    /// <summary>The path of a question's image.</summary>
    /// <param name="question">The question.</param>
    /// <param name="dataSubtype">The subset named in the questions file's header ("train2014"), or null; the record's goes before it.</param>
    /// <returns>An existing file, or null if there is none. Without a folder: a bare file name, or null if none can be made.</returns>
    /// <exception cref="InvalidDataException">Several files of the folder fit the image id.</exception>
    public string? Resolve(VqaQuestion question, string? dataSubtype)
    {
        ArgumentNullException.ThrowIfNull(question);
        var subset = Subset(string.IsNullOrEmpty(question.Subset) ? dataSubtype : question.Subset);
        var meant = question.ImageFile ?? _pattern?.Fill(question, subset, out _);
        if (_rows is not null) return FindRow(question, meant, subset);
        if (meant is null && question.ImageFile is null && _pattern is not null) return null;
        var name = meant ?? (ImageNames.CocoName(question.ImageId.Text, subset) is { } coco ? coco + ".jpg" : null);
        if (_folder is null) return name;

        // Where a file is just where it is expected, a large folder need not be listed.
        if (name is not null && new[] { "", subset ?? "" }.Select(part => Path.Combine(_folder, part, name)).FirstOrDefault(File.Exists) is { } path)
            return path;
        return meant is null ? _files.Value.Find(question.ImageId.Text, subset) : _files.Value.FindNamed(meant, subset);
    }

    /// <summary>What the image of a question is called in a message about its absence.</summary>
    internal string Describe(VqaQuestion question, string? dataSubtype)
    {
        string? missing = null;
        if (question.ImageFile is null) _pattern?.Fill(question, dataSubtype, out missing);
        return $"image {question.ImageFile ?? question.ImageId.Text}"
            + (missing is null ? "" : $" (its record has no '{missing}', which the image pattern names)");
    }

    /// <summary>The name under which feature files know an image: its file name without folder and extension.</summary>
    internal static string NameWithoutExtension(string path) => ImageNames.WithoutExtension(Path.GetFileName(path));

    /// <summary>Rows often know no file names: of a file named in the record, the image id will do as well.</summary>
    private string? FindRow(VqaQuestion question, string? meant, string? subset)
    {
        if (meant is not null && _rows!.Find(NameWithoutExtension(meant)) is { } row) return row;
        return _pattern is null || question.ImageFile is not null ? _rows!.Find(question.ImageId.Text, subset) : null;
    }

    /// <summary>test-dev2015 is a part of test2015's images.</summary>
    private static string? Subset(string? dataSubtype) =>
        string.IsNullOrEmpty(dataSubtype) ? null : dataSubtype.Replace("-dev", "", StringComparison.Ordinal);

    private static IEnumerable<(string Name, string Path)> Files(string folder)
    {
        var options = new EnumerationOptions { RecurseSubdirectories = true, MaxRecursionDepth = Depth };
        return Directory.EnumerateFiles(folder, "*", options).Where(ImageNames.IsImage).Order(StringComparer.Ordinal).Select(
            path => (ImageNames.WithoutExtension(Path.GetRelativePath(folder, path).Replace('\\', '/')), path));
    }
}
