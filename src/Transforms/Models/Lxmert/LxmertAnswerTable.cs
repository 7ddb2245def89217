using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage.Models;

/// <summary>
/// The answers of LXMERT's pre-training, in the order of its classifier, and how fine-tuning starts from them
/// (src/pretrain/qa_answer_table.py).
/// </summary>
internal sealed class LxmertAnswerTable
{
    private static readonly string[] Articles = ["a ", "an ", "the "];

    private static readonly Dictionary<string, string> Synonyms = new(StringComparer.Ordinal)
    {
        ["a man"] = "man",
        ["the man"] = "man",
        ["a woman"] = "woman",
        ["the woman"] = "woman",
        ["one"] = "1",
        ["two"] = "2",
        ["three"] = "3",
        ["four"] = "4",
        ["five"] = "5",
        ["six"] = "6",
        ["seven"] = "7",
        ["eight"] = "8",
        ["nine"] = "9",
        ["ten"] = "10",
        ["grey"] = "gray",
    };

    private readonly Dictionary<string, int> _rows;

    /// <param name="answers">The answers; all differ.</param>
    public LxmertAnswerTable(IReadOnlyList<string> answers) =>
        _rows = answers.Index().ToDictionary(pair => pair.Item, pair => pair.Index, StringComparer.Ordinal);

    /// <summary>How many answers there are.</summary>
    public int Count => _rows.Count;

    /// <summary>
    /// The answer as the table has it: lower case, without one final full stop, without one article of each kind, and as a synonym.
    /// </summary>
    public static string Convert(string answer)
    {
        var text = answer.ToLowerInvariant();
        if (text.EndsWith('.')) text = text[..^1].Trim();
        foreach (var article in Articles)
        {
            if (text.StartsWith(article, StringComparison.Ordinal)) text = text[article.Length..].Trim();
        }

        return Synonyms.GetValueOrDefault(text, text);
    }

    /// <summary>The row of an answer; null when the table has none.</summary>
    public int? Find(string answer) => _rows.TryGetValue(Convert(answer), out var row) ? row : null;

    /// <summary>
    /// The pre-trained parameters with the classifier's last linear picked row by row for other answers; an answer that the table does
    /// not have gets zeros (load_lxmert_qa).
    /// </summary>
    /// <param name="pretrained">The parameters, the last linear with as many rows as the table.</param>
    /// <param name="output">Name of that linear.</param>
    /// <param name="answers">The answers to come.</param>
    public IParameterSource For(IParameterSource pretrained, string output, IReadOnlyList<string> answers) =>
        new Picked(pretrained, [output + ".weight", output + ".bias"], Count, [.. answers.Select(Find)]);

    private sealed class Picked(IParameterSource source, string[] tables, int rows, int?[] picks) : IParameterSource
    {
        public bool Contains(string name) => source.Contains(name);

        public IReadOnlyList<long> ShapeOf(string name)
        {
            var shape = source.ShapeOf(name);
            if (!tables.Contains(name)) return shape;
            if (shape[0] != rows)
                throw new InvalidDataException($"Parameter '{name}' has {shape[0]} rows; the table of answers has {rows}.");
            return [picks.Length, .. shape.Skip(1)];
        }

        public TensorElementType TypeOf(string name) => source.TypeOf(name);

        public float[] Read(string name)
        {
            var values = source.Read(name);
            if (!tables.Contains(name)) return values;
            var width = values.Length / rows;
            return [.. picks.SelectMany(row => row is { } at ? values.AsSpan(at * width, width).ToArray() : new float[width])];
        }
    }
}
