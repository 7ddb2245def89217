using System.Text.Json;

namespace MLNet.VisionLanguage.Text;

/// <summary>What a TokenizeText component needs besides the vocabulary. It is the first line of the state in the model file.</summary>
internal sealed record TokenizeTextSettings(
    string TextColumn,
    string? PairColumn,
    string InputIdsColumn,
    string AttentionMaskColumn,
    string TokenTypeIdsColumn,
    int MaxLength,
    bool Uncased,
    bool Truncate,
    bool AllowEmpty)
{
    public static TokenizeTextSettings Create(string textColumn, string? pairColumn, TokenizeTextOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(textColumn);
        if (pairColumn is not null)
            ArgumentException.ThrowIfNullOrEmpty(pairColumn);
        ArgumentException.ThrowIfNullOrEmpty(options.InputIdsColumn);
        ArgumentException.ThrowIfNullOrEmpty(options.AttentionMaskColumn);
        ArgumentException.ThrowIfNullOrEmpty(options.TokenTypeIdsColumn);
        string[] outputs = [options.InputIdsColumn, options.AttentionMaskColumn, options.TokenTypeIdsColumn];
        if (outputs.Distinct(StringComparer.Ordinal).Count() != outputs.Length)
            throw new ArgumentException($"TokenizeText: the output columns {string.Join(", ", outputs)} must have different names.", nameof(options));
        var least = BertTextTokenizer.LeastMaxLength(pairColumn is not null);
        if (options.MaxLength < least)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options),
                options.MaxLength,
                $"TokenizeText: {nameof(options.MaxLength)} must be at least {least} to leave room for text between the special tokens.");
        }

        return new TokenizeTextSettings(
            textColumn, pairColumn, outputs[0], outputs[1], outputs[2], options.MaxLength, options.Uncased, options.Truncate, options.AllowEmpty);
    }

    public string ToState(BertVocabulary vocabulary) => JsonSerializer.Serialize(this) + "\n" + vocabulary;

    public static (TokenizeTextSettings Settings, BertVocabulary Vocabulary) FromState(string state)
    {
        var end = state.IndexOf('\n', StringComparison.Ordinal);
        var settings = end < 0 ? null : JsonSerializer.Deserialize<TokenizeTextSettings>(state.AsSpan(0, end));
        return settings is null
            ? throw new InvalidDataException("The model's TokenizeText state is damaged: its first line holds no settings.")
            : (settings, BertVocabulary.Parse(state[(end + 1)..]));
    }
}
