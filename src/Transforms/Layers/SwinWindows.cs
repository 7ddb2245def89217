using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>The square windows that a grid of image tokens is cut into, perhaps of the grid rolled by half a window (Liu et al. 2021).</summary>
/// <param name="Grid">Tokens on a side of the image.</param>
/// <param name="Side">Tokens on a side of a window; divides <paramref name="Grid"/>.</param>
/// <param name="Shift">By how many tokens the grid is rolled towards its beginning; 0 leaves it.</param>
internal sealed record SwinWindows(int Grid, int Side, int Shift) : ISwinWindows
{
    /// <summary>Added to the scores of tokens that only the rolling brought together; a number, not infinity, as in the reference.</summary>
    public const float Apart = -100;

    /// <summary>Windows of a side, or of the whole grid where that is no larger; then nothing is rolled.</summary>
    public static SwinWindows Of(int grid, int side, bool isShifted) =>
        grid <= side ? new(grid, grid, 0) : new(grid, side, isShifted ? side / 2 : 0);

    /// <summary>Rows of a table with a number for each offset between two tokens of a window.</summary>
    public int Offsets => ((2 * Side) - 1) * ((2 * Side) - 1);

    private int Across => Grid / Side;

    /// <summary>The windows of images [B, grid, grid, width], row by row: [B, windows, tokens, width].</summary>
    public T Cut<T>(IImageEngine<T> engine, T x, int width)
        where T : class
    {
        if (Shift > 0) x = engine.Roll(x, (1, -Shift), (2, -Shift));
        var parts = Across == 1
            ? x
            : engine.Transpose(engine.Reshape(x, 0, Across, Side, Across, Side, width), 0, 1, 3, 2, 4, 5);
        return engine.Reshape(parts, 0, Across * Across, Side * Side, width);
    }

    /// <summary>The images of windows: what <see cref="Cut"/> does, undone.</summary>
    public T Join<T>(IImageEngine<T> engine, T windows, int width)
        where T : class
    {
        var parts = Across == 1
            ? windows
            : engine.Transpose(engine.Reshape(windows, 0, Across, Across, Side, Side, width), 0, 1, 3, 2, 4, 5);
        var x = engine.Reshape(parts, 0, Grid, Grid, width);
        return Shift > 0 ? engine.Roll(x, (1, Shift), (2, Shift)) : x;
    }

    /// <summary>
    /// A number for every two tokens of a window and every head, [1, heads, tokens, tokens], by the offset of the one that asks from the one that
    /// is read.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="table">[<see cref="Offsets"/>, heads], row (dy + side - 1) · (2 side - 1) + dx + side - 1.</param>
    public T Bias<T>(IImageEngine<T> engine, T table)
        where T : class
    {
        // The row is a difference of two numbers, one a token.
        var across = (2 * Side) - 1;
        long[] places = [.. from y in Enumerable.Range(0, Side) from x in Enumerable.Range(0, Side) select (long)((y * across) + x)];
        var place = engine.Constant(places, places.Length);
        var rows = engine.Affine(
            engine.Subtract(engine.Unsqueeze(place, 1), engine.Unsqueeze(place, 0)), 1, (Side - 1) * (across + 1));
        return engine.Unsqueeze(engine.Transpose(engine.Gather(table, rows), 2, 0, 1), 0);
    }

    /// <summary>What keeps tokens apart that are no neighbours in the image, [windows, tokens, tokens]; null where nothing is rolled.</summary>
    public T? Mask<T>(IEngine<T> engine)
        where T : class
    {
        if (Shift == 0) return null;
        float[] regions =
        [
            .. from down in Enumerable.Range(0, Across)
               from right in Enumerable.Range(0, Across)
               from y in Enumerable.Range(0, Side)
               from x in Enumerable.Range(0, Side)
               select (3f * Region((down * Side) + y)) + Region((right * Side) + x),
        ];
        var region = engine.Constant(regions, Across * Across, Side * Side);
        return engine.Affine(engine.Equal(engine.Unsqueeze(region, 2), engine.Unsqueeze(region, 1)), -Apart, Apart);

        // Of the rolled grid: what was there before, what comes from the beginning's window, and what was rolled round.
        int Region(int place) => place < Grid - Side ? 0 : place < Grid - Shift ? 1 : 2;
    }

    public T Within<T>(IImageEngine<T> engine, T x, int size, Func<T, T?, T> attend)
        where T : class => Join(engine, attend(Cut(engine, x, size), Mask(engine)), size);

    public T Spread<T>(IImageEngine<T> engine, T tokens, T like)
        where T : class => engine.SplitAxis(tokens, 1, Grid);
}
