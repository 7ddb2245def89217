using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tasks;

public sealed class EmbeddingIndexTests : IDisposable
{
    private readonly MLContext _ml = new(1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1, 1, 5)]
    [InlineData(37, 7, 1)]
    [InlineData(130, 33, 10)]
    [InlineData(64, 16, 64)]
    [InlineData(65, 16, 100)]
    [InlineData(5000, 33, 10)]
    [InlineData(4500, 64, 4500)]
    public void Finds_what_sorting_all_scores_gives(int count, int dimensions, int top)
    {
        var random = new Random(count);

        // Whole numbers, so that many scores are equal and no sum is rounded.
        float[][] rows = [.. Enumerable.Range(0, count).Select(_ => Vector(random, dimensions))];
        float[][] queries = [.. Enumerable.Range(0, 9).Select(_ => Vector(random, dimensions))];
        var index = EmbeddingIndex.Create(rows.Select((row, i) => ($"i{i}", row)));
        Assert.Equal((count, dimensions), (index.Count, index.Dimensions));
        var together = index.Search(queries, top);
        foreach (var (query, found) in queries.Zip(together))
        {
            var expected = rows.Select((row, i) => new FoundItem($"i{i}", row.Zip(query, (one, other) => one * other).Sum()))
                .OrderByDescending(item => item.Score).Take(top);
            Assert.Equal(expected, found);
            Assert.Equal(found, index.Search(query, top));
        }
    }

    /// <summary>Of many embeddings those that cannot be among the best are left out by a coarse look at them; the order is that of all.</summary>
    [Theory]
    [InlineData(0.001f)]
    [InlineData(1)]
    [InlineData(1000)]
    public void A_coarse_look_loses_none(float size)
    {
        var random = new Random(11);
        const int Count = 3000, Dimensions = 70;
        float[][] rows =
        [
            .. Enumerable.Range(0, Count).Select(i => Enumerable.Range(0, Dimensions).Select(_ => i % 97 == 5 ? 0 : (random.NextSingle() - 0.5f) * size * (1 + (i % 9))).ToArray()),
        ];

        // Near ones, alike to the last bits, and equal ones.
        for (var i = 100; i < 130; i++) rows[i] = [.. rows[7].Select((value, k) => k == i % Dimensions ? MathF.BitIncrement(value) : value)];
        for (var i = 200; i < 220; i++) rows[i] = rows[7];
        var index = EmbeddingIndex.Create(rows.Select((row, i) => ($"{i}", row)));
        foreach (var query in rows.Take(40).Append(new float[Dimensions]))
        {
            var scores = rows.Select((row, i) => new FoundItem($"{i}", System.Numerics.Tensors.TensorPrimitives.Dot<float>(row, query)));
            foreach (var top in new[] { 1, 10, 60 })
            {
                var found = index.Search(query, top);
                Assert.Equal(scores.OrderByDescending(item => item.Score).Take(top), found);
                Assert.Equal(found, Assert.Single(index.Search([query], top)));
            }
        }
    }

    [Fact]
    public void Directions_are_compared_where_lengths_are_taken_out()
    {
        var index = EmbeddingIndex.Create([("far", [30, 40]), ("near", [0, 0.5f])], normalize: true);
        Assert.Equal([0.6f, 0.8f], index.Embedding(0).ToArray());
        Assert.Equal(["near", "far"], index.Search([0, 1]).Select(item => item.Id));
        Assert.Equal([new FoundItem("far", 20)], EmbeddingIndex.Create([("near", [0, 0.5f]), ("far", [30, 20])]).Search([0, 1], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => index.Embedding(2));
    }

    [Fact]
    public void Is_saved_and_read_again()
    {
        var random = new Random(3);
        var index = EmbeddingIndex.Create(Enumerable.Range(0, 20).Select(i => ($"image \"{i}\" é", Enumerable.Range(0, 5).Select(_ => random.NextSingle()).ToArray())));
        index.Save(_folder.File("i.safetensors"));
        var read = EmbeddingIndex.Load(_folder.File("i.safetensors"));
        Assert.Equal(index.Ids, read.Ids);
        Assert.Equal(index.Search([1, 2, 3, 4, 5]), read.Search([1, 2, 3, 4, 5]));
    }

    [Fact]
    public void Embeddings_of_other_programs_are_read()
    {
        float[] values = [1, 0, 0, 1, 3, 3];
        SafeTensors.Write(_folder.File("t.safetensors"), [new NamedTensor("text_features", [3, 2], values)]);
        Assert.Equal([new FoundItem("2", 3), new FoundItem("1", 1)], EmbeddingIndex.Load(_folder.File("t.safetensors")).Search([0, 1], 2));
        File.WriteAllText(_folder.File("ids.txt"), "a\nb\nc\n");
        Assert.Equal(["a", "b", "c"], EmbeddingIndex.Load(_folder.File("t.safetensors"), _folder.File("ids.txt")).Ids);
        using (var stream = File.Create(_folder.File("n.npy"))) NpyWriter.Write(stream, values, 3, 2);
        Assert.Equal([new FoundItem("c", 6)], EmbeddingIndex.Load(_folder.File("n.npy"), _folder.File("ids.txt")).Search([1, 1], 1));
        Assert.Equal([1, 0], EmbeddingIndex.Load(_folder.File("n.npy"), normalize: true).Embedding(0).ToArray());

        SafeTensors.Write(_folder.File("two.safetensors"), [new NamedTensor("a", [3, 2], values), new NamedTensor("b", [3, 2], values)]);
        Assert.Contains("a tensor 'embeddings', or a single one, is expected; found a, b", Bad("two.safetensors"));
        SafeTensors.Write(_folder.File("flat.safetensors"), [new NamedTensor("a", [6], values)]);
        Assert.Contains("N × D numbers are expected, found [6]", Bad("flat.safetensors"));
        File.WriteAllText(_folder.File("few.txt"), "a\nb\n");
        Assert.Contains("few.txt: 2 names for 3 embeddings", Bad("n.npy", "few.txt"));
        File.WriteAllText(_folder.File("same.txt"), "a\nb\na\n");
        Assert.Contains("n.npy: There are two embeddings of 'a'", Bad("n.npy", "same.txt"));
        SafeTensors.Write(_folder.File("nan.safetensors"), [new NamedTensor("a", [1, 2], [1, float.NaN])]);
        Assert.Contains("Number 1 of the embedding of '0' is NaN", Bad("nan.safetensors"));
        Assert.Throws<FileNotFoundException>(() => EmbeddingIndex.Load(_folder.File("none.npy")));
        Assert.Throws<FileNotFoundException>(() => EmbeddingIndex.Load(_folder.File("n.npy"), _folder.File("none.txt")));

        string Bad(string file, string? ids = null) => Assert.Throws<InvalidDataException>(
            () => EmbeddingIndex.Load(_folder.File(file), ids is null ? null : _folder.File(ids))).Message;
    }

    [Fact]
    public void Columns_of_a_view_are_an_index()
    {
        var view = _ml.Data.LoadFromEnumerable([new Row { ImageId = "a", ImageEmbedding = [1, 2] }, new Row { ImageId = "b", ImageEmbedding = [2, 1] }]);
        Assert.Equal([new FoundItem("b", 2), new FoundItem("a", 1)], _ml.VisionLanguage().CreateEmbeddingIndex(view).Search([1, 0]));
        var twice = _ml.Data.LoadFromEnumerable([new Row { ImageId = "a", ImageEmbedding = [1] }, new Row { ImageId = "a", ImageEmbedding = [1] }]);
        Assert.Contains("CreateEmbeddingIndex: row 1: there are two embeddings of 'a'", Assert.Throws<InvalidOperationException>(() => _ml.VisionLanguage().CreateEmbeddingIndex(twice)).Message);
        Assert.Throws<ArgumentException>(() => _ml.VisionLanguage().CreateEmbeddingIndex(view, "ImageId", "Nowhere"));
    }

    [Fact]
    public void What_cannot_be_compared_is_named()
    {
        Assert.Contains("at least one", Error([]));
        Assert.Contains("embedding of 'b' has 1 numbers; those before it have 2", Error([("a", [1, 2]), ("b", [1])]));
        Assert.Contains("two embeddings of 'a'", Error([("a", [1]), ("a", [2])]));
        Assert.Contains("embedding of 'a' is empty", Error([("a", [])]));
        Assert.Contains("Number 1 of the embedding of 'a' is ∞", Error([("a", [1, float.PositiveInfinity])]).Replace("Infinity", "∞", StringComparison.Ordinal));
        Assert.Contains("has length 0", Assert.Throws<ArgumentException>(() => EmbeddingIndex.Create([("a", [0, 0])], normalize: true)).Message);
        var index = EmbeddingIndex.Create([("a", [1, 2])]);
        Assert.Contains("The query has 3 numbers", Assert.Throws<ArgumentException>(() => index.Search([1, 2, 3])).Message);
        Assert.Contains("Number 0 of the query is NaN", Assert.Throws<ArgumentException>(() => index.Search([[float.NaN, 2]])).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => index.Search([1, 2], 0));

        static string Error((string, float[])[] items) => Assert.Throws<ArgumentException>(() => EmbeddingIndex.Create(items)).Message;
    }

    [Fact]
    public void A_second_look_orders_what_was_found()
    {
        FoundItem[] found = [new("a", 0.9f), new("b", 0.8f), new("c", 0.7f)];
        Assert.Equal(
            [new("b", 3), new("a", 1), new("c", 1)],
            EmbeddingIndex.Rerank(found, ids => [.. ids.Select(id => id == "b" ? 3f : 1f)]));
        Assert.Equal(["c", "a", "b"], EmbeddingIndex.Rerank(found, _ => [0, 0, 1], similarityWeight: 1).Select(item => item.Id));
        Assert.Equal(1.7f, EmbeddingIndex.Rerank(found, _ => [0, 0, 1], similarityWeight: 1)[0].Score, 1e-6);
        Assert.Empty(EmbeddingIndex.Rerank([], _ => throw new InvalidOperationException()));
        Assert.Contains("3 items were given 2 scores", Assert.Throws<ArgumentException>(() => EmbeddingIndex.Rerank(found, _ => [0, 0])).Message);
    }

    /// <summary>The bound, with room for a machine that does other things: the best of many times counts.</summary>
    [Theory]
    [InlineData(768)]
    [InlineData(256)]
    public void A_query_of_ten_thousand_images_takes_less_than_three_milliseconds(int dimensions)
    {
        var random = new Random(1);
        var index = EmbeddingIndex.Create(
            Enumerable.Range(0, 10_000).Select(i => ($"{i}", Enumerable.Range(0, dimensions).Select(_ => random.NextSingle() - 0.5f).ToArray())), normalize: true);
        var query = index.Embedding(7).ToArray();
        Assert.Equal("7", index.Search(query)[0].Id);
        for (var i = 0; i < 100; i++) index.Search(query);
        var best = Enumerable.Range(0, 400).Min(_ =>
        {
            var watch = System.Diagnostics.Stopwatch.StartNew();
            index.Search(query);
            return watch.Elapsed.TotalMilliseconds;
        });
        Assert.True(best < 3, $"{best:F2} ms");
    }

    private static float[] Vector(Random random, int dimensions) => [.. Enumerable.Range(0, dimensions).Select(_ => (float)random.Next(-2, 3))];

    private sealed class Row
    {
        public string ImageId { get; set; } = "";

        public float[] ImageEmbedding { get; set; } = [];
    }
}
