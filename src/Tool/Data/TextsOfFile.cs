using System.Text.Json;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage.Tool.Data;

/// <summary>All texts of a file, whatever it is for, so that a vocabulary knows their words.</summary>
internal static class TextsOfFile
{
    /// <summary>Texts that are values in a JSON file or in JSON lines; of another file its lines.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not in UTF-8, or its JSON is not valid.</exception>
    public static IEnumerable<string> Read(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"--words: the file '{path}' does not exist.", path);
        var name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        if (!Path.GetExtension(name).StartsWith(".json", StringComparison.OrdinalIgnoreCase)) return TextFile.ReadLines(path);
        try
        {
            using var document = JsonDocument.Parse(TextFile.ReadAllText(path));
            return [.. Texts(document.RootElement)];
        }
        catch (JsonException)
        {
            return OfLines(path);
        }
    }

    private static IEnumerable<string> OfLines(string path)
    {
        var found = new List<string>();
        foreach (var (line, number) in TextFile.ReadLines(path).Select((line, i) => (line, i + 1)))
        {
            if (string.IsNullOrWhiteSpace(line)) continue;
            try
            {
                using var document = JsonDocument.Parse(line);
                found.AddRange(Texts(document.RootElement));
            }
            catch (JsonException e)
            {
                throw new InvalidDataException($"{path}: line {number}: not valid JSON: {e.Message}", e);
            }
        }

        return found;
    }

    private static IEnumerable<string> Texts(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String => [element.GetString()!],
        JsonValueKind.Array => element.EnumerateArray().SelectMany(Texts),
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member => Texts(member.Value)),
        _ => [],
    };
}
