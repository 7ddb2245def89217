using System.Text.Json;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage.Datasets;

/// <summary>A line of a text file, with where it stands.</summary>
/// <param name="File">The file.</param>
/// <param name="Number">From 1.</param>
/// <param name="Text">The line without its end.</param>
internal readonly record struct TextLine(string File, int Number, string Text)
{
    /// <summary>The lines of a file that are not empty, as they are asked for.</summary>
    public static IEnumerable<TextLine> Read(string path) =>
        TextFile.ReadLines(path).Select((line, i) => new TextLine(path, i + 1, line)).Where(line => !string.IsNullOrWhiteSpace(line.Text));

    public InvalidDataException Error(string message) => new($"{File}: line {Number}: {message}.");
}

/// <summary>Reads files with one JSON object a line.</summary>
internal static class JsonLines
{
    /// <summary>Reads the objects one by one as they are asked for.</summary>
    /// <param name="path">The file, which may be compressed with gzip.</param>
    /// <param name="parse">What becomes of an object; its element is only valid during the call.</param>
    public static IEnumerable<T> Rows<T>(string path, Func<JsonRow, T> parse) => TextLine.Read(path).Select(line =>
    {
        try
        {
            using var document = JsonDocument.Parse(line.Text);
            return parse(new JsonRow(path, "line", line.Number, null, document.RootElement));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: line {line.Number}, byte {e.BytePositionInLine + 1}: not valid JSON: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            // Of a name with half of a surrogate pair in it.
            throw new InvalidDataException($"{path}: line {line.Number}: a text in it is not in UTF-8: {e.Message}.", e);
        }
    });
}
