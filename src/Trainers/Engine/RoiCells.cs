namespace MLNet.VisionLanguage.Engine;

/// <summary>
/// Fast R-CNN's cells of a box on a map, and the largest pixel in each; all numbers as torchvision.ops.roi_pool rounds them, in float32.
/// </summary>
internal static class RoiCells
{
    /// <summary>Where a side of a box begins on the map, its last pixel, and how many pixels it has; one at least.</summary>
    public static (int Start, int End, int Length) Side(float from, float to, float scale)
    {
        var start = Round(from * scale);
        var end = Round(to * scale);
        return (start, end, (int)Math.Clamp((long)end - start + 1, 1, int.MaxValue));
    }

    /// <summary>The pixels of one of <paramref name="count"/> cells along a side, from the side's first: from, and up to but without.</summary>
    public static (int From, int To) Cell(int cell, int count, int length)
    {
        var width = length / (float)count;
        return ((int)MathF.Floor(cell * width), (int)MathF.Ceiling((cell + 1) * width));
    }

    /// <summary>
    /// [boxes, channels, size, size]: the number of the first largest pixel in each cell, of all pixels of all maps; the number of pixels
    /// where a cell has none.
    /// </summary>
    /// <param name="maps">[images, channels, height, width].</param>
    /// <param name="shape">Those sizes.</param>
    /// <param name="boxes">[boxes, 5]: image and box.</param>
    /// <param name="size">Cells along a side.</param>
    /// <param name="scale">From the boxes' pixels to the map's.</param>
    public static int[] Largest(float[] maps, long[] shape, float[] boxes, int size, float scale)
    {
        int channels = (int)shape[1], height = (int)shape[2], width = (int)shape[3];
        var cells = size * size;
        var places = new int[checked(boxes.Length / 5 * channels * cells)];
        Parallel.For(0, boxes.Length / 5, box =>
        {
            var numbers = boxes.AsSpan(box * 5, 5);
            var rows = Ranges(numbers[2], numbers[4], height);
            var columns = Ranges(numbers[1], numbers[3], width);
            for (var channel = 0; channel < channels; channel++)
            {
                var map = (((int)numbers[0] * channels) + channel) * height * width;
                var target = ((box * channels) + channel) * cells;
                foreach (var (top, bottom) in rows)
                {
                    foreach (var (left, right) in columns) places[target++] = LargestIn(map, top, bottom, left, right);
                }
            }
        });
        return places;

        (int From, int To)[] Ranges(float from, float to, int limit)
        {
            var (start, _, length) = Side(from, to, scale);
            return [.. Enumerable.Range(0, size).Select(cell =>
            {
                var (first, end) = Cell(cell, size, length);
                return ((int)Math.Clamp((long)start + first, 0, limit), (int)Math.Clamp((long)start + end, 0, limit));
            })];
        }

        int LargestIn(int map, int top, int bottom, int left, int right)
        {
            var largest = maps.Length;
            for (var y = top; y < bottom; y++)
            {
                for (var place = map + (y * width) + left; place < map + (y * width) + right; place++)
                    if (largest == maps.Length || maps[place] > maps[largest]) largest = place;
            }

            return largest;
        }
    }

    private static int Round(float x) => (int)MathF.Round(x, MidpointRounding.AwayFromZero);
}
