using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage.Tool.Data;

/// <summary>The images of a folder, folders in it included.</summary>
internal static class ImageFolder
{
    /// <summary>The image files, in the order of their paths.</summary>
    /// <param name="folder">The folder of --images.</param>
    /// <param name="skip">Whether those that cannot be read are left out and counted.</param>
    /// <param name="terminal">Hears how many were left out.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="InvalidDataException">There is no image in it.</exception>
    public static IReadOnlyList<string> Files(string folder, bool skip, Terminal terminal)
    {
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"--images: the folder '{folder}' does not exist.");
        var options = new EnumerationOptions { RecurseSubdirectories = true };
        var found = Directory.EnumerateFiles(folder, "*", options).Where(ImageNames.IsImage).Order(StringComparer.Ordinal).ToList();
        if (found.Count == 0) throw new InvalidDataException($"--images: '{folder}' has no image.");
        return skip ? Readable(folder, found, file => file, terminal) : found;
    }

    /// <summary>Those of some images of a folder that can be read; the others are counted.</summary>
    /// <param name="folder">The folder of --images.</param>
    /// <param name="found">The images.</param>
    /// <param name="path">The file of each.</param>
    /// <param name="terminal">Hears how many were left out.</param>
    /// <param name="mayBeNone">Whether there may be none left.</param>
    /// <exception cref="InvalidDataException">There is none left.</exception>
    public static IReadOnlyList<T> Readable<T>(string folder, IReadOnlyList<T> found, Func<T, string> path, Terminal terminal, bool mayBeNone = false)
    {
        var readable = found.AsParallel().AsOrdered().WithCancellation(terminal.Cancellation).Where(one => ImageFile.FindProblem(path(one)) is null).ToList();
        if (readable.Count < found.Count) terminal.Note($"left {found.Count - readable.Count} of {found.Count} images out, which cannot be read");
        return readable.Count > 0 || mayBeNone ? readable : throw new InvalidDataException($"--images: '{folder}' has no image that can be read.");
    }

    /// <summary>The images that COCO's annotations list, in a folder.</summary>
    /// <param name="folder">The folder of --images.</param>
    /// <param name="annotations">The annotations.</param>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="FileNotFoundException">An image is not there.</exception>
    /// <exception cref="InvalidDataException">The annotations list none.</exception>
    public static IReadOnlyList<(string File, Identifier Id)> Listed(string folder, string annotations)
    {
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"--images: the folder '{folder}' does not exist.");
        var listed = CocoImage.Read(annotations).Select(image => (File: Path.Combine(folder, image.Value.File), Id: image.Key)).ToList();
        if (listed.Count == 0) throw new InvalidDataException($"{annotations}: there is no image in the list 'images'.");
        return listed.Find(image => !File.Exists(image.File)) is { File: { } missing }
            ? throw new FileNotFoundException($"--images: the file '{missing}' of {annotations} does not exist.", missing)
            : listed;
    }

    /// <summary>An image's name: that of its file without extension.</summary>
    public static string NameOf(string file) => ImageNames.WithoutExtension(Path.GetFileName(file));
}
