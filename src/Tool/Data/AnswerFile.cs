using System.Text.Json;

namespace MLNet.VisionLanguage.Tool.Data;

/// <summary>Lists of answers: a JSON array of strings (the reference's label2ans.json) or a text file with one answer a line.</summary>
internal static class AnswerFile
{
    public static IReadOnlyList<string> Read(string path)
    {
        if (!File.Exists(path)) throw new FileNotFoundException($"--answers: the file '{path}' does not exist.", path);
        var text = File.ReadAllText(path);
        var answers = text.AsSpan().TrimStart().StartsWith("[") ? FromJson(path, text) : FromLines(text);
        if (answers.Count == 0) throw new InvalidDataException($"{path}: there is no answer in it.");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < answers.Count; i++)
        {
            if (!seen.Add(answers[i])) throw new InvalidDataException($"{path}: answer {i + 1}, '{answers[i]}', stands there twice.");
        }

        return answers;
    }

    private static List<string> FromLines(string text) =>
        [.. text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];

    private static List<string> FromJson(string path, string text)
    {
        try
        {
            var answers = JsonSerializer.Deserialize<List<string?>>(text)!;
            var empty = answers.FindIndex(string.IsNullOrEmpty);
            return empty < 0
                ? answers.ConvertAll(answer => answer!)
                : throw new InvalidDataException($"{path}: answer {empty + 1} is empty.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: expected a JSON array of strings; {e.Message}", e);
        }
    }
}
