namespace Microsoft.ML.Tokenizers;

public sealed partial class BertTokenizer : WordPieceTokenizer
{
    private BertTokenizer(Dictionary<string, int> vocabulary, Dictionary<int, string> tokens, BertOptions options)
        : base(vocabulary, tokens, options)
    {
        LowerCaseBeforeTokenization = options.LowerCaseBeforeTokenization;
        ApplyBasicTokenization = options.ApplyBasicTokenization;
        SplitOnSpecialTokens = options.SplitOnSpecialTokens;
        IndividuallyTokenizeCjk = options.IndividuallyTokenizeCjk;
        RemoveNonSpacingMarks = options.RemoveNonSpacingMarks;
        (SeparatorToken, SeparatorTokenId) = (options.SeparatorToken, vocabulary[options.SeparatorToken]);
        (PaddingToken, PaddingTokenId) = (options.PaddingToken, vocabulary[options.PaddingToken]);
        (ClassificationToken, ClassificationTokenId) = (options.ClassificationToken, vocabulary[options.ClassificationToken]);
        (MaskingToken, MaskingTokenId) = (options.MaskingToken, vocabulary[options.MaskingToken]);
    }

    public bool LowerCaseBeforeTokenization { get; }
    public bool ApplyBasicTokenization { get; }
    public bool SplitOnSpecialTokens { get; }
    public bool IndividuallyTokenizeCjk { get; }
    public bool RemoveNonSpacingMarks { get; }
    public string SeparatorToken { get; }
    public int SeparatorTokenId { get; }
    public string PaddingToken { get; }
    public int PaddingTokenId { get; }
    public string ClassificationToken { get; }
    public int ClassificationTokenId { get; }
    public string MaskingToken { get; }
    public int MaskingTokenId { get; }

    public static BertTokenizer Create(string vocabFilePath, BertOptions? options = null)
    {
        using var stream = OpenVocabulary(vocabFilePath);
        return Create(stream, options);
    }

    public static BertTokenizer Create(Stream vocabStream, BertOptions? options = null)
    {
        var (vocabulary, tokens) = ReadVocabulary(vocabStream);
        options ??= new BertOptions();
        var lowerCase = options.ApplyBasicTokenization && options.LowerCaseBeforeTokenization;
        if (options.ApplyBasicTokenization)
        {
            options.Normalizer ??= new BertNormalizer(
                options.LowerCaseBeforeTokenization, options.IndividuallyTokenizeCjk, options.RemoveNonSpacingMarks);
        }

        var splitOn = options.SplitOnSpecialTokens ? SpecialTokensToSplitOn(vocabulary, options, lowerCase) : null;
        options.PreTokenizer ??=
            options.ApplyBasicTokenization ? PreTokenizer.CreateWordOrPunctuation(splitOn) : PreTokenizer.CreateWhiteSpace();
        return new BertTokenizer(vocabulary, tokens, options);
    }

    /// <summary>The special tokens as they look after normalization; those become entries of the vocabulary too.</summary>
    private static Dictionary<string, int> SpecialTokensToSplitOn(Dictionary<string, int> vocabulary, BertOptions options, bool lowerCase)
    {
        options.SpecialTokens ??= new[]
        {
            options.UnknownToken, options.SeparatorToken, options.PaddingToken, options.ClassificationToken, options.MaskingToken,
        }.Distinct().ToDictionary(
            token => token,
            token => vocabulary.TryGetValue(token, out var id)
                ? id
                : throw new ArgumentException($"The special token '{token}' is not in the vocabulary."));

        var result = new Dictionary<string, int>();
        foreach (var (token, id) in options.SpecialTokens)
        {
            if (lowerCase && (!vocabulary.TryGetValue(token, out var known) || known != id))
            {
                throw new ArgumentException(
                    $"The special token '{token}' is not in the vocabulary or assigned id value {known} different than the value {id} "
                    + "in the special tokens.");
            }
            var normalized = lowerCase ? token.ToLowerInvariant() : token;
            result[normalized] = id;
            if (lowerCase)
                vocabulary[normalized] = id;
        }
        return result;
    }

