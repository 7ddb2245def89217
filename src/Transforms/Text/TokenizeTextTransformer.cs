using Microsoft.ML;
using Microsoft.ML.Runtime;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Tokenization;

namespace MLNet.VisionLanguage;

/// <summary>Adds token ids to rows with a text. Saved as ML.NET's own transformers with the vocabulary inside.</summary>
public sealed class TokenizeTextTransformer : DelegatingTransformer
{
    private readonly TokenizeTextSettings _settings;

    private readonly IHostEnvironment? _environment;
    private readonly CutTexts _cuts;
    private readonly UnknownTexts _unknown;

    /// <param name="inner">The chain.</param>
    /// <param name="settings">Its settings.</param>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="environment">Takes warnings about texts that were cut or are of unknown words; null for none.</param>
    internal TokenizeTextTransformer(
        ITransformer inner, TokenizeTextSettings settings, TextVocabulary vocabulary, IHostEnvironment? environment)
        : base(inner, settings.Requirements())
    {
        (_settings, Vocabulary, _environment) = (settings, vocabulary, environment);
        (_cuts, _unknown) = TokenizeTextFactory.CountsOf(StateChain.ReadState(new MLContext(), inner)!);
    }

    /// <summary>The tokens.</summary>
    public TextVocabulary Vocabulary { get; }

    /// <summary>The text column read.</summary>
    public string TextColumnName => _settings.TextColumnName;

    /// <summary>The column of the second text, or null.</summary>
    public string? PairColumnName => _settings.PairColumnName;

    /// <summary>The column of the objects that the text's words name, or null.</summary>
    internal string? TagsColumnName => _settings.TagsColumnName;

    /// <summary>The most tokens of a row.</summary>
    public int MaxLength => _settings.MaxLength;

    /// <summary>Whether text is lower-cased and stripped of accents; never of byte pairs.</summary>
    public bool Uncased => _settings.Uncased;

    /// <summary>Gives the component of a saved state back.</summary>
    internal static TokenizeTextTransformer Restore(MLContext context, ITransformer loaded, string state)
    {
        var (settings, vocabulary) = TokenizeTextSettings.FromState(state);
        return new(loaded, settings, vocabulary, context);
    }

    /// <summary>Texts that were cut, or of unknown words, are told once their view, or their single row, has been read.</summary>
    private protected override void RowsRead()
    {
        string[] warnings = [.. new[] { _cuts.Take(), _unknown.Take() }.OfType<string>()];
        if (warnings.Length == 0 || _environment is null) return;
        using var channel = _environment.Register(TokenizeTextSettings.Kind).Start("Reading");
        foreach (var warning in warnings) channel.Warning(MessageSensitivity.None, "{0}", warning);
    }
}
