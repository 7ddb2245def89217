using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>
/// Windows of grids of any size, as detectors have them (Liu et al. 2021; fine_grained/maskrcnn_benchmark/modeling/backbone/
/// swint.py): the grid is filled up with zeros to whole windows, and what fills it is attended to as well.
/// </summary>
/// <param name="Side">Tokens on a side of a window.</param>
/// <param name="Shift">By how many tokens the grid is rolled towards its beginning; 0 leaves it.</param>
internal sealed record FreeWindows(int Side, int Shift) : ISwinWindows
{
    private readonly SwinWindows _one = new(Side, Side, 0);

    public int Offsets => _one.Offsets;

    public T Bias<T>(IImageEngine<T> engine, T table)
        where T : class => _one.Bias(engine, table);

    public T Within<T>(IImageEngine<T> engine, T x, int size, Func<T, T?, T> attend)
        where T : class
    {
        var whole = engine.PadToMultiple(engine.PadToMultiple(x, 1, Side), 2, Side);
        var rolled = Shift > 0 ? engine.Roll(whole, (1, -Shift), (2, -Shift)) : whole;
        var squares = Squares(engine, rolled);
        var found = attend(Tokens(engine, squares), Mask(engine, whole));
        var back = engine.Transpose(engine.ReshapeLike(found, squares), 0, 1, 3, 2, 4, 5);
        var grid = engine.MergeAxes(engine.MergeAxes(back, 3), 1);
        if (Shift > 0) grid = engine.Roll(grid, (1, Shift), (2, Shift));
        return engine.Take(engine.Take(grid, 1, engine.Length(x, 1)), 2, engine.Length(x, 2));
    }

    public T Spread<T>(IImageEngine<T> engine, T tokens, T like)
        where T : class => engine.ReshapeLike(tokens, like);

    /// <summary>[B, down, across, side, side, size] of [B, height, width, size].</summary>
    private T Squares<T>(IImageEngine<T> engine, T x)
        where T : class => engine.Transpose(engine.SplitAxis(engine.SplitAxis(x, 2, Side), 1, Side), 0, 1, 3, 2, 4, 5);

    /// <summary>[B, windows, tokens, size] of squares.</summary>
    private static T Tokens<T>(IImageEngine<T> engine, T squares)
        where T : class => engine.MergeAxes(engine.MergeAxes(squares, 3), 1);

    /// <summary>What keeps tokens apart that are no neighbours in the image, [windows, tokens, tokens]; null where nothing is rolled.</summary>
    private T? Mask<T>(IImageEngine<T> engine, T whole)
        where T : class
    {
        if (Shift == 0) return null;
        var regions = engine.Add(engine.Unsqueeze(engine.Affine(Regions(1), 3), 1), engine.Unsqueeze(Regions(2), 0));
        var squares = Squares(engine, engine.Unsqueeze(engine.Unsqueeze(regions, 0), 3));
        var region = engine.Squeeze(engine.Squeeze(Tokens(engine, squares), 3), 0);
        return engine.Affine(
            engine.Equal(engine.Unsqueeze(region, 2), engine.Unsqueeze(region, 1)), -SwinWindows.Apart, SwinWindows.Apart);

        // Of the rolled grid: what was there before, what comes from the beginning's window, and what was rolled round.
        T Regions(int axis)
        {
            var length = engine.Length(whole, axis);
            var place = engine.Range(length);
            T From(int last) => engine.Affine(engine.Less(place, engine.Affine(length, 1, -last)), -1, 1);
            return engine.Add(From(Side), From(Shift));
        }
    }
}
