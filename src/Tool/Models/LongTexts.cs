using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Models;

/// <summary>Texts with more tokens than a model takes, which are cut unless --strict refuses them.</summary>
internal static class LongTexts
{
    /// <exception cref="InvalidDataException">There is one; the message counts them and names the first.</exception>
    public static void Refuse(IEnumerable<RowFacts> rows, string rowsName, TextTokenizer tokenizer, int most)
    {
        var found = rows.Select(row => (Row: row, Tokens: row.Texts.Max(Tokens))).Where(pair => pair.Tokens > most).ToList();
        if (found.Count == 0) return;
        throw new InvalidDataException(
            $"--strict: {found.Count} of the {rowsName} {(found.Count == 1 ? "has" : "have")} more than the {most} tokens that the model takes; the "
            + $"first is {found[0].Row.Name} with {found[0].Tokens}. Without --strict they are cut.");

        // Special tokens are tokens too.
        int Tokens(TextFacts text) => tokenizer.Encode(text.Text, text.Pair).InputIds.Length;
    }
}
