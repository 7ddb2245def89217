using MLNet.VisionLanguage.Engine;

namespace MLNet.VisionLanguage.Layers;

/// <summary>The boxes that a proposal network starts from: the same few around every place of a map (detectron2's DefaultAnchorGenerator).</summary>
internal static class Anchors
{
    /// <summary>Corners around 0: for each size each ratio of height to width, [sizes × ratios, 4].</summary>
    /// <param name="sizes">Sides of the squares of the same area.</param>
    /// <param name="ratios">Height by width.</param>
    public static float[] Cells(IReadOnlyList<double> sizes, IReadOnlyList<double> ratios)
    {
        var corners = from size in sizes
                      from ratio in ratios
                      let width = Math.Sqrt(size * size / ratio)
                      let height = ratio * width
                      from corner in new[] { -width / 2, -height / 2, width / 2, height / 2 }
                      select (float)corner;
        return [.. corners];
    }

    /// <summary>
    /// The square around the pixels of one place, [1, 4], its corners pixels that belong to it (maskrcnn_benchmark's AnchorGenerator).
    /// </summary>
    /// <param name="size">Pixels along a side.</param>
    /// <param name="stride">Pixels of the image for one of the map.</param>
    public static float[] PixelCell(double size, int stride)
    {
        float middle = (stride - 1) / 2f, half = ((float)size - 1) / 2;
        return [middle - half, middle - half, middle + half, middle + half];
    }

    /// <summary>The anchors of a map, row by row, place by place, [height × width × anchors, 4].</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="cells">[anchors, 4], around 0.</param>
    /// <param name="map">[images, channels, height, width].</param>
    /// <param name="stride">Pixels of the image for one of the map.</param>
    /// <param name="offset">Where in its pixels a place lies, as a fraction.</param>
    public static T Grid<T>(IEngine<T> engine, T cells, T map, int stride, double offset)
        where T : class
    {
        var x = engine.Multiply(engine.Reshape(Steps(3), 1, -1, 1, 1), engine.Constant([1f, 0, 1, 0], 4));
        var y = engine.Multiply(engine.Reshape(Steps(2), -1, 1, 1, 1), engine.Constant([0f, 1, 0, 1], 4));
        return engine.Reshape(engine.Add(engine.Add(x, y), cells), -1, 4);

        T Steps(int axis) => engine.Affine(engine.ToFloat(engine.Range(engine.Length(map, axis))), stride, (float)(offset * stride));
    }
}
