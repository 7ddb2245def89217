using Microsoft.ML.Data;
using Microsoft.ML.Transforms;
using MLNet.VisionLanguage.Composition;

namespace MLNet.VisionLanguage.Text;

internal sealed class TokenizeTextSource
{
    public const string StateColumn = "__vl.tokenize.state";
    public const string TextColumn = "__vl.tokenize.text";
    public const string PairColumn = "__vl.tokenize.pair";

    [ColumnName(StateColumn)]
    public ReadOnlyMemory<char> State { get; set; }

    [ColumnName(TextColumn)]
    public ReadOnlyMemory<char> Text { get; set; }

    /// <summary>A copy of the text when the component has no pair column: every source column must exist.</summary>
    [ColumnName(PairColumn)]
    public ReadOnlyMemory<char> Pair { get; set; }
}

internal sealed class TokenizeTextDestination
{
    public const string InputIdsColumn = "__vl.tokenize.ids";
    public const string AttentionMaskColumn = "__vl.tokenize.mask";
    public const string TokenTypeIdsColumn = "__vl.tokenize.types";

    [ColumnName(InputIdsColumn)]
    public VBuffer<long> InputIds { get; set; }

    [ColumnName(AttentionMaskColumn)]
    public VBuffer<long> AttentionMask { get; set; }

    [ColumnName(TokenTypeIdsColumn)]
    public VBuffer<long> TokenTypeIds { get; set; }
}

/// <summary>The work of TokenizeText on one row; ML.NET finds it by its contract when it loads a model.</summary>
[CustomMappingFactoryAttribute(Contract)]
internal sealed class TokenizeTextFactory : CustomMappingFactory<TokenizeTextSource, TokenizeTextDestination>
{
    public const string Contract = "MLNet.VisionLanguage.TokenizeText";

    private const int ShownLength = 60;

    private static readonly StateCache<Tokenizing> States = new(state =>
    {
        var (settings, vocabulary) = TokenizeTextSettings.FromState(state);
        return new Tokenizing(settings, new BertTextTokenizer(vocabulary, settings.Uncased));
    });

    public static void Map(TokenizeTextSource source, TokenizeTextDestination destination)
    {
        var (settings, tokenizer) = States.Get(source.State);
        var text = Checked(source.Text, settings.TextColumn, settings);
        var pair = settings.PairColumn is null ? null : Checked(source.Pair, settings.PairColumn, settings);
        var encoded = tokenizer.Encode(text, pair, settings.MaxLength, out var fullLength);
        if (fullLength > settings.MaxLength && !settings.Truncate)
        {
            throw new InvalidOperationException(
                $"TokenizeText: column '{settings.TextColumn}': the text \"{Shorten(text)}\" has {fullLength} tokens with the special ones, " +
                $"more than {nameof(TokenizeTextOptions.MaxLength)} = {settings.MaxLength}; set {nameof(TokenizeTextOptions.Truncate)} to cut it.");
        }

        destination.InputIds = new VBuffer<long>(encoded.InputIds.Length, encoded.InputIds);
        destination.AttentionMask = new VBuffer<long>(encoded.AttentionMask.Length, encoded.AttentionMask);
        destination.TokenTypeIds = new VBuffer<long>(encoded.TokenTypeIds.Length, encoded.TokenTypeIds);
    }

    public override Action<TokenizeTextSource, TokenizeTextDestination> GetMapping() => Map;

    private static string Checked(ReadOnlyMemory<char> value, string column, TokenizeTextSettings settings) =>
        settings.AllowEmpty || !value.Span.IsWhiteSpace()
            ? value.ToString()
            : throw new InvalidOperationException(
                $"TokenizeText: column '{column}' holds an empty text; set {nameof(TokenizeTextOptions.AllowEmpty)} to encode it as [CLS] [SEP].");

    private static string Shorten(string text) => text.Length <= ShownLength ? text : text[..ShownLength] + "...";

    private sealed record Tokenizing(TokenizeTextSettings Settings, BertTextTokenizer Tokenizer);
}
