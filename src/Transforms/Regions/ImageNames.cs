using System.Text.RegularExpressions;

namespace MLNet.VisionLanguage.Regions;

/// <summary>
/// The images that are there, image files or rows of feature files, and the one rule by which an identifier finds its image among them.
/// </summary>
/// <remarks>
/// In this order: COCO_&lt;subset&gt;_&lt;12 digits&gt;, when the subset is known; the identifier itself; of a number, the name that ends in it
/// ("COCO_train2014_000000132417", "scene_17"; zeros may be added before it, not left out); of COCO's name, its bare number. Of several that
/// fit, those nearest to the folder's top count, then those of the subset, which the name or the folder says; where several are left, that is
/// an error. In a tree that has a folder of the subset's name, the other subfolders do not count.
/// </remarks>
internal sealed partial class ImageNames
{
    private static readonly HashSet<string> Extensions =
        new([".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp"], StringComparer.OrdinalIgnoreCase);

    private readonly string _among;
    private readonly Dictionary<string, object> _byName;
    private readonly HashSet<string> _folders = new(StringComparer.Ordinal);
    private readonly Lazy<Dictionary<string, List<Known>>> _byNumber;

    /// <param name="names">Paths relative to a folder with '/' between its parts, or names of rows; without an image's extension.</param>
    /// <param name="among">What they lie in, for messages.</param>
    public ImageNames(IEnumerable<(string Name, string Item)> names, string among)
    {
        _among = among;
        _byName = new(StringComparer.Ordinal);
        foreach (var (name, item) in names)
        {
            var known = new Known(name, item);
            var last = known.Last.ToString();

            // Nearly all names are there once; a list for each would cost a large feature file its memory.
            if (_byName.TryGetValue(last, out var others))
                _byName[last] = others is List<Known> list ? [.. list, known] : new List<Known> { (Known)others, known };
            else
                _byName[last] = known;
            foreach (var folder in known.Folders) _folders.Add(folder);
        }

        _byNumber = new(ByNumber);
    }

    /// <summary>Whether a file's extension is that of an image.</summary>
    public static bool IsImage(string path) => Extensions.Contains(Path.GetExtension(path));

    /// <summary>A name without the extension of an image, if it has one.</summary>
    public static string WithoutExtension(string name) => IsImage(name) ? name[..^Path.GetExtension(name).Length] : name;

    /// <summary>COCO's name of an image.</summary>
    public static string? CocoName(string id, string? subset) =>
        subset is not null && IsNumber(id) ? $"COCO_{subset}_{id.PadLeft(12, '0')}" : null;

    /// <summary>The image of an identifier, by the rule of this class.</summary>
    /// <returns>What was given with its name; null when there is none.</returns>
    /// <exception cref="InvalidDataException">Several images fit.</exception>
    public string? Find(string id, string? subset = null)
    {
        if (CocoName(id, subset) is { } coco && Choose(Named(coco), id, subset) is { } conventional) return conventional;
        if (Choose(Named(id), id, subset) is { } same) return same;
        if (IsNumber(id)) return Choose(Numbered(id).Where(known => IsPadded(known.Digits, id)), id, subset);
        return Coco().Match(id) is { Success: true } match
            ? Choose(Numbered(match.Groups[1].Value).Where(known => known.Digits.Length == known.Last.Length), id, subset)
            : null;
    }

    /// <summary>The image that someone named: no other with its number will do.</summary>
    /// <param name="name">A name, with folders and extension or without.</param>
    /// <param name="subset">The subset, which decides between several.</param>
    /// <exception cref="InvalidDataException">Several images fit.</exception>
    public string? FindNamed(string name, string? subset)
    {
        var path = name.Replace('\\', '/');
        var bare = WithoutExtension(path);
        var extension = path[bare.Length..];
        var last = bare[(bare.LastIndexOf('/') + 1)..];
        var fitting = Named(last).Where(
            known => extension.Length == 0 || known.Name == known.Item || known.Item.EndsWith(extension, StringComparison.Ordinal));
        var inFolder = fitting.Where(
            known => last.Length == bare.Length || known.Name == bare || known.Name.EndsWith("/" + bare, StringComparison.Ordinal));
        return Choose(inFolder, name, subset);
    }

    private static bool IsNumber(string id) => id.Length > 0 && id.All(char.IsAsciiDigit);

    private static bool IsPadded(ReadOnlySpan<char> digits, string number) =>
        digits.EndsWith(number) && !digits[..^number.Length].ContainsAnyExcept('0');

    private IEnumerable<Known> Named(string name) => _byName.TryGetValue(name, out var found) ? found as List<Known> ?? [(Known)found] : [];

    private IEnumerable<Known> Numbered(string digits) => _byNumber.Value.GetValueOrDefault(digits.TrimStart('0')) ?? [];

    private Dictionary<string, List<Known>> ByNumber()
    {
        var byNumber = new Dictionary<string, List<Known>>(StringComparer.Ordinal);
        foreach (var known in _byName.Values.SelectMany(found => found as List<Known> ?? [(Known)found]))
        {
            if (known.Digits.IsEmpty) continue;
            var number = known.Digits.TrimStart('0').ToString();
            if (!byNumber.TryGetValue(number, out var list)) byNumber[number] = list = [];
            list.Add(known);
        }

        return byNumber;
    }

    private string? Choose(IEnumerable<Known> fitting, string id, string? subset)
    {
        var left = fitting.ToList();
        if (subset is not null && _folders.Contains(subset)) left.RemoveAll(known => known.Depth > 0 && !known.Folders.Contains(subset));
        if (left.Count == 0) return null;
        var depth = left.Min(known => known.Depth);
        left.RemoveAll(known => known.Depth > depth);
        if (left.Count > 1 && subset is not null && left.Any(known => known.IsOf(subset))) left.RemoveAll(known => !known.IsOf(subset));
        return left.Count == 1 ? left[0].Item : throw Ambiguous(left.Select(known => known.Item).Order(StringComparer.Ordinal).ToList(), id);
    }

    private InvalidDataException Ambiguous(List<string> items, string id) => new(
        $"{items.Count} images of {_among} fit image {id}: {Shown(items[0])}, {Shown(items[1])}{(items.Count > 2 ? "..." : "")}; give an image pattern.");

    private string Shown(string item) => item.StartsWith(_among, StringComparison.Ordinal) ? item[_among.Length..].TrimStart('/', '\\') : item;

    [GeneratedRegex(@"^COCO_[^_]+_(\d{12})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Coco();

    private sealed record Known(string Name, string Item)
    {
        public ReadOnlySpan<char> Last => Name.AsSpan(Name.LastIndexOf('/') + 1);

        public string[] Folders => Name.Split('/')[..^1];

        public int Depth => Name.AsSpan().Count('/');

        /// <summary>The digits at the end of the name.</summary>
        public ReadOnlySpan<char> Digits => Last[(Last.LastIndexOfAnyExceptInRange('0', '9') + 1)..];

        public bool IsOf(string subset) => Folders.Contains(subset) || Last.ToString().Split('_').Contains(subset);
    }
}
