namespace MLNet.VisionLanguage.Tokenization;

/// <summary>
/// What a caption names, where nobody says: what is left of it between punctuation and the words that join things. A rule of thumb for English;
/// data sets of phrases bring their own.
/// </summary>
internal static class CaptionPhrases
{
    /// <summary>Prepositions, conjunctions, pronouns and the commonest verbs of captions.</summary>
    private static readonly HashSet<string> Joints = new(
        ("in on at of with by from to into onto over under above below behind beside between near through across along around inside outside "
        + "next left right front top bottom while and or but as than that which who whose where when is are was were be been being am has have had "
        + "do does did there it they he she his her their its this these those some wearing holding sitting standing walking riding running looking "
        + "playing eating").Split(' '),
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Words that belong to what follows and name nothing alone.</summary>
    private static readonly HashSet<string> Articles = new(["a", "an", "the", "one"], StringComparer.OrdinalIgnoreCase);

    /// <summary>The phrases in their order; the whole caption where there is none.</summary>
    public static IReadOnlyList<string> Of(string caption)
    {
        var phrases = new List<string>();
        var (start, end, isNamed) = (-1, 0, false);
        foreach (var (from, to) in Words(caption))
        {
            var word = caption[from..to];
            var isBreak = start >= 0 && caption[end..from].Any(character => !char.IsWhiteSpace(character));
            if (isBreak || Joints.Contains(word)) Finish();
            if (Joints.Contains(word)) continue;
            if (start >= 0 && isNamed && Articles.Contains(word)) Finish();
            if (start < 0) start = from;
            end = to;
            isNamed |= !Articles.Contains(word);
        }

        Finish();
        return phrases.Count > 0 ? phrases : [caption.Trim()];

        void Finish()
        {
            if (start >= 0 && isNamed) phrases.Add(caption[start..end]);
            (start, isNamed) = (-1, false);
        }
    }

    private static IEnumerable<(int From, int To)> Words(string text)
    {
        for (var start = 0; start < text.Length; start++)
        {
            if (!IsOfWord(text[start])) continue;
            var end = start;
            while (end < text.Length && IsOfWord(text[end])) end++;
            yield return (start, end);
            start = end;
        }
    }

    private static bool IsOfWord(char character) => char.IsLetterOrDigit(character) || character is '-' or '\'' or '_';
}
