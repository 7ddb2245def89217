using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>
/// A layer of RoBERTa that may read an image: between the linear after self-attention and the LayerNorm, which FIBER moved for it. Names are
/// those of the transformers library.
/// </summary>
/// <param name="Name">What the parameters' names start with, such as "text_transformer.encoder.layer.0".</param>
/// <param name="Size">Width of the text states.</param>
/// <param name="Heads">Number of heads.</param>
/// <param name="Intermediate">Width between the two linears of the feed-forward step.</param>
/// <param name="Epsilon">Added to the variance of every LayerNorm.</param>
internal sealed record RobertaLayer(string Name, int Size, int Heads, int Intermediate, double Epsilon)
{
    private readonly AttentionNames _names = AttentionNames.Bert(Name + ".attention");

    /// <summary>Dropout after linears, before the residual.</summary>
    public double Dropout { get; init; }

    /// <summary>Dropout on attention probabilities.</summary>
    public double AttentionDropout { get; init; }

    /// <summary>How it reads an image that is given; null where it reads none.</summary>
    public TextReadsImage? Cross { get; init; }

    /// <param name="engine">The engine.</param>
    /// <param name="text">[B, L, size].</param>
    /// <param name="mask">Additive, [B, 1, 1 or L, L].</param>
    /// <param name="image">Image tokens, [B, N, width]; null for none.</param>
    /// <param name="isNormalized">Whether the last LayerNorm runs.</param>
    public T Run<T>(IEngine<T> engine, T text, T? mask, T? image = null, bool isNormalized = true)
        where T : class
    {
        var read = Cross is not null && image is not null ? Cross.Read(engine, image) : default((T, T)?);
        return After(engine, text, engine.Linear(text, _names.Key, Size), engine.Linear(text, _names.Value, Size), mask, read, isNormalized);
    }

    /// <summary>The same of the next token of a text alone, whose keys and values join those of the tokens before it.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="token">[B, 1, size].</param>
    /// <param name="past">Keys and values of the tokens before, [B, L, size]; null where there are none.</param>
    /// <param name="image">What <see cref="Cross"/> reads of the image; null for none.</param>
    public (T State, (T Key, T Value) Past) Next<T>(IEngine<T> engine, T token, (T Key, T Value)? past, (T Key, T Value)? image)
        where T : class
    {
        T key = engine.Linear(token, _names.Key, Size), value = engine.Linear(token, _names.Value, Size);
        if (past is { } before) (key, value) = (engine.Concat(1, before.Key, key), engine.Concat(1, before.Value, value));
        return (After(engine, token, key, value, null, image, isNormalized: true), (key, value));
    }

    private T After<T>(IEngine<T> engine, T text, T key, T value, T? mask, (T Key, T Value)? image, bool isNormalized)
        where T : class
    {
        var query = engine.Linear(text, _names.Query, Size);
        var state = Cross is { IsMerged: true } && image is { } merged
            ? MergedAttention.Run(engine, query, (key, value), merged, Heads, Size / Heads, mask, AttentionDropout)
            : engine.Attention(query, key, value, Heads, Size / Heads, mask, AttentionDropout);
        state = engine.Dropout(engine.Linear(state, _names.Dense, Size), Dropout);
        if (Cross is { IsMerged: false } && image is { } seen) state = Cross.Run(engine, state, seen, null);
        state = engine.LayerNorm(engine.Add(state, text), _names.LayerNorm, Epsilon);
        var inner = engine.Activate(engine.Linear(state, Name + ".intermediate.dense", Intermediate), Activation.Gelu);
        var sum = engine.Add(engine.Dropout(engine.Linear(inner, Name + ".output.dense", Size), Dropout), state);
        return isNormalized ? engine.LayerNorm(sum, Name + ".output.LayerNorm", Epsilon) : sum;
    }
}

/// <summary>RoBERTa's embedding of a text: LN(word + position + the only segment), dropout.</summary>
/// <param name="Prefix">What the parameters' names start with, such as "text_transformer.embeddings.".</param>
/// <param name="Words">Rows of the word table.</param>
/// <param name="Positions">Rows of the position table.</param>
/// <param name="Size">Width of the text states.</param>
/// <param name="Epsilon">Added to the LayerNorm's variance.</param>
/// <param name="Dropout">Dropout after the LayerNorm.</param>
internal sealed record RobertaEmbedding(string Prefix, int Words, int Positions, int Size, double Epsilon, double Dropout)
{
    /// <summary>The word that fills texts up. It and its position, of the same number, learn nothing by their look-up.</summary>
    public const int Padding = 1;

    /// <summary>Rows of the position table that are no place in a text: nobody's, and the padding's.</summary>
    public const int FirstPosition = Padding + 1;

    /// <summary>Int64 [B, L]: 2 for the first word, 3 for the next, and 1 for padding wherever it is.</summary>
    public static T Places<T>(IEngine<T> engine, T ids)
        where T : class
    {
        var words = 1 - engine.Of(engine.Equal(ids, engine.Constant(new long[] { Padding }, 1)));
        return engine.ToInt64((engine.Of(engine.CumulativeSum(words, 1)) * words) + Padding);
    }

    /// <param name="engine">The engine.</param>
    /// <param name="ids">Int64 [B, L].</param>
    public T Run<T>(IEngine<T> engine, T ids)
        where T : class => Run(engine, ids, Places(engine, ids));

    /// <summary>The same of tokens at given places.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="ids">Int64 [B, L].</param>
    /// <param name="places">Int64, broadcast to them.</param>
    public T Run<T>(IEngine<T> engine, T ids, T places)
        where T : class
    {
        var sum = engine.Of(engine.Embedding(Prefix + "word_embeddings", ids, Words, Size, Padding))
            + engine.Of(engine.Parameter(Prefix + "token_type_embeddings.weight", [1, Size], ParameterRole.Table))
            + engine.Of(engine.Embedding(Prefix + "position_embeddings", places, Positions, Size, Padding));
        return engine.Dropout(engine.LayerNorm(sum, Prefix + "LayerNorm", Epsilon), Dropout);
    }
}
