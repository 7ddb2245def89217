using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Columns;

namespace MLNet.VisionLanguage.Tokenization;

internal sealed class TokenizeTaggedTextSource : TokenizeTextSource
{
    public const string TagsColumn = Column.HelperPrefix + "tags";
    public const string PairTagsColumn = Column.HelperPrefix + "pairtags";

    [ColumnName(TagsColumn)]
    public VBuffer<long> Tags { get; set; }

    /// <summary>A copy of the other when only one text has tags: every source column must exist.</summary>
    [ColumnName(PairTagsColumn)]
    public VBuffer<long> PairTags { get; set; }
}

/// <summary>TokenizeText with a tag for each word, which becomes one for each of its word pieces.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class TokenizeTaggedTextFactory : CustomMappingFactory<TokenizeTaggedTextSource, TaggedTextValues>
{
    public const string Contract = "MLNet.VisionLanguage.2.TokenizeTaggedText";

    public static void Map(TokenizeTaggedTextSource source, TaggedTextValues destination)
    {
        var (encoded, settings, tokenizer) = TokenizeTextFactory.Encode(source);
        var first = Spread(settings.TagsColumnName, source.Tags, settings.TextColumnName, source.Text);
        var second = settings.PairColumnName is { } pair ? Spread(settings.PairTagsColumnName, source.PairTags, pair, source.Pair) : [];

        // [CLS] text [SEP] pair [SEP]; what was cut off has no token to stand for.
        var border = encoded.TokenTypeIds.AsSpan().IndexOfAnyExcept(0L);
        if (border < 0) border = encoded.TokenTypeIds.Length;
        var tags = new long[encoded.InputIds.Length];
        Fill(first, tags.AsSpan(1, border - 2));
        if (border < tags.Length) Fill(second, tags.AsSpan()[border..^1]);
        ((IColumnValues<long>)destination).Values =
        [
            .. new[] { encoded.InputIds, encoded.AttentionMask, encoded.TokenTypeIds, tags }.Select(values => new VBuffer<long>(values.Length, values)),
        ];

        static void Fill(List<long> all, Span<long> place)
        {
            for (var i = 0; i < Math.Min(place.Length, all.Count); i++) place[i] = all[i];
        }

        List<long> Spread(string? column, VBuffer<long> tags, string textColumn, ReadOnlyMemory<char> text)
        {
            if (column is null) return [];
            var words = text.ToString().Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length != tags.Length)
            {
                throw new InvalidOperationException(
                    $"TokenizeText: column '{column}' has {tags.Length} tags for the {words.Length} words of column '{textColumn}': "
                    + $"\"{CountedTexts.Shorten(text.ToString())}\".");
            }

            return [.. words.Zip(tags.DenseValues()).SelectMany(word => Enumerable.Repeat(word.Second, tokenizer.EncodeToIds(word.First).Count))];
        }
    }

    public override Action<TokenizeTaggedTextSource, TaggedTextValues> GetMapping() => Map;
}
