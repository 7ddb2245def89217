using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>BERT's text embedding: LN(word + position + segment), dropout.</summary>
/// <param name="Prefix">What the names of the three tables and of the LayerNorm start with, such as "bert.embeddings.".</param>
/// <param name="Words">Rows of the word table.</param>
/// <param name="Positions">Rows of the position table.</param>
/// <param name="Types">Rows of the segment table.</param>
/// <param name="Size">Width of the stream.</param>
/// <param name="Dropout">Dropout after the LayerNorm.</param>
internal sealed record TextEmbedding(string Prefix, int Words, int Positions, int Types, int Size, double Dropout)
{
    /// <summary>The row of the word table that gets no gradient through the look-up.</summary>
    public long? PaddingWord { get; init; } = 0;

    /// <summary>The same of the position and the segment table.</summary>
    public long? PaddingPlace { get; init; }

    /// <summary>Added to the LayerNorm's variance.</summary>
    public double Epsilon { get; init; } = 1e-12;

    public T Run<T>(IEngine<T> engine, T ids, T types)
        where T : class => Finish(engine, Sum(engine, ids, types));

    /// <summary>The sum of the three look-ups, [B, L, h].</summary>
    public T Sum<T>(IEngine<T> engine, T ids, T types)
        where T : class => engine.Add(
            engine.Add(
                engine.Embedding(Prefix + "word_embeddings", ids, Words, Size, PaddingWord),
                engine.Embedding(Prefix + "position_embeddings", engine.Range(engine.Length(ids, 1)), Positions, Size, PaddingPlace)),
            engine.Embedding(Prefix + "token_type_embeddings", types, Types, Size, PaddingPlace));

    /// <summary>LayerNorm and dropout.</summary>
    public T Finish<T>(IEngine<T> engine, T sum)
        where T : class => engine.Dropout(engine.LayerNorm(sum, Prefix + "LayerNorm", Epsilon), Dropout);
}
