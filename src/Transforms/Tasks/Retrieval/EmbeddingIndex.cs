using System.Buffers;
using System.Numerics.Tensors;
using MLNet.VisionLanguage.Tasks.Retrieval;

namespace MLNet.VisionLanguage;

/// <summary>An item that a search found.</summary>
/// <param name="Id">Its name in the index.</param>
/// <param name="Score">How well it suits the query, larger is better: the inner product, or what a second look says.</param>
public sealed record FoundItem(string Id, float Score);

/// <summary>
/// Embeddings of images or texts in memory, of which the nearest to a query are found: all are compared, by the inner product, which of
/// vectors of length 1 (as dual encoders give them) is the cosine. Exact: equal to sorting all scores, of equal ones the first. Safe for
/// use by several threads.
/// </summary>
public sealed class EmbeddingIndex
{
    /// <summary>Embeddings that are compared with all queries before the next ones: they stay in a core's cache.</summary>
    private const int RowsTogether = 64;

    /// <summary>From so many numbers on their memory is what takes time, and a coarse look at them spares most of it.</summary>
    private const int CoarseFrom = 1 << 17;

    private readonly string[] _ids;
    private readonly float[] _values;
    private readonly CoarseEmbeddings? _coarse;

    private EmbeddingIndex(string[] ids, float[] values, int dimensions)
    {
        (_ids, _values, Dimensions) = (ids, values, dimensions);
        if (values.Length >= CoarseFrom && CoarseEmbeddings.HasRoom(ids.Length, dimensions)) _coarse = new(values, dimensions);
    }

    /// <summary>The number of embeddings.</summary>
    public int Count => _ids.Length;

    /// <summary>The numbers of an embedding.</summary>
    public int Dimensions { get; }

    /// <summary>The items' names, in the order they were put in.</summary>
    public IReadOnlyList<string> Ids => _ids;

    /// <summary>Makes an index.</summary>
    /// <param name="items">Names, each once, and embeddings of one length.</param>
    /// <param name="normalize">Whether embeddings are divided by their length, so that scores of such queries are cosines.</param>
    /// <exception cref="ArgumentException">There are none, a name stands twice, lengths differ, or a number is not finite.</exception>
    public static EmbeddingIndex Create(IEnumerable<(string Id, float[] Embedding)> items, bool normalize = false)
    {
        ArgumentNullException.ThrowIfNull(items);
        var builder = new EmbeddingRows(normalize);
        foreach (var (id, embedding) in items)
        {
            ArgumentNullException.ThrowIfNull(id);
            ArgumentNullException.ThrowIfNull(embedding);
            builder.Add(id, embedding);
        }

        return Of(builder);
    }

    /// <summary>
    /// Reads an index that <see cref="Save"/> wrote, or embeddings of other programs: a .npy file, or a .safetensors file with a single
    /// tensor, of N × D numbers.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="idsPath">The items' names, one a line; null for those in the file, or else the rows' numbers from 0.</param>
    /// <param name="normalize">Whether embeddings are divided by their length.</param>
    /// <exception cref="FileNotFoundException">A file is not there.</exception>
    /// <exception cref="InvalidDataException">It holds no such embeddings, or not as many names.</exception>
    public static EmbeddingIndex Load(string path, string? idsPath = null, bool normalize = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var (ids, values, dimensions) = EmbeddingFile.Read(path, idsPath);
        try
        {
            var builder = new EmbeddingRows(normalize);
            for (var i = 0; i < ids.Count; i++) builder.Add(ids[i], values.AsSpan(i * dimensions, dimensions));
            return Of(builder);
        }
        catch (ArgumentException e)
        {
            throw new InvalidDataException($"{path}: {e.Message}", e);
        }
    }

    /// <summary>Writes the index as .safetensors: the tensor "embeddings" of N × D, and the names beside it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Save(string path) => EmbeddingFile.Write(path, _ids, _values, Dimensions);

