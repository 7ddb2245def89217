using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Tokenization;

/// <summary>What a TokenizeText component needs besides the vocabulary, which follows it in the state.</summary>
internal sealed record TokenizeTextSettings(
    string TextColumnName, string? PairColumnName, ColumnNames Columns, int MaxLength, bool Uncased, bool Truncate, bool AllowEmpty,
    string? TagsColumnName = null, string? PairTagsColumnName = null, bool BytePairs = false)
{
    /// <summary>What saved models and messages call the component.</summary>
    public const string Kind = "TokenizeText";

    /// <summary>Older programs read states with word pieces.</summary>
    private const int PiecesVersion = 1;
    private const int Version = 2;

    public static TokenizeTextSettings Create(string textColumn, string? pairColumn, TokenizeTextOptions options, TextVocabulary vocabulary)
    {
        ArgumentException.ThrowIfNullOrEmpty(textColumn);
        if (pairColumn is not null) ArgumentException.ThrowIfNullOrEmpty(pairColumn);
        if (options.PairTagsColumnName is not null && pairColumn is null)
            throw new ArgumentException($"{Kind}: {nameof(options.PairTagsColumnName)} is named, but there is no second text.", nameof(options));
        var columns = options.Columns;
        if ((options.TagsColumnName ?? options.PairTagsColumnName) is not null)
        {
            if (vocabulary is BytePairVocabulary)
            {
                throw new ArgumentException(
                    $"{Kind}: {nameof(options.TagsColumnName)} goes with word pieces; byte pairs have the spaces between words in their tokens.",
                    nameof(options));
            }

            columns = [];
            foreach (var (column, name) in options.Columns) columns[column] = name;
            columns[StandardColumns.RegionTags] = options.RegionTagsColumnName;
        }

        columns.ValidateOutputs(Kind, StandardColumns.TextOf(columns));
        var least = vocabulary.LeastMaxLength(pairColumn is not null);
        if (options.MaxLength < least)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options),
                options.MaxLength,
                $"TokenizeText: {nameof(options.MaxLength)} must be at least {least} to leave room for text between the special tokens.");
        }

        return new(
            textColumn, pairColumn, columns, options.MaxLength, options.Uncased && vocabulary.CanBeUncased, options.Truncate, options.AllowEmpty,
            options.TagsColumnName, options.PairTagsColumnName, vocabulary is BytePairVocabulary);
    }

    public string ToState(TextVocabulary vocabulary) =>
        StateText.Write(Kind, BytePairs ? Version : PiecesVersion, this, vocabulary.ToString());

    public static (TokenizeTextSettings Settings, TextVocabulary Vocabulary) FromState(string state)
    {
        var settings = StateText.Read<TokenizeTextSettings>(state, Kind, Version, out var vocabulary);
        return (settings, settings.BytePairs ? BytePairVocabulary.Parse(vocabulary) : BertVocabulary.Parse(vocabulary));
    }

    public IReadOnlyList<ColumnRequirement> Requirements() =>
    [
        .. new[] { TextColumnName, PairColumnName }.OfType<string>().Select(column => ColumnRequirement.Text(Kind, column)),
        .. new[] { TagsColumnName, PairTagsColumnName }.OfType<string>().Select(column => ColumnRequirement.Vector<long>(Kind, column)),
    ];
}
