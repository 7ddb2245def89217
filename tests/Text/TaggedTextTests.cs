using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Text;

/// <summary>TokenizeText with the object that each word is about.</summary>
public sealed class TaggedTextTests
{
    private static readonly BertVocabulary Words =
        BertVocabulary.Parse("[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\ncasey\nsees\nthe\ndog\n##gy\n.\nwho\n");

    private readonly MLContext _ml = new(1);

    [Fact]
    public void Every_piece_of_a_word_has_its_tag_and_special_tokens_none()
    {
        using var folder = new TemporaryFolder();
        var view = View(new() { Text = "Casey sees  the doggy.", Tags = [1, 0, 0, 2], Pair = "who", PairTags = [3] });
        using var transformer = Both().Fit(view);
        var expected = new[] { 0L, 1, 0, 0, 2, 2, 2, 0, 3, 0 };
        Assert.Equal(expected, Read(transformer.Transform(view)).RegionTags);
        Assert.Equal([2L, 5, 6, 7, 8, 9, 10, 3, 11, 3], Read(transformer.Transform(view)).InputIds);

        _ml.Model.Save(transformer, view.Schema, folder.File("m.zip"));
        Assert.Equal(expected, Read(new MLContext(2).Model.Load(folder.File("m.zip"), out _).Transform(view)).RegionTags);
        Assert.Equal(expected, Read(new MLContext(3).VisionLanguage().Load(folder.File("m.zip")).Transform(view)).RegionTags);
    }

    [Fact]
    public void A_text_that_is_cut_keeps_the_tags_of_what_stays()
    {
        var view = View(new() { Text = "casey sees the dog", Tags = [1, 2, 3, 4], Pair = "the who dog", PairTags = [5, 6, 7] });
        using var transformer = Both(o => o.MaxLength = 7).Fit(view);
        Assert.Equal([0L, 1, 2, 0, 5, 6, 0], Read(transformer.Transform(view)).RegionTags);
    }

    [Fact]
    public void One_of_two_texts_may_have_tags_alone()
    {
        var view = View(new() { Text = "casey sees", Tags = [1, 2], Pair = "who", PairTags = [] });
        using var first = Both(o => o.PairTagsColumnName = null).Fit(view);
        Assert.Equal([0L, 1, 2, 0, 0, 0], Read(first.Transform(view)).RegionTags);
        view = View(new() { Text = "casey sees", Tags = [], Pair = "who", PairTags = [3] });
        using var second = Both(o => o.TagsColumnName = null).Fit(view);
        Assert.Equal([0L, 0, 0, 0, 3, 0], Read(second.Transform(view)).RegionTags);
    }

    [Fact]
    public void Another_number_of_tags_than_of_words_is_refused()
    {
        var view = View(new() { Text = "casey sees the dog", Tags = [1, 2], Pair = "who", PairTags = [0] });
        using var transformer = Both().Fit(view);
        var error = RowErrors.Throws<InvalidOperationException>(() => Read(transformer.Transform(view)));
        Assert.Contains("column 'Tags' has 2 tags for the 4 words of column 'Text': \"casey sees the dog\"", error.Message, StringComparison.Ordinal);
        var alone = Assert.Throws<ArgumentException>(() => _ml.Transforms.TokenizeText(Words, "Text", null, new() { PairTagsColumnName = "PairTags" }));
        Assert.Contains("PairTagsColumnName", alone.Message, StringComparison.Ordinal);
    }

    private TokenizeTextEstimator Both(Action<TokenizeTextOptions>? change = null)
    {
        var options = new TokenizeTextOptions { TagsColumnName = "Tags", PairTagsColumnName = "PairTags" };
        change?.Invoke(options);
        return _ml.Transforms.TokenizeText(Words, "Text", "Pair", options);
    }

    private IDataView View(Row row) => _ml.Data.LoadFromEnumerable([row]);

    private Tokens Read(IDataView view) => _ml.Data.CreateEnumerable<Tokens>(view, reuseRowObject: false, ignoreMissingColumns: true).Single();

    private sealed class Row
    {
        public string Text { get; set; } = "";

        [VectorType]
        public long[] Tags { get; set; } = [];

        public string Pair { get; set; } = "";

        [VectorType]
        public long[] PairTags { get; set; } = [];
    }

    private sealed class Tokens
    {
        public long[] InputIds { get; set; } = [];

        public long[] RegionTags { get; set; } = [];
    }
}
