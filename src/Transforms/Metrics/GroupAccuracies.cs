namespace MLNet.VisionLanguage.Metrics;

/// <summary>Counts right answers in all and group by group.</summary>
internal sealed class GroupAccuracies
{
    private readonly SortedDictionary<string, (long Right, long Count)> _groups = new(StringComparer.Ordinal);

    public void Add(string group, bool isRight)
    {
        var (right, count) = _groups.GetValueOrDefault(group);
        _groups[group] = (right + (isRight ? 1 : 0), count + 1);
    }

    /// <summary>The share of right answers of a group, 0..1; NaN when nothing is in it.</summary>
    public double Of(string group) => _groups.TryGetValue(group, out var found) ? (double)found.Right / found.Count : double.NaN;

    public IReadOnlyDictionary<string, VisualQuestionAnsweringMetrics.GroupAccuracy> ToDictionary() => _groups.ToDictionary(
        pair => pair.Key, pair => new VisualQuestionAnsweringMetrics.GroupAccuracy((double)pair.Value.Right / pair.Value.Count, pair.Value.Count));
}
