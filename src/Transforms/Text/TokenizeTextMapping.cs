using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Tokenization;

internal class TokenizeTextSource
{
    public const string TextColumn = Column.HelperPrefix + "text";
    public const string PairColumn = Column.HelperPrefix + "pair";

    [ColumnName(StateChain.StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }

    [ColumnName(TextColumn)]
    public ReadOnlyMemory<char> Text { get; set; }

    /// <summary>A copy of the text when the component has no pair column: every source column must exist.</summary>
    [ColumnName(PairColumn)]
    public ReadOnlyMemory<char> Pair { get; set; }
}

/// <summary>The work of TokenizeText on one row; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class TokenizeTextFactory : CustomMappingFactory<TokenizeTextSource, TextValues>
{
    public const string Contract = "MLNet.VisionLanguage.2.TokenizeText";

    private static readonly StateCache<Tokenizing> States = new(state =>
    {
        var (settings, vocabulary) = TokenizeTextSettings.FromState(state);
        return new Tokenizing(settings, vocabulary.CreateTokenizer(settings.Uncased), new CutTexts(), new UnknownTexts());
    });

    /// <summary>Where the mapping of a chain counts the texts that it cuts, and those of unknown words alone.</summary>
    /// <param name="state">The chain's state, the very string that its rows have.</param>
    public static (CutTexts Cuts, UnknownTexts Unknown) CountsOf(string state)
    {
        var tokenizing = States.Get(state.AsMemory());
        return (tokenizing.Cuts, tokenizing.Unknown);
    }

    public static void Map(TokenizeTextSource source, TextValues destination)
    {
        var encoded = Encode(source).Encoded;
        ((IColumnValues<long>)destination).Values =
            [.. new[] { encoded.InputIds, encoded.AttentionMask, encoded.TokenTypeIds }.Select(values => new VBuffer<long>(values.Length, values))];
    }

    /// <summary>The tokens of a row, and what made them.</summary>
    public static (EncodedText Encoded, TokenizeTextSettings Settings, TextTokenizer Tokenizer) Encode(TokenizeTextSource source)
    {
        var (settings, tokenizer, cuts, unknown) = States.Get(source.State);
        var text = Checked(source.Text, settings.TextColumnName, settings, tokenizer);
        var pair = settings.PairColumnName is null ? null : Checked(source.Pair, settings.PairColumnName, settings, tokenizer);
        var encoded = tokenizer.Encode(text, pair, settings.MaxLength, out var fullLength);
        if (fullLength > settings.MaxLength && settings.Truncate)
            cuts.Add(settings.TextColumnName, text, fullLength, settings.MaxLength);
        else if (fullLength > settings.MaxLength)
        {
            throw new InvalidOperationException(
                $"TokenizeText: column '{settings.TextColumnName}': the text \"{CountedTexts.Shorten(text)}\" has {fullLength} tokens " +
                "with the special ones, " +
                $"more than {nameof(TokenizeTextOptions.MaxLength)} = {settings.MaxLength}; set {nameof(TokenizeTextOptions.Truncate)} to cut it.");
        }

        if (pair is null) unknown.Add(settings.TextColumnName, text, encoded.InputIds.AsSpan()[1..^1], tokenizer.Vocabulary.UnknownId);
        return (encoded, settings, tokenizer);
    }

    public override Action<TokenizeTextSource, TextValues> GetMapping() => Map;

    private static string Checked(ReadOnlyMemory<char> value, string column, TokenizeTextSettings settings, TextTokenizer tokenizer) =>
        settings.AllowEmpty || !value.Span.IsWhiteSpace()
            ? value.ToString()
            : throw new InvalidOperationException(
                $"TokenizeText: column '{column}' holds an empty text; set {nameof(TokenizeTextOptions.AllowEmpty)} to encode it as "
                + $"{tokenizer.Vocabulary.EmptyText}.");

    private sealed record Tokenizing(TokenizeTextSettings Settings, TextTokenizer Tokenizer, CutTexts Cuts, UnknownTexts Unknown);
}
