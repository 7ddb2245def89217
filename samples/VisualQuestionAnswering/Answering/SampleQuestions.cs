using MLNet.VisionLanguage.Datasets;

namespace MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Answering;

/// <summary>Chooses which questions the report shows.</summary>
internal static class SampleQuestions
{
    /// <summary>So many questions of each family, each about a picture of its own, spread over the data.</summary>
    public static IReadOnlyList<VqaExample> Choose(IReadOnlyList<VqaExample> examples, int perFamily)
    {
        var shown = new HashSet<string>(StringComparer.Ordinal);
        var chosen = new List<VqaExample>();
        foreach (var family in examples.GroupBy(example => example.QuestionType, StringComparer.Ordinal))
        {
            var rows = family.ToList();
            for (var i = 0; i < perFamily; i++)
            {
                var from = (int)((long)i * rows.Count / perFamily);
                if (rows.Skip(from).FirstOrDefault(row => shown.Add(row.ImagePath)) is { } row)
                    chosen.Add(row);
            }
        }

        return chosen;
    }
}
