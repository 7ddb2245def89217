namespace MLNet.VisionLanguage.Tokenization;

/// <summary>A part of a text, in characters.</summary>
/// <param name="Start">The first.</param>
/// <param name="End">Behind the last.</param>
internal readonly record struct CharacterSpan(int Start, int End);

/// <summary>
/// Which tokens parts of a text have (fine_grained/maskrcnn_benchmark/data/datasets/modulated_coco.py, create_positive_map): from the token of
/// the first character to that of the last, and where there is none, as of a blank, to that of one of the two characters next to it inwards.
/// </summary>
internal static class TokenSpans
{
    private const int Tries = 3;

    /// <summary>The places of the tokens, in their order and once each, of the parts that have tokens.</summary>
    /// <param name="characters">The token of each character, -1 for none.</param>
    /// <param name="spans">The parts.</param>
    public static int[] Tokens(IReadOnlyList<int> characters, IEnumerable<CharacterSpan> spans)
    {
        var found = new SortedSet<int>();
        foreach (var span in spans)
        {
            int first = Find(span.Start, 1), last = Find(span.End - 1, -1);
            if (first < 0 || last < 0) continue;
            for (var token = first; token <= last; token++) found.Add(token);
        }

        return [.. found];

        int Find(int from, int step)
        {
            for (var i = 0; i < Tries; i++)
            {
                var at = from + (i * step);
                if (at >= 0 && at < characters.Count && characters[at] >= 0) return characters[at];
            }

            return -1;
        }
    }

    /// <summary>1 for each text's tokens, 0 for others, row after row.</summary>
    /// <param name="texts">The places of each text's tokens; those beyond the count are left out.</param>
    /// <param name="count">How many tokens there are.</param>
    public static float[] Map(IReadOnlyList<int[]> texts, int count)
    {
        var map = new float[texts.Count * count];
        foreach (var (row, tokens) in texts.Index())
            foreach (var token in tokens.Where(token => token < count)) map[(row * count) + token] = 1;
        return map;
    }
}
