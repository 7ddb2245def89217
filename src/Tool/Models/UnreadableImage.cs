using MLNet.VisionLanguage.Datasets;

namespace MLNet.VisionLanguage.Tool.Models;

/// <summary>A model's rows know their image file; which question it belongs to is known here.</summary>
internal static class UnreadableImage
{
    /// <summary>The parameter that the error of ML.NET's LoadImages is about, which names no file; older models have it.</summary>
    private const string StreamParameter = "imageStream";

    /// <summary>Reads rows, or names the file that made it fail, what is wrong with it, and the first question about it.</summary>
    /// <param name="examples">Whose images are opened.</param>
    /// <param name="read">What opens them.</param>
    /// <exception cref="InvalidDataException">An image cannot be read.</exception>
    public static T Name<T>(IReadOnlyList<VqaExample> examples, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (Describe(e, examples) is { } description)
        {
            throw new InvalidDataException(description, e);
        }
    }

    private static string? Describe(Exception? error, IReadOnlyList<VqaExample> examples)
    {
        while (error is not (null or UnreadableImageException or ArgumentException { ParamName: StreamParameter }))
            error = error.InnerException;
        return error switch
        {
            null => null,
            UnreadableImageException own => Describe(own.FilePath, own.Reason, examples),
            _ => examples.Select(row => row.ImagePath).Distinct()
                .Select(path => ImageFile.FindProblem(path) is { } reason ? Describe(path, reason, examples) : null)
                .FirstOrDefault(description => description is not null),
        };
    }

    private static string Describe(string path, string reason, IReadOnlyList<VqaExample> examples)
    {
        var first = examples.Count > 1 ? examples.FirstOrDefault(row => row.ImagePath == path) : null;
        var question = first is null ? "" : $" (question {first.QuestionId})";
        return $"'{path}' cannot be read as an image{question}: {reason}.";
    }
}
