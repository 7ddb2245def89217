namespace MLNet.VisionLanguage.Data;

/// <summary>The numbers of names that rows have: those of a list, or of all that the rows have, in the order of their letters.</summary>
/// <param name="given">The list; null for what the rows have.</param>
internal sealed class NameNumbers(IReadOnlyList<string>? given)
{
    private readonly Dictionary<string, long> _numbers =
        (given ?? []).Select((name, number) => (name, number)).ToDictionary(pair => pair.name, pair => (long)pair.number, StringComparer.Ordinal);

    private bool _isOpen = given is null;

    /// <summary>The names by their numbers.</summary>
    public IReadOnlyList<string> Names => [.. _numbers.OrderBy(pair => pair.Value).Select(pair => pair.Key)];

    /// <summary>The number of a name; null for one that is not among the known ones.</summary>
    public long? Find(string name)
    {
        if (_numbers.TryGetValue(name, out var number)) return number;
        if (!_isOpen) return null;
        _numbers.Add(name, _numbers.Count);
        return _numbers.Count - 1;
    }

    /// <summary>Takes no further names.</summary>
    /// <returns>The numbers that names have from now on, by those they had.</returns>
    public long[] Close()
    {
        if (!_isOpen) return [.. _numbers.Values.Order()];
        _isOpen = false;
        var final = new long[_numbers.Count];
        foreach (var (number, name) in _numbers.Keys.Order(StringComparer.Ordinal).ToList().Index())
        {
            final[_numbers[name]] = number;
            _numbers[name] = number;
        }

        return final;
    }
}
