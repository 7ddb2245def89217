using System.Globalization;
using System.Text.Unicode;
using MLNet.VisionLanguage.Checkpoints;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Datasets;

/// <summary>Lists of answers as Python pickles them (trainval_label2ans.pkl), read without running anything.</summary>
internal static class PickledAnswers
{
    /// <summary>How deep a list may lie under the usual names; a dictionary of Python may hold itself.</summary>
    private const int MaxDepth = 4;

    private static readonly string[] Extensions = [".pkl", ".pickle", ".p"];

    /// <summary>How lists and dictionaries begin in protocols 0 and 1, which announce nothing.</summary>
    private static readonly string[] OldStarts =
        ["(lp", "(l.", "(dp", "(d.", "(l(", "(lV", "(lS", "]q", "}q", "]r", "}r", "](", "}(", "ccollections\n"];

    public static bool IsPickle(string path, ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > 1 && bytes[0] == 0x80 && bytes[1] is >= 2 and <= 5) return true;
        if (bytes.Length < 2 || bytes[^1] != '.') return false;
        var start = TextEncoding.Latin1.GetString(bytes[..Math.Min(bytes.Length, 16)]);
        return OldStarts.Any(old => start.StartsWith(old, StringComparison.Ordinal))
            || Extensions.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);
    }

    public static IReadOnlyList<string> Read(string path, byte[] bytes)
    {
        try
        {
            using var view = new MemoryStorage(bytes).View(0, bytes.Length);
            return Answers(path, new PickleMachine(path, view, bytes.Length).Load());
        }
        catch (CheckpointFormatException e)
        {
            throw AnswerList.Bad(path, $"it begins as a pickle, but {e.Problem.TrimEnd('.')}", e);
        }
    }

    private static IReadOnlyList<string> Answers(string path, object? root, int depth = 0) => root switch
    {
        PickleList list => InOrder(path, list.Items),
        PickleTuple tuple => InOrder(path, tuple.Items),
        PickleDict dict when depth < MaxDepth && Named(dict) is { } inner => Answers(path, inner, depth + 1),
        PickleDict dict => ByLabel(path, dict),
        _ => throw AnswerList.Bad(
            path, $"it is a pickle of {PickleGlobals.Describe(root)}; a list of texts or a dictionary with labels is expected"),
    };

    private static object? Named(PickleDict dict) =>
        LabelledAnswers.Names.Select(name => dict.TryGet(name, out var value) ? value : null).FirstOrDefault(IsContainer);

    private static bool IsContainer(object? value) => value is PickleList or PickleTuple or PickleDict;

    private static List<string> InOrder(string path, IReadOnlyList<object?> items)
    {
        var answers = new List<string>(items.Count);
        foreach (var item in items)
        {
            object? inner = null;
            var isRow = item is PickleDict row && (row.TryGet("ans", out inner) || row.TryGet("answer", out inner));
            answers.Add(TextOf(isRow ? inner : item) ?? throw AnswerList.Bad(
                path, $"entry {answers.Count + 1} of its list is {PickleGlobals.Describe(item)}; a text is expected"));
        }

        return answers;
    }

    private static IReadOnlyList<string> ByLabel(string path, PickleDict dict)
    {
        var answers = new LabelledAnswers(path);
        foreach (var (key, value) in dict.Items)
        {
            if (value is long label && TextOf(key) is { } answer)
                answers.Add(answer, label);
            else if (LabelOf(key) is { } number && TextOf(value) is { } text)
                answers.Add(text, number);
            else
            {
                throw AnswerList.Bad(
                    path,
                    $"it has {PickleGlobals.Describe(value)} under {PickleGlobals.Describe(key)}; an answer and its label are needed");
            }
        }

        return answers.InOrder();
    }

    private static long? LabelOf(object? key) => key switch
    {
        long number => number,
        string text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };

    private static string? TextOf(object? value) => value switch
    {
        string text => text,
        byte[] bytes when Utf8.IsValid(bytes) => TextEncoding.UTF8.GetString(bytes),
        _ => null,
    };
}
