using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Models;

/// <summary>A model's rows know their image file; which row of the data set it belongs to is known here.</summary>
internal static class UnreadableImage
{
    /// <summary>The parameter that the error of ML.NET's LoadImages is about, which names no file; older models have it.</summary>
    private const string StreamParameter = "imageStream";

    /// <summary>Reads rows, or names the file that made it fail, what is wrong with it, and the first row about it.</summary>
    /// <param name="rows">Whose images are opened.</param>
    /// <param name="read">What opens them.</param>
    /// <exception cref="InvalidDataException">An image cannot be read.</exception>
    public static T Name<T>(IEnumerable<RowFacts> rows, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (Describe(e, rows) is { } description)
        {
            throw new InvalidDataException(description, e);
        }
    }

    private static string? Describe(Exception? error, IEnumerable<RowFacts> rows)
    {
        while (error is not (null or UnreadableImageException or ArgumentException { ParamName: StreamParameter }))
            error = error.InnerException;
        return error switch
        {
            null => null,
            UnreadableImageException own => Describe(own.FilePath, own.Reason, rows),
            _ => rows.SelectMany(row => row.Images).Select(image => image.Path).Distinct()
                .Select(path => ImageFile.FindProblem(path) is { } reason ? Describe(path, reason, rows) : null)
                .FirstOrDefault(description => description is not null),
        };
    }

    /// <summary>A single row needs no name.</summary>
    private static string Describe(string path, string reason, IEnumerable<RowFacts> rows)
    {
        var first = rows.Skip(1).Any() ? rows.FirstOrDefault(row => row.Images.Any(image => image.Path == path)) : null;
        return $"'{path}' cannot be read as an image{(first is null ? "" : $" ({first.Name})")}: {reason}.";
    }
}
