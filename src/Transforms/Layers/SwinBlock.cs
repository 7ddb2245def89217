using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>
/// A block of a Swin transformer (Liu et al. 2021): attention within windows, then a feed-forward step, each normalised before and added to
/// what came in; names are NAME.norm1, NAME.attn.qkv, NAME.mlp.fc1 and so on.
/// </summary>
/// <param name="Name">What the parameters' names start with, such as "vit_model.layers.2.blocks.0".</param>
/// <param name="Size">Width of the tokens.</param>
/// <param name="Heads">Number of heads.</param>
/// <param name="Windows">The windows.</param>
internal sealed record SwinBlock(string Name, int Size, int Heads, ISwinWindows Windows)
{
    /// <summary>Added to the variance of every LayerNorm.</summary>
    public const double Epsilon = 1e-5;

    private const int Widening = 4;

    /// <summary>The share of images for which a residual step is left out in training.</summary>
    public double DropPath { get; init; }

    /// <summary>How it reads a text that is given; null where it reads none.</summary>
    public ImageReadsText? Cross { get; init; }

    /// <param name="engine">The engine.</param>
    /// <param name="x">[B, grid, grid, size].</param>
    /// <param name="text">The text's states, [B, L, width]; null for none.</param>
    /// <param name="textMask">The additive mask over them, [B, 1, 1, L].</param>
    /// <returns>[B, grid, grid, size].</returns>
    public T Run<T>(IImageEngine<T> engine, T x, T? text = null, T? textMask = null)
        where T : class
    {
        var read = Cross is { IsMerged: true } && text is not null ? Cross.Read(engine, text) : default((T Key, T Value)?);
        var attended = Windows.Within(
            engine, engine.LayerNorm(x, Name + ".norm1", Epsilon), Size, (windows, apart) => Attend(engine, windows, apart, read, textMask));

        // Each token reads the text by itself, so it does not matter that the windows are joined again.
        if (Cross is { IsMerged: false } && text is not null)
            attended = Windows.Spread(engine, Cross.Run(engine, engine.MergeAxes(attended, 1), text, textMask), attended);
        x = engine.Add(x, engine.DropRows(attended, DropPath));
        var inner = engine.Linear(engine.LayerNorm(x, Name + ".norm2", Epsilon), Name + ".mlp.fc1", Widening * Size);
        return engine.Add(
            x, engine.DropRows(engine.Linear(engine.Activate(inner, Activation.Gelu), Name + ".mlp.fc2", Size), DropPath));
    }

    private T Attend<T>(IImageEngine<T> engine, T windows, T? apart, (T Key, T Value)? read, T? textMask)
        where T : class
    {
        var all = engine.Linear(windows, Name + ".attn.qkv", 3 * Size);
        var table = engine.Parameter(Name + ".attn.relative_position_bias_table", [Windows.Offsets, Heads], ParameterRole.Offsets);
        var bias = Windows.Bias(engine, table);
        var context = read is { } text
            ? MergedAttention.InWindows(engine, Third(0), (Third(1), Third(2)), text, Heads, Size / Heads, bias, apart, textMask!)
            : engine.Attention(Third(0), Third(1), Third(2), Heads, Size / Heads, bias, inGroups: true, groupMask: apart);
        return engine.Linear(context, Name + ".attn.proj", Size);

        T Third(int i) => engine.Slice(all, -1, i * Size, (i + 1) * Size);
    }
}

/// <summary>The beginning and the ends of a Swin transformer's stages.</summary>
internal static class SwinEdges
{
    /// <summary>Pixels on a side of the squares that are the first tokens.</summary>
    public const int Patch = 4;

    /// <summary>Squares of pixels as tokens: a convolution and a LayerNorm, as NAME.proj and NAME.norm.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="pixels">[B, 3, height, width].</param>
    /// <param name="name">What the parameters' names start with.</param>
    /// <param name="size">Width of the tokens.</param>
    /// <returns>[B, height / 4, width / 4, size].</returns>
    public static T Patches<T>(IImageEngine<T> engine, T pixels, string name, int size)
        where T : class => engine.LayerNorm(
            engine.Transpose(engine.Conv2D(pixels, name + ".proj", size, Patch, stride: Patch), 0, 2, 3, 1), name + ".norm", SwinBlock.Epsilon);

    /// <summary>Four neighbours become one token of twice the width, as NAME.norm and NAME.reduction.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="x">[B, height, width, size], both even.</param>
    /// <param name="name">What the parameters' names start with.</param>
    /// <param name="size">Width of the tokens.</param>
    /// <returns>[B, height / 2, width / 2, 2 size].</returns>
    public static T Merge<T>(IImageEngine<T> engine, T x, string name, int size)
        where T : class
    {
        // Side by side are the left column's upper and lower neighbour, then the right column's.
        var pairs = engine.Transpose(engine.SplitAxis(engine.SplitAxis(x, 2, 2), 1, 2), 0, 1, 3, 4, 2, 5);
        var four = engine.LayerNorm(engine.MergeAxes(engine.MergeAxes(pairs, -2), -2), name + ".norm", SwinBlock.Epsilon);

        // The stream that residuals are added to: in full also where an engine multiplies with less.
        return engine.ToFloat(engine.Linear(four, name + ".reduction", 2 * size, bias: false));
    }
}
