using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Persistence;

namespace MLNet.VisionLanguage.Tokenization;

/// <summary>What a TokenizeText component needs besides the vocabulary, which follows it in the state.</summary>
internal sealed record TokenizeTextSettings(
    string TextColumnName, string? PairColumnName, ColumnNames Columns, int MaxLength, bool Uncased, bool Truncate, bool AllowEmpty,
    string? TagsColumnName = null, string? PairTagsColumnName = null)
{
    /// <summary>What saved models and messages call the component.</summary>
    public const string Kind = "TokenizeText";

    private const int Version = 1;

    public static TokenizeTextSettings Create(string textColumn, string? pairColumn, TokenizeTextOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(textColumn);
        if (pairColumn is not null) ArgumentException.ThrowIfNullOrEmpty(pairColumn);
        if (options.PairTagsColumnName is not null && pairColumn is null)
            throw new ArgumentException($"{Kind}: {nameof(options.PairTagsColumnName)} is named, but there is no second text.", nameof(options));
        var columns = options.Columns;
        if ((options.TagsColumnName ?? options.PairTagsColumnName) is not null)
        {
            columns = [];
            foreach (var (column, name) in options.Columns) columns[column] = name;
            columns[StandardColumns.RegionTags] = options.RegionTagsColumnName;
        }

        columns.ValidateOutputs(Kind, StandardColumns.TextOf(columns));
        var least = BertTextTokenizer.LeastMaxLength(pairColumn is not null);
        if (options.MaxLength < least)
        {
            throw new ArgumentOutOfRangeException(
                nameof(options),
                options.MaxLength,
                $"TokenizeText: {nameof(options.MaxLength)} must be at least {least} to leave room for text between the special tokens.");
        }

        return new(
            textColumn, pairColumn, columns, options.MaxLength, options.Uncased, options.Truncate, options.AllowEmpty,
            options.TagsColumnName, options.PairTagsColumnName);
    }

    public string ToState(BertVocabulary vocabulary) => StateText.Write(Kind, Version, this, vocabulary.ToString());

    public static (TokenizeTextSettings Settings, BertVocabulary Vocabulary) FromState(string state) =>
        (StateText.Read<TokenizeTextSettings>(state, Kind, Version, out var vocabulary), BertVocabulary.Parse(vocabulary));

    public IReadOnlyList<ColumnRequirement> Requirements() =>
    [
        .. new[] { TextColumnName, PairColumnName }.OfType<string>().Select(column => ColumnRequirement.Text(Kind, column)),
        .. new[] { TagsColumnName, PairTagsColumnName }.OfType<string>().Select(column => ColumnRequirement.Vector<long>(Kind, column)),
    ];
}