    /// <summary>An item's embedding.</summary>
    /// <param name="item">Its place.</param>
    public ReadOnlySpan<float> Embedding(int item)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(item);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(item, Count);
        return _values.AsSpan(item * Dimensions, Dimensions);
    }

    /// <summary>The items with the largest inner products, the best first.</summary>
    /// <param name="query">The query's embedding.</param>
    /// <param name="top">How many, at most.</param>
    /// <exception cref="ArgumentException">The query has another length, or a number that is not finite.</exception>
    public IReadOnlyList<FoundItem> Search(ReadOnlySpan<float> query, int top = 10)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        Check(query);
        var best = new BestItems(Math.Min(top, Count));
        if (_coarse is not null) SearchLikely(_coarse, query, best);
        else SearchAll(query, best);
        return Found(best);
    }

    /// <summary>The same for several queries, which takes less time than one by one: equal to the bit.</summary>
    /// <param name="queries">The queries' embeddings.</param>
    /// <param name="top">How many for each, at most.</param>
    /// <exception cref="ArgumentException">A query has another length, or a number that is not finite.</exception>
    public IReadOnlyList<IReadOnlyList<FoundItem>> Search(IReadOnlyList<float[]> queries, int top = 10)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentOutOfRangeException.ThrowIfLessThan(top, 1);
        foreach (var query in queries) Check(query);
        BestItems[] best = [.. queries.Select(_ => new BestItems(Math.Min(top, Count)))];
        for (var start = 0; start < Count; start += RowsTogether)
        {
            var end = Math.Min(start + RowsTogether, Count);
            for (var i = 0; i < queries.Count; i++)
            {
                for (var item = start; item < end; item++) best[i].Add(item, Dot(item, queries[i]));
            }
        }

        return [.. best.Select(Found)];
    }

    /// <summary>
    /// A second look at what was found: a model that reads text and image together scores the items, and they are ordered by that. Equal to
    /// scoring all items so and keeping these.
    /// </summary>
    /// <param name="found">What was found.</param>
    /// <param name="score">Gives the items' scores, in their order.</param>
    /// <param name="similarityWeight">
    /// How much of the inner product is added to the second score; 0 for none. FIBER's best retrieval adds both, which wants scores of like
    /// scale.
    /// </param>
    /// <exception cref="ArgumentException">There are not as many scores as items.</exception>
    public static IReadOnlyList<FoundItem> Rerank(
        IReadOnlyList<FoundItem> found, Func<IReadOnlyList<string>, IReadOnlyList<float>> score, float similarityWeight = 0)
    {
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(score);
        if (found.Count == 0) return found;
        var scores = score([.. found.Select(item => item.Id)]);
        if (scores.Count != found.Count) throw new ArgumentException($"Rerank: {found.Count} items were given {scores.Count} scores.", nameof(score));
        return
        [
            .. found.Zip(scores, (item, own) => item with { Score = similarityWeight == 0 ? own : own + (similarityWeight * item.Score) })
                .OrderByDescending(item => item.Score),
        ];
    }

    internal static EmbeddingIndex Of(EmbeddingRows rows)
    {
        var (ids, values, dimensions) = rows.Finish();
        return new(ids, values, dimensions);
    }

    private void SearchAll(ReadOnlySpan<float> query, BestItems best)
    {
        for (var item = 0; item < Count; item++) best.Add(item, Dot(item, query));
    }

    /// <summary>Compares those alone that may be among the best: whose score is at most no less than what the best so many are at least.</summary>
    private void SearchLikely(CoarseEmbeddings coarse, ReadOnlySpan<float> query, BestItems best)
    {
        var bounds = ArrayPool<float>.Shared.Rent(2 * Count);
        Span<float> low = bounds.AsSpan(0, Count), high = bounds.AsSpan(Count, Count);
        coarse.Bound(query, low, high);
        var least = new BestItems(best.Most);
        for (var item = 0; item < Count; item++) least.Add(item, low[item]);
        for (var item = 0; item < Count; item++)
        {
            // What is no number is looked at.
            if (!(high[item] < least.Worst)) best.Add(item, Dot(item, query));
        }

        ArrayPool<float>.Shared.Return(bounds);
    }

    private float Dot(int item, ReadOnlySpan<float> query) => TensorPrimitives.Dot(_values.AsSpan(item * Dimensions, Dimensions), query);

    private FoundItem[] Found(BestItems best) => [.. best.InOrder().Select(item => new FoundItem(_ids[item.Item], item.Score))];

    private void Check(ReadOnlySpan<float> query)
    {
        if (query.Length != Dimensions)
            throw new ArgumentException($"The query has {query.Length} numbers; embeddings of this index have {Dimensions}.", nameof(query));
        if (EmbeddingRows.FindNotFinite(query) is var place and >= 0)
            throw new ArgumentException($"Number {place} of the query is {query[place]}; finite numbers are expected.", nameof(query));
    }
}
