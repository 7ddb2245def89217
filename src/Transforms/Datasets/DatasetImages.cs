using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage.Datasets;

/// <summary>Finds the images of a data set's rows, and decides which rows are kept.</summary>
internal sealed class DatasetImages
{
    private readonly string? _folder;
    private readonly ImageFileResolver _resolver;
    private readonly bool _skips;
    private readonly HashSet<string>? _listed;

    /// <param name="folder">The folder of the images; null when only names are wanted.</param>
    /// <param name="options">Null for the defaults.</param>
    public DatasetImages(string? folder, DatasetOptions? options)
    {
        _folder = folder;
        _resolver = new ImageFileResolver(folder, options?.ImagePattern);
        _skips = options?.SkipMissingImages ?? false;
        if (options?.ImageListPath is { } list)
            _listed = [.. TextFile.ReadLines(list).Select(line => ImageNames.WithoutExtension(line.Trim())).Where(name => name.Length > 0)];
    }

    /// <summary>Checks, before any row is read, that a file is there.</summary>
    /// <exception cref="FileNotFoundException">It is not.</exception>
    public static string Existing(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return File.Exists(path) ? path : throw new FileNotFoundException($"The file '{path}' does not exist.", path);
    }

    /// <summary>The .json files of a folder in the order of their numbers, or the file that the path is.</summary>
    public static IReadOnlyList<string> FilesOf(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!Directory.Exists(path)) return [Existing(path)];
        var files = Directory.EnumerateFiles(path).Where(file => file.EndsWith(".json", StringComparison.Ordinal)
            || file.EndsWith(".json.gz", StringComparison.Ordinal)).OrderBy(file => file.Length).ThenBy(file => file, StringComparer.Ordinal);
        return files.ToList() is { Count: > 0 } found ? found : throw new FileNotFoundException($"The folder '{path}' has no .json file.", path);
    }

    /// <summary>Names a row's image.</summary>
    /// <param name="row">The row.</param>
    /// <param name="id">The image's identifier.</param>
    /// <param name="file">The file that the record names; null when it names none.</param>
    /// <param name="error">Makes an error that names the row's place.</param>
    /// <param name="subset">The subset of images, such as train2014.</param>
    /// <returns>Whether the row is kept.</returns>
    public bool Name(ImageExample row, Identifier id, string? file, Func<string, Exception> error, string? subset = null)
    {
        if (Find(id, file, error, subset) is not var (name, path)) return false;
        (row.ImageId, row.ImagePath) = (name, path);
        return true;
    }

    /// <summary>The name and the path of an image; null when its row is to be left out.</summary>
    public (string Name, string Path)? Find(Identifier id, string? file, Func<string, Exception> error, string? subset = null)
    {
        if (_listed is not null && !_listed.Contains(ImageNames.WithoutExtension(id.Text))) return null;
        string? path;
        try
        {
            path = _resolver.Resolve(new VqaQuestion(id, id, "", file, subset), null);
        }
        catch (InvalidDataException e)
        {
            throw error(e.Message.TrimEnd('.'));
        }

        var name = path is not null || file is not null ? ImageFileResolver.NameWithoutExtension(path ?? file!) : ImageNames.WithoutExtension(id.Text);
        if (_folder is null) return (name, "");
        if (path is not null) return (name, path);
        return _skips ? null : throw error($"there is no image '{file ?? id.Text}' in {_folder}");
    }
}