    public new IReadOnlyList<int> EncodeToIds(string text, bool considerPreTokenization = true, bool considerNormalization = true)
        => EncodeToIds(text, addSpecialTokens: true, considerPreTokenization, considerNormalization);

    public new IReadOnlyList<int> EncodeToIds(
        ReadOnlySpan<char> text, bool considerPreTokenization = true, bool considerNormalization = true)
        => EncodeToIds(text, addSpecialTokens: true, considerPreTokenization, considerNormalization);

    public IReadOnlyList<int> EncodeToIds(
        string text, bool addSpecialTokens, bool considerPreTokenization = true, bool considerNormalization = true)
        => Enclose(base.EncodeToIds(text, considerPreTokenization, considerNormalization), addSpecialTokens);

    public IReadOnlyList<int> EncodeToIds(
        ReadOnlySpan<char> text, bool addSpecialTokens, bool considerPreTokenization = true, bool considerNormalization = true)
        => Enclose(base.EncodeToIds(text, considerPreTokenization, considerNormalization), addSpecialTokens);

    public new IReadOnlyList<int> EncodeToIds(
        string text, int maxTokenCount, out string? normalizedText, out int charsConsumed,
        bool considerPreTokenization = true, bool considerNormalization = true)
        => EncodeToIds(
            text, maxTokenCount, true, out normalizedText, out charsConsumed, considerPreTokenization, considerNormalization);

    public IReadOnlyList<int> EncodeToIds(
        string text, int maxTokenCount, bool addSpecialTokens, out string? normalizedText, out int charsConsumed,
        bool considerPreTokenization = true, bool considerNormalization = true)
    {
        if (addSpecialTokens && maxTokenCount < 2)
        {
            normalizedText = null;
            charsConsumed = 0;
            return [];
        }
        var room = addSpecialTokens ? maxTokenCount - 2 : maxTokenCount;
        var ids = base.EncodeToIds(text, room, out normalizedText, out charsConsumed, considerPreTokenization, considerNormalization);
        return Enclose(ids, addSpecialTokens);
    }

    public IReadOnlyList<int> BuildInputsWithSpecialTokens(IEnumerable<int> tokenIds, IEnumerable<int>? additionalTokenIds = null)
    {
        ArgumentNullException.ThrowIfNull(tokenIds);
        List<int> ids = [ClassificationTokenId, .. tokenIds, SeparatorTokenId];
        if (additionalTokenIds is not null)
        {
            ids.AddRange(additionalTokenIds);
            ids.Add(SeparatorTokenId);
        }
        return ids;
    }

    public IReadOnlyList<int> GetSpecialTokensMask(
        IEnumerable<int> tokenIds, IEnumerable<int>? additionalTokenIds = null, bool alreadyHasSpecialTokens = false)
    {
        ArgumentNullException.ThrowIfNull(tokenIds);
        if (!alreadyHasSpecialTokens)
        {
            List<int> mask = [1, .. tokenIds.Select(_ => 0), 1];
            if (additionalTokenIds is not null)
                mask.AddRange([.. additionalTokenIds.Select(_ => 0), 1]);
            return mask;
        }
        return tokenIds.Concat(additionalTokenIds ?? [])
            .Select(id => id == ClassificationTokenId || id == SeparatorTokenId || id == PaddingTokenId || id == MaskingTokenId
                || id == UnknownTokenId ? 1 : 0)
            .ToList();
    }

    public IReadOnlyList<int> CreateTokenTypeIdsFromSequences(IEnumerable<int> tokenIds, IEnumerable<int>? additionalTokenIds = null)
    {
        ArgumentNullException.ThrowIfNull(tokenIds);
        List<int> types = [.. tokenIds.Select(_ => 0), 0, 0];
        if (additionalTokenIds is not null)
            types.AddRange([.. additionalTokenIds.Select(_ => 1), 1]);
        return types;
    }

    private IReadOnlyList<int> Enclose(IReadOnlyList<int> ids, bool addSpecialTokens)
        => addSpecialTokens ? [ClassificationTokenId, .. ids, SeparatorTokenId] : ids;
}
