namespace MLNet.VisionLanguage.Tasks.Retrieval;

/// <summary>Keeps the items with the largest scores; of equal ones those that came first.</summary>
/// <param name="most">How many are kept.</param>
internal sealed class BestItems(int most)
{
    /// <summary>The worst of those kept at the head.</summary>
    private readonly PriorityQueue<(int Item, float Score), (float Score, int Item)> _kept = new(
        most + 1,
        Comparer<(float Score, int Item)>.Create((one, other) => one.Score != other.Score
            ? one.Score.CompareTo(other.Score)
            : other.Item.CompareTo(one.Item)));

    /// <summary>How many are kept.</summary>
    public int Most => most;

    /// <summary>The worst score of those kept; minus infinity until all places are taken.</summary>
    public float Worst { get; private set; } = float.NegativeInfinity;

    /// <summary>Adds an item; items come in their order.</summary>
    public void Add(int item, float score)
    {
        if (_kept.Count == most)
        {
            if (!(score > Worst)) return;
            _kept.DequeueEnqueue((item, score), (score, item));
        }
        else
        {
            _kept.Enqueue((item, score), (score, item));
        }

        if (_kept.Count == most) Worst = _kept.Peek().Score;
    }

    /// <summary>Those kept, the best first.</summary>
    public IEnumerable<(int Item, float Score)> InOrder() =>
        _kept.UnorderedItems.Select(kept => kept.Element).OrderByDescending(kept => kept.Score).ThenBy(kept => kept.Item);
}
