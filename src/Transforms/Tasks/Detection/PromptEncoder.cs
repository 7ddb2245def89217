using MLNet.VisionLanguage.Tokenization;

namespace MLNet.VisionLanguage.Tasks.Detection;

/// <summary>From what a row asks a detector to tokens, and which of them each text has.</summary>
internal sealed class PromptEncoder
{
    private readonly TextDetectorSettings _settings;
    private readonly TextTokenizer _tokenizer;

    /// <summary>The tokens of named classes, which are the same in every row.</summary>
    private readonly Lazy<(long[] Ids, float[] Texts)> _classes;

    public PromptEncoder(string state)
    {
        (_settings, var vocabulary) = TextDetectorSettings.FromState(state);
        _tokenizer = vocabulary.CreateTokenizer(_settings.Uncased);
        _classes = new(() =>
        {
            var prompt = DetectionPrompt.Of(_settings.Classes);
            return Encode(_tokenizer, prompt.Text, prompt.Spans, _settings.Detector.MaxTokens);
        });
    }

    /// <summary>The detector, with what is asked of it.</summary>
    public FiberDetectorConfig Detector => _settings.Detector;

    /// <param name="text">The row's text; not read where classes are named.</param>
    /// <param name="phrases">Its phrases.</param>
    /// <exception cref="InvalidOperationException">The text is empty, has no phrases or not one of them.</exception>
    public (long[] Ids, float[] Texts) Encode(ReadOnlyMemory<char> text, IReadOnlyList<string> phrases)
    {
        if (_settings.Use == TextDetectorUse.Objects) return _classes.Value;
        if (text.Span.IsWhiteSpace())
            throw new InvalidOperationException($"{_settings.Name}: column '{_settings.TextColumnName}' holds an empty text.");
        var caption = text.ToString();
        if (phrases.Count == 0)
            throw new InvalidOperationException($"{_settings.Name}: column '{_settings.PhrasesColumnName}' holds no phrase.");
        try
        {
            var found = PhraseSpans.Find(caption, [.. phrases.Distinct(StringComparer.Ordinal)]);
            return Encode(_tokenizer, caption, [.. phrases.Select(phrase => found[phrase])], _settings.Detector.MaxTokens);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidOperationException(
                $"{_settings.Name}: column '{_settings.PhrasesColumnName ?? _settings.TextColumnName}': {e.Message}.", e);
        }
    }

    /// <summary>The tokens of a text and, row after row, which of them each of its parts has; what is too long is cut off.</summary>
    public static (long[] Ids, float[] Texts) Encode(TextTokenizer tokenizer, string text, IReadOnlyList<CharacterSpan> spans, int maxTokens)
    {
        var ids = tokenizer.Encode(text, null, maxTokens).InputIds;
        var characters = TokenCharacters.Of(tokenizer, text);

        // The last token ends the text.
        var rows = spans.Select(span => TokenSpans.Tokens(characters, [span]).Where(token => token < ids.Length - 1).ToArray());
        return (ids, TokenSpans.Map([.. rows], ids.Length));
    }
}
