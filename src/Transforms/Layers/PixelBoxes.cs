namespace MLNet.VisionLanguage.Layers;

/// <summary>
/// Arithmetic on plain boxes x1, y1, x2, y2, one after the other, whose far corners are pixels that belong to them (maskrcnn_benchmark's BoxList).
/// </summary>
internal static class PixelBoxes
{
    /// <summary>How many pixels each box has.</summary>
    public static float[] Areas(ReadOnlySpan<float> boxes)
    {
        var areas = new float[boxes.Length / 4];
        for (var i = 0; i < areas.Length; i++)
        {
            var box = boxes.Slice(4 * i, 4);
            areas[i] = (box[2] - box[0] + 1) * (box[3] - box[1] + 1);
        }

        return areas;
    }

    /// <summary>The same boxes as x, y, width, height.</summary>
    public static float[] Extents(ReadOnlySpan<float> boxes) => Each(boxes, box => [box[0], box[1], box[2] - box[0] + 1, box[3] - box[1] + 1]);

    /// <summary>The boxes in an image of another size.</summary>
    /// <param name="boxes">The boxes.</param>
    /// <param name="across">Its columns for one of the old image.</param>
    /// <param name="down">Its rows for one of the old image.</param>
    public static float[] Scale(ReadOnlySpan<float> boxes, float across, float down) =>
        Each(boxes, box => [box[0] * across, box[1] * down, box[2] * across, box[3] * down]);

    /// <summary>The boxes in the image that a mirror beside it shows.</summary>
    /// <param name="boxes">The boxes.</param>
    /// <param name="width">Columns of the image.</param>
    public static float[] Flip(ReadOnlySpan<float> boxes, float width) =>
        Each(boxes, box => [width - box[2] - 1, box[1], width - box[0] - 1, box[3]]);

    private static float[] Each(ReadOnlySpan<float> boxes, Func<float[], float[]> change)
    {
        var changed = new float[boxes.Length];
        for (var i = 0; i + 3 < boxes.Length; i += 4) change(boxes.Slice(i, 4).ToArray()).CopyTo(changed, i);
        return changed;
    }
}
