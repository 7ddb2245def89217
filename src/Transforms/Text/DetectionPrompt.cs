using System.Text.RegularExpressions;

namespace MLNet.VisionLanguage.Tokenization;

/// <summary>
/// Names of classes as one text to be looked for (fine_grained/maskrcnn_benchmark/engine/inference.py, create_queries_and_maps).
/// </summary>
/// <param name="Text">"person. traffic light".</param>
/// <param name="Spans">Where each name is in it.</param>
internal sealed partial record DetectionPrompt(string Text, IReadOnlyList<CharacterSpan> Spans)
{
    /// <summary>What stands between two names.</summary>
    public const string Separation = ". ";

    /// <param name="names">The names, as data sets spell them.</param>
    /// <param name="separation">What stands between two.</param>
    public static DetectionPrompt Of(IEnumerable<string> names, string separation = Separation)
    {
        var text = new System.Text.StringBuilder();
        var spans = new List<CharacterSpan>();
        foreach (var name in names.Select(Clean))
        {
            if (spans.Count > 0) text.Append(separation);
            spans.Add(new(text.Length, text.Length + name.Length));
            text.Append(name);
        }

        return new(text.ToString(), spans);
    }

    /// <summary>A name without what it has in parentheses, underscores as blanks, two blanks as one.</summary>
    public static string Clean(string name) => Parenthesis().Replace(name, "").Replace('_', ' ').Replace("  ", " ", StringComparison.Ordinal);

    [GeneratedRegex(@"\(.*\)")]
    private static partial Regex Parenthesis();
}
