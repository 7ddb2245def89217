using System.Globalization;

namespace MLNet.VisionLanguage;

/// <summary>
/// Finds the image file of a question. Tried in this order: the file named in the record; the user's pattern; the VQA v2 convention
/// COCO_&lt;subset&gt;_&lt;12 digit id&gt;.jpg when the questions file names its subset; a file in the folder whose name is the image
/// id, or
/// ends in that number ("COCO_train2014_000000132417.jpg", "scene_17.png").
/// </summary>
public sealed class ImageFileResolver
{
    private const string PaddedId = "image_id:D";

    private static readonly HashSet<string> ImageExtensions =
        new([".jpg", ".jpeg", ".png", ".bmp", ".gif", ".webp"], StringComparer.OrdinalIgnoreCase);

    private readonly string? _folder;
    private readonly string? _pattern;
    private readonly Lazy<FolderIndex> _index;

    /// <summary>Creates a resolver.</summary>
    /// <param name="folder">The folder of the images; null when there are none (region features only), then only names are made.</param>
    /// <param name="pattern">
    /// A file name relative to the folder with {image_id}, {image_id:D12} (zero-padded, any width) and {data_subtype} in it; null to
    /// leave this step out.
    /// </param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="ArgumentException">The pattern has another placeholder or none for the image.</exception>
    public ImageFileResolver(string? folder, string? pattern = null)
    {
        if (folder is not null && !Directory.Exists(folder))
            throw new DirectoryNotFoundException($"The image folder '{folder}' does not exist.");
        _folder = folder;
        _pattern = pattern;
        if (pattern is not null) Fill(pattern, "0", "");
        _index = new Lazy<FolderIndex>(() => new FolderIndex(folder!));
    }

    /// <summary>The path of a question's image.</summary>
    /// <param name="question">The question.</param>
    /// <param name="dataSubtype">The subset named in the questions file's header ("train2014"), or null.</param>
    /// <returns>An existing file, or null if there is none. Without a folder: a bare file name, or null if none can be made.</returns>
    /// <exception cref="InvalidDataException">Several files of the folder fit the image id.</exception>
    public string? Resolve(VqaQuestion question, string? dataSubtype)
    {
        ArgumentNullException.ThrowIfNull(question);
        var name = NameOf(question, dataSubtype);
        if (_folder is null) return name;
        if (name is not null)
        {
            var path = Path.Combine(_folder, name);
            if (File.Exists(path)) return path;
            if (Subset(dataSubtype) is { } subset && File.Exists(path = Path.Combine(_folder, subset, name))) return path;

            // A name that the record or the user gave is meant: another file with the same number is not.
            if (question.ImageFile is not null || _pattern is not null) return null;
        }

        return _index.Value.Find(question.ImageId);
    }

    /// <summary>The name under which feature files know the image: its file name without folder and extension.</summary>
    internal static string NameWithoutExtension(string path) => Path.GetFileNameWithoutExtension(path);

    private string? NameOf(VqaQuestion question, string? dataSubtype)
    {
        if (question.ImageFile is not null) return question.ImageFile;
        if (_pattern is not null) return Fill(_pattern, question.ImageId, Subset(dataSubtype) ?? "");
        return Subset(dataSubtype) is { } subset && long.TryParse(question.ImageId, NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? $"COCO_{subset}_{id:D12}.jpg"
            : null;
    }

    /// <summary>test-dev2015 is a part of test2015's images.</summary>
    private static string? Subset(string? dataSubtype) =>
        string.IsNullOrEmpty(dataSubtype) ? null : dataSubtype.Replace("-dev", "", StringComparison.Ordinal);

    private static string Fill(string pattern, string imageId, string dataSubtype)
    {
        var filled = "";
        var hasImage = false;
        for (var i = 0; i < pattern.Length;)
        {
            var open = pattern.IndexOf('{', i);
            if (open < 0)
            {
                filled += pattern[i..];
                break;
            }

            var close = pattern.IndexOf('}', open);
            var place = close < 0 ? pattern[open..] : pattern[(open + 1)..close];
            filled += pattern[i..open];
            if (place == "image_id")
                filled += imageId;
            else if (place.StartsWith(PaddedId, StringComparison.Ordinal)
                && int.TryParse(place[PaddedId.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var width))
                filled += imageId.PadLeft(Math.Min(width, 64), '0');
            else if (place == "data_subtype")
                filled += dataSubtype;
            else
            {
                throw new ArgumentException(
                    $"The image pattern '{pattern}' has the unknown placeholder '{place}'; known are {{image_id}}, {{image_id:D12}} and {{data_subtype}}.",
                    nameof(pattern));
            }

            hasImage |= place != "data_subtype";
            i = close + 1;
        }

        return hasImage ? filled : throw new ArgumentException($"The image pattern '{pattern}' has no {{image_id}}.", nameof(pattern));
    }

    private sealed class FolderIndex
    {
        private readonly string _folder;
        private readonly Dictionary<string, string> _byName = new(StringComparer.Ordinal);
        private readonly Dictionary<string, List<string>> _byNumber = new(StringComparer.Ordinal);

        public FolderIndex(string folder)
        {
            _folder = folder;
            foreach (var file in Directory.EnumerateFiles(folder).Order(StringComparer.Ordinal))
            {
                if (!ImageExtensions.Contains(Path.GetExtension(file))) continue;
                var name = Path.GetFileNameWithoutExtension(file);
                _byName.TryAdd(name, file);
                var digits = name.Length;
                while (digits > 0 && char.IsAsciiDigit(name[digits - 1]))
                    digits--;
                if (digits == name.Length) continue;
                var number = name[digits..].TrimStart('0');
                if (!_byNumber.TryGetValue(number, out var files)) _byNumber[number] = files = [];
                files.Add(file);
            }
        }

        public string? Find(string imageId)
        {
            if (_byName.TryGetValue(imageId, out var file)) return file;
            if (imageId.Length == 0 || !imageId.All(char.IsAsciiDigit) || !_byNumber.TryGetValue(imageId.TrimStart('0'), out var files))
                return null;
            return files.Count == 1
                ? files[0]
                : throw new InvalidDataException(
                    $"{files.Count} files in '{_folder}' fit image {imageId}: " +
                    $"{Path.GetFileName(files[0])}, {Path.GetFileName(files[1])}...; give an image pattern.");
        }
    }
}
