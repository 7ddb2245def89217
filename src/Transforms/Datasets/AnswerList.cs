using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Datasets;
using MLNet.VisionLanguage.Files;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage;

/// <summary>
/// Reads lists of answers, in the order of a classifier's outputs, from the files that the references and their data sets come with.
/// </summary>
public static class AnswerList
{
    /// <summary>The longest lists have some ten thousand answers; beyond this the file is another one.</summary>
    private const int LargestFile = 64 << 20;

    private const int LongestLine = 1000;

    /// <summary>Reads a list. Formats are told apart by content; each may be compressed with gzip.</summary>
    /// <remarks>
    /// A JSON or pickled list of texts (trainval_label2ans), or of objects with the answer as "ans" or "answer" (LXMERT's all_ans);
    /// a JSON or pickled dictionary from answers to labels 0, 1, ... (trainval_ans2label) or from labels to answers (id2label), at the
    /// root or under one of these names; JSON lines with "answer" and "label"; a text with one answer a line in UTF-8, where an empty
    /// line before the end is the empty answer, as the reference's list for VQA has. Pickles are read by the reader of checkpoints, which
    /// runs nothing.
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <returns>The answers; all differ.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is none of these, is damaged, or has an answer or a label twice.</exception>
    public static IReadOnlyList<string> Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var bytes = DataFile.ReadAll(path, LargestFile);
        var text = bytes.AsMemory(TextBytes.MarkLength(bytes));
        IReadOnlyList<string> answers;
        if (PickledAnswers.IsPickle(path, bytes)) answers = PickledAnswers.Read(path, bytes);
        else if (ForeignFile.Describe(bytes) is { } what) throw Bad(path, $"it is {what}");
        else if (bytes.AsSpan().StartsWith("PK\x03\x04"u8)) throw Bad(path, "it is a zip file, such as a checkpoint or a model");
        else if (TextBytes.ProblemOf(bytes) is { } problem) throw Bad(path, problem);
        else if (text.Span.TrimStart(" \t\r\n"u8) is [(byte)'[' or (byte)'{', ..]) answers = JsonAnswers.Read(path, text);
        else answers = FromLines(path, text.Span);
        return Checked(path, answers);
    }

    internal static InvalidDataException Bad(string path, string problem, Exception? inner = null) =>
        new($"{path}: this is no list of answers: {problem}.", inner);

    private static IReadOnlyList<string> Checked(string path, IReadOnlyList<string> answers)
    {
        if (answers.Count == 0 || (answers.Count == 1 && answers[0].Length == 0)) throw Bad(path, "there is no answer in it");
        var seen = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < answers.Count; i++)
        {
            if (!seen.TryAdd(answers[i], i))
            {
                throw new InvalidDataException(
                    $"{path}: answer {i + 1}, '{answers[i]}', stands there twice; it is answer {seen[answers[i]] + 1} too.");
            }
        }

        return answers;
    }

    private static List<string> FromLines(string path, ReadOnlySpan<byte> text)
    {
        var answers = new List<string>();
        while (!text.IsEmpty)
        {
            var end = text.IndexOf((byte)'\n');
            var line = end < 0 ? text : text[..end];
            text = end < 0 ? [] : text[(end + 1)..];
            var number = answers.Count + 1;
            line = line.Trim(" \t\r"u8);
            if (line.ContainsAnyInRange((byte)0, (byte)31)) throw Bad(path, $"line {number} has a tab or another control character");
            if (line.Length > LongestLine) throw Bad(path, $"line {number} has {line.Length} bytes; no answer is that long");
            answers.Add(TextEncoding.UTF8.GetString(line).Trim());
        }

        while (answers.Count > 0 && answers[^1].Length == 0) answers.RemoveAt(answers.Count - 1);
        return answers;
    }
}
