using System.Runtime.InteropServices;

namespace MLNet.VisionLanguage.Tokenization;

/// <summary>
/// Learns merges as Sennrich et al. 2016 do: of all pairs of neighbours within words the most frequent becomes one token, again and again; of equally
/// frequent ones that whose spelling comes first. Ends when no pair occurs twice.
/// </summary>
internal sealed class BytePairLearner
{
    private readonly List<string> _symbols = [.. ByteAlphabet.All.ToArray().Select(character => character.ToString())];
    private readonly Dictionary<string, int> _symbolIds = new(StringComparer.Ordinal);
    private readonly List<(int[] Symbols, long Count)> _words = [];
    private readonly Dictionary<(int, int), long> _counts = [];
    private readonly Dictionary<(int, int), HashSet<int>> _places = [];
    private readonly PriorityQueue<(int First, int Second), (long Count, string First, string Second)> _queue = new(
        Comparer<(long Count, string First, string Second)>.Create((one, other) => one.Count != other.Count
            ? other.Count.CompareTo(one.Count)
            : string.CompareOrdinal(one.First, other.First) is var order and not 0 ? order : string.CompareOrdinal(one.Second, other.Second)));

    private BytePairLearner(IEnumerable<string> texts)
    {
        foreach (var (id, symbol) in _symbols.Index()) _symbolIds.Add(symbol, id);
        foreach (var (word, count) in CountWords(texts))
        {
            _words.Add(([.. ByteAlphabet.Spell(word).Select(character => _symbolIds[character.ToString()])], count));
            Count(_words.Count - 1, count);
        }

        foreach (var pair in _counts.Keys) Enqueue(pair);
    }

    /// <summary>The merges of texts, the first before all others.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="most">How many there may be.</param>
    public static IReadOnlyList<(string First, string Second)> Learn(IEnumerable<string> texts, int most)
    {
        var learner = new BytePairLearner(texts);
        var merges = new List<(string, string)>();
        var known = learner._symbols.ToHashSet(StringComparer.Ordinal);
        while (merges.Count < most && learner.Best() is { } pair)
        {
            var (first, second) = (learner._symbols[pair.First], learner._symbols[pair.Second]);
            merges.Add((first, second));
            learner.Merge(pair);

            // "a"+"bc" after "ab"+"c" makes a token that there is: a merge more, but no token.
            if (!known.Add(first + second)) most++;
        }

        return merges;
    }

    private static Dictionary<string, long> CountWords(IEnumerable<string> texts)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        var bySpan = counts.GetAlternateLookup<ReadOnlySpan<char>>();
        foreach (var read in texts)
        {
            var text = BytePairWords.Whole(read);
            for (var (start, position) = (0, 0); BytePairWords.Next(text, ref position); start = position)
                CollectionsMarshal.GetValueRefOrAddDefault(bySpan, text.AsSpan(start, position - start), out _)++;
        }

        return counts;
    }

    private (int First, int Second)? Best()
    {
        while (_queue.TryDequeue(out var pair, out var priority))
        {
            // What changed since it was put there stands there again.
            if (priority.Count == _counts.GetValueOrDefault(pair)) return priority.Count > 1 ? pair : null;
        }

        return null;
    }

    private void Merge((int First, int Second) pair)
    {
        var symbol = _symbols[pair.First] + _symbols[pair.Second];
        if (!_symbolIds.TryGetValue(symbol, out var merged))
        {
            merged = _symbols.Count;
            _symbols.Add(symbol);
            _symbolIds.Add(symbol, merged);
        }

        var changed = new HashSet<(int, int)>();
        foreach (var place in _places[pair].ToArray())
        {
            var (symbols, count) = _words[place];
            changed.UnionWith(Pairs(symbols));
            Count(place, -count);
            _words[place] = (Merged(symbols, pair, merged), count);
            changed.UnionWith(Pairs(_words[place].Symbols));
            Count(place, count);
        }

        foreach (var own in changed) Enqueue(own);
    }

    private static int[] Merged(int[] symbols, (int First, int Second) pair, int merged)
    {
        var result = new List<int>(symbols.Length);
        for (var i = 0; i < symbols.Length; i++)
        {
            var isPair = symbols[i] == pair.First && i + 1 < symbols.Length && symbols[i + 1] == pair.Second;
            result.Add(isPair ? merged : symbols[i]);
            if (isPair) i++;
        }

        return [.. result];
    }

    private static IEnumerable<(int, int)> Pairs(int[] symbols) => symbols.Zip(symbols.Skip(1));

    private void Count(int place, long count)
    {
        foreach (var pair in Pairs(_words[place].Symbols))
        {
            CollectionsMarshal.GetValueRefOrAddDefault(_counts, pair, out _) += count;
            ref var places = ref CollectionsMarshal.GetValueRefOrAddDefault(_places, pair, out _);
            places ??= [];
            if (count > 0) places.Add(place);
            else places.Remove(place);
        }
    }

    private void Enqueue((int First, int Second) pair)
    {
        if (_counts.GetValueOrDefault(pair) is var count and > 1) _queue.Enqueue(pair, (count, _symbols[pair.First], _symbols[pair.Second]));
    }
}
