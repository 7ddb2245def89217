namespace MLNet.VisionLanguage;

/// <summary>
/// Training targets of VQA v2: every normalised answer gets a score by how many annotators gave it (0, 0.3, 0.6, 0.9, then 1), and
/// the answer vocabulary keeps the answers that are frequent enough. The table is that of the bottom-up-attention VQA code.
/// </summary>
public static class VqaSoftTargets
{
    /// <summary>How often an answer must be some question's most common answer to enter the vocabulary, as in the same code.</summary>
    public const int DefaultMinOccurrences = 9;

    /// <summary>The score of an answer.</summary>
    /// <param name="annotators">How many annotators gave it.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="annotators"/> is negative.</exception>
    public static float Score(int annotators)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(annotators);
        return annotators switch { 0 => 0f, 1 => 0.3f, 2 => 0.6f, 3 => 0.9f, _ => 1f };
    }

    /// <summary>The scored answers of one question.</summary>
    /// <param name="answers">The annotators' answers as given.</param>
    /// <returns>Normalised answers with their scores, in the order in which they first occur.</returns>
    public static IReadOnlyList<KeyValuePair<string, float>> FromAnswers(IEnumerable<string> answers) =>
        FromAnswers(answers, new(StringComparer.Ordinal));

    /// <summary>The same for many questions, whose answers are mostly the same few thousand.</summary>
    /// <param name="answers">The annotators' answers as given.</param>
    /// <param name="normalized">What became of answers so far.</param>
    internal static IReadOnlyList<KeyValuePair<string, float>> FromAnswers(IEnumerable<string> answers, Dictionary<string, string> normalized)
    {
        ArgumentNullException.ThrowIfNull(answers);
        var order = new List<string>();
        var counts = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var answer in answers)
        {
            if (!normalized.TryGetValue(answer, out var normal))
                normalized[answer] = normal = VqaAnswerNormalizer.Normalize(VqaAnswerNormalizer.Clean(answer));
            if (!counts.TryGetValue(normal, out var count)) order.Add(normal);
            counts[normal] = count + 1;
        }

        return order.ConvertAll(a => KeyValuePair.Create(a, Score(counts[a])));
    }

    /// <summary>The answers worth predicting: the most common answer of at least <paramref name="minOccurrences"/> questions.</summary>
    /// <param name="annotations">The training annotations.</param>
    /// <param name="minOccurrences">The least number of questions.</param>
    /// <returns>Normalised answers, the most frequent first, equal counts in ordinal order.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="minOccurrences"/> is below 1.</exception>
    public static IReadOnlyList<string> BuildVocabulary(IEnumerable<VqaAnnotation> annotations, int minOccurrences = DefaultMinOccurrences)
    {
        ArgumentNullException.ThrowIfNull(annotations);
        ArgumentOutOfRangeException.ThrowIfLessThan(minOccurrences, 1);
        return MostFrequent(annotations.Select(MostCommon), minOccurrences);
    }

    /// <summary>The answers worth predicting of data sets with one answer a question, such as Visual Genome and GQA.</summary>
    /// <param name="examples">The training rows; those without an answer do not count.</param>
    /// <param name="minOccurrences">The least number of questions that an answer is the best of.</param>
    /// <returns>Answers, the most frequent first, equal counts in ordinal order.</returns>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="minOccurrences"/> is below 1.</exception>
    public static IReadOnlyList<string> BuildVocabulary(IEnumerable<VqaExample> examples, int minOccurrences = DefaultMinOccurrences)
    {
        ArgumentNullException.ThrowIfNull(examples);
        ArgumentOutOfRangeException.ThrowIfLessThan(minOccurrences, 1);
        return MostFrequent(
            examples.Where(row => row.Answers.Length > 0).Select(row => row.Answers[Array.IndexOf(row.AnswerScores, row.AnswerScores.Max())]),
            minOccurrences);
    }

    /// <summary>
    /// Distinct texts by falling count, then ordinally; those seen fewer than <paramref name="minOccurrences"/> times are left out.
    /// </summary>
    internal static IReadOnlyList<string> MostFrequent(IEnumerable<string> answers, int minOccurrences)
    {
        var counts = answers.CountBy(a => a, StringComparer.Ordinal).Where(c => c.Value >= minOccurrences);
        return counts.OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal).Select(c => c.Key).ToList();
    }

    private static string MostCommon(VqaAnnotation annotation)
    {
        if (annotation.MostCommonAnswer is { } common) return VqaAnswerNormalizer.Normalize(VqaAnswerNormalizer.Clean(common));
        var scored = annotation.Answers.Select(a => VqaAnswerNormalizer.Normalize(VqaAnswerNormalizer.Clean(a.Answer)));
        return MostFrequent(scored, 1)[0];
    }
}
