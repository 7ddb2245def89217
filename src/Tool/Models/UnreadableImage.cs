using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Models;

/// <summary>ML.NET does not say which image file it could not read: this finds out.</summary>
internal static class UnreadableImage
{
    /// <summary>The parameter that ML.NET's error is about.</summary>
    private const string StreamParameter = "imageStream";

    /// <summary>Reads rows, or names the file that made it fail.</summary>
    /// <param name="rows">Whose images are opened.</param>
    /// <param name="read">What opens them.</param>
    /// <exception cref="InvalidDataException">An image cannot be read.</exception>
    public static T Name<T>(IEnumerable<RowFacts> rows, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (IsOfImage(e) && rows.Select(row => row.ImagePath).Distinct().FirstOrDefault(IsUnreadable) is { } path)
        {
            throw new InvalidDataException($"'{path}' cannot be read as an image.", e);
        }
    }

    private static bool IsOfImage(Exception? error)
    {
        while (error is not (null or ArgumentException { ParamName: StreamParameter })) error = error.InnerException;
        return error is not null;
    }

    private static bool IsUnreadable(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            MLImage.CreateFromStream(file).Dispose();
            return false;
        }
        catch (ArgumentException)
        {
            return true;
        }
    }
}
