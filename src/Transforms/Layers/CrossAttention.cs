using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>How a tower reads the other one (Dou et al. 2022, and its ablation).</summary>
internal enum Fusion
{
    /// <summary>Cross-attention beside self-attention, added by a learned factor that starts at 0, so that a model starts as its two towers.</summary>
    Gated,

    /// <summary>The same, added as it is.</summary>
    Ungated,

    /// <summary>No attention of its own: the other tower is read by self-attention, see <see cref="MergedAttention"/>.</summary>
    Merged,
}

/// <summary>
/// Cross-attention that sits inside a layer, between its self-attention and the residual: state + gate · attention(state, other). The state
/// that asks is what self-attention gave.
/// </summary>
/// <param name="Gate">Name of the factor.</param>
/// <param name="Fusion">Whether there is one.</param>
/// <param name="Heads">Number of heads.</param>
/// <param name="Size">Width of the state.</param>
internal abstract record CrossAttention(string Gate, Fusion Fusion, int Heads, int Size)
{
    /// <summary>
    /// Whether the layer's self-attention reads the other tower's <see cref="Read"/>; else there is <see cref="Run{T}(IEngine{T}, T, T, T)"/>.
    /// </summary>
    public bool IsMerged => Fusion == Fusion.Merged;

    /// <summary>Dropout on the attention probabilities.</summary>
    public double ProbabilityDropout { get; init; }

    /// <summary>Dropout after the output linear.</summary>
    public double OutputDropout { get; init; }

    /// <summary>The state with what it reads added.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="state">[B, L, size].</param>
    /// <param name="other">What is read, [B, S, width].</param>
    /// <param name="mask">Over what is read, [B, 1, 1, S]; null for all of it.</param>
    public T Run<T>(IEngine<T> engine, T state, T other, T? mask)
        where T : class => Run(engine, state, Read(engine, other), mask);

    /// <summary>The state with what it reads added, where that was made keys and values before, once for many states.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="state">[B, L, size].</param>
    /// <param name="read">What <see cref="Read"/> gave.</param>
    /// <param name="mask">Over what is read, [B, 1, 1, S]; null for all of it.</param>
    public T Run<T>(IEngine<T> engine, T state, (T Key, T Value) read, T? mask)
        where T : class
    {
        var context = engine.Attention(Ask(engine, state), read.Key, read.Value, Heads, Size / Heads, mask, ProbabilityDropout);
        var found = engine.Dropout(engine.Linear(context, Output, Size), OutputDropout);
        return engine.Add(state, Fusion == Fusion.Ungated ? found : engine.Multiply(engine.Parameter(Gate, [1], ParameterRole.Gate), found));
    }

    protected abstract string Output { get; }

    protected abstract T Ask<T>(IEngine<T> engine, T state)
        where T : class;

    /// <summary>Keys and values of what is read, [B, S, size] of [B, S, width].</summary>
    public abstract (T Key, T Value) Read<T>(IEngine<T> engine, T other)
        where T : class;
}

/// <summary>Image tokens that read the text, in a Swin block; names are NAME.qkv_i2t, NAME.qkv_text_i2t, NAME.proj_i2t, NAME.alpha_i2t.</summary>
internal sealed record ImageReadsText(string Name, Fusion Fusion, int Heads, int Size)
    : CrossAttention(Name + ".alpha_i2t", Fusion, Heads, Size)
{
    /// <summary>Whether what asks is normalised first, by NAME.norm_i2t_i; one published version is without.</summary>
    public bool Normalizes { get; init; } = true;

    protected override string Output => Name + ".proj_i2t";

    protected override T Ask<T>(IEngine<T> engine, T state) => engine.Linear(
        Normalizes ? engine.LayerNorm(state, Name + ".norm_i2t_i", SwinBlock.Epsilon, decayed: true) : state, Name + ".qkv_i2t", Size);

    public override (T Key, T Value) Read<T>(IEngine<T> engine, T other)
    {
        var both = engine.Linear(other, Name + ".qkv_text_i2t", 2 * Size);
        return (engine.Slice(both, -1, 0, Size), engine.Slice(both, -1, Size, null));
    }
}

/// <summary>Text that reads image tokens, in a RoBERTa layer; names are NAME.crossattention_t2i… and NAME.alpha_t2i.</summary>
internal sealed record TextReadsImage(string Name, Fusion Fusion, int Heads, int Size)
    : CrossAttention(Name + ".alpha_t2i", Fusion, Heads, Size)
{
    private readonly AttentionNames _names = AttentionNames.Bert(Name + ".crossattention_t2i");

    /// <summary>The LayerNorm that checkpoints have after it and nothing reads.</summary>
    public string UnusedNorm => _names.LayerNorm;

    protected override string Output => _names.Dense;

    protected override T Ask<T>(IEngine<T> engine, T state) => engine.Linear(state, _names.Query, Size);

    public override (T Key, T Value) Read<T>(IEngine<T> engine, T other) =>
        (engine.Linear(other, _names.Key, Size), engine.Linear(other, _names.Value, Size));
}
