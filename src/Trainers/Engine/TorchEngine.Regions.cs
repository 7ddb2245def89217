using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Engine;

// Operations on boxes. What chooses runs on plain arrays: libtorch has no such operations, and TorchVision's are slow.
internal sealed partial class TorchEngine : IRegionEngine<Tensor>
{
    public Tensor Exp(Tensor x) => x.exp();

    public Tensor Log(Tensor x) => x.log();

    public Tensor Minimum(Tensor a, Tensor b) => torch.minimum(Like(a, b), b);

    public Tensor Maximum(Tensor a, Tensor b) => torch.maximum(Like(a, b), b);

    public Tensor MaxAlong(Tensor x, int axis) => x.amax([NotEmpty(x, axis)]);

    public Tensor ArgMax(Tensor x, int axis) => x.detach().argmax(NotEmpty(x, axis));

    public Tensor Largest(Tensor x, Tensor count)
    {
        ExpectAxes(x, 1, "a list");
        var (_, places) = x.detach().sort(0, descending: true, stable: true);
        return places.slice(0, 0, Math.Max(0, count.ToInt64()), 1);
    }

    public Tensor Where(Tensor x)
    {
        ExpectAxes(x, 1, "a list");
        return x.detach().nonzero().reshape(-1);
    }

    public Tensor GreatestAt(Tensor values, Tensor places, Tensor count)
    {
        ExpectAxes(values, 1, "a list");
        if (!values.shape.SequenceEqual(places.shape))
            throw new ArgumentException($"{nameof(GreatestAt)} of values {Describe(values)} at places {Describe(places)}.", nameof(places));
        var greatest = new float[count.ToInt64()];
        var numbers = Singles(values);
        foreach (var (i, place) in Whole(places).Index())
        {
            if (place < 0 || place >= greatest.Length)
                throw new ArgumentOutOfRangeException(nameof(places), place, $"{nameof(GreatestAt)}: expected places below {greatest.Length}.");
            greatest[place] = Math.Max(greatest[place], numbers[i]);
        }

        return Constant(greatest, greatest.Length);
    }

    public Tensor Suppress(Tensor boxes, Tensor scores, double threshold, float least)
    {
        RegionChecks.Overlap(threshold);
        ExpectBoxes(boxes, 4);
        ExpectAxes(scores, 2, "[rows, boxes]");
        if (scores.shape[1] != boxes.shape[0])
            throw new ArgumentException($"{nameof(Suppress)} of boxes {Describe(boxes)} by scores {Describe(scores)}.", nameof(scores));
        float[] corners = Singles(boxes), numbers = Singles(scores);
        var count = (int)boxes.shape[0];
        var kept = new List<long>();
        for (var row = 0; row < scores.shape[0]; row++)
        {
            var stay = BoxSuppression.Keep(corners, numbers.AsSpan(row * count, count), RegionChecks.Floor(threshold), least);
            foreach (var place in stay) kept.AddRange([row, place]);
        }

        return Constant([.. kept], kept.Count / 2, 2);
    }

    public Tensor RoiPool(Tensor x, Tensor boxes, int size, float scale)
    {
        RegionChecks.Grid(nameof(RoiPool), size, scale);
        ExpectMaps(x, boxes);
        x = Full(x);
        var places = RoiCells.Largest(Singles(x), x.shape, Singles(boxes), size, scale);

        // A cell beyond the map reads the zero behind the last pixel.
        using var zero = torch.zeros(1, dtype: ScalarType.Float32, device: x.device);
        using var pixels = torch.cat([x.reshape(-1), zero]);
        using var index = torch.tensor(places, dtype: ScalarType.Int32, device: x.device);
        return pixels.index_select(0, index).reshape(boxes.shape[0], x.shape[1], size, size);
    }

    public Tensor RoiAlign(Tensor x, Tensor boxes, int size, float scale, int samples, bool aligned)
    {
        RegionChecks.Grid(nameof(RoiAlign), size, scale);
        WindowChecks.Positive(nameof(RoiAlign), nameof(samples), samples);
        ExpectMaps(x, boxes);
        x = Full(x);
        var numbers = Singles(boxes);
        var byImage = Enumerable.Range(0, (int)boxes.shape[0]).GroupBy(box => (int)numbers[5 * box]).ToList();
        if (byImage.Count == 0) return torch.zeros([0, x.shape[1], size, size], dtype: ScalarType.Float32, device: x.device);
        var parts = byImage.Select(image => Align(x.slice(0, image.Key, image.Key + 1, 1), numbers, [.. image], size, scale, samples, aligned));
        var back = byImage.SelectMany(image => image).Select((box, place) => (box, place)).OrderBy(pair => pair.box);
        return torch.cat([.. parts]).index_select(0, Constant([.. back.Select(pair => (long)pair.place)], numbers.Length / 5));
    }

    /// <summary>The boxes of one image, [boxes, channels, size, size].</summary>
    private Tensor Align(Tensor map, float[] boxes, int[] chosen, int size, float scale, int samples, bool aligned)
    {
        long height = map.shape[2], width = map.shape[3];
        var points = size * samples;
        var grid = new float[chosen.Length * points * points * 2];
        var seen = new float[chosen.Length * points * points];
        var at = 0;
        foreach (var box in chosen)
        {
            var ys = Places(boxes[(5 * box) + 2], boxes[(5 * box) + 4]);
            var xs = Places(boxes[(5 * box) + 1], boxes[(5 * box) + 3]);
            foreach (var y in ys)
            {
                foreach (var x in xs)
                {
                    // grid_sample counts from -1 to 1 across the whole map, a pixel's middle being its place.
                    grid[2 * at] = (((2 * x) + 1) / width) - 1;
                    grid[(2 * at) + 1] = (((2 * y) + 1) / height) - 1;
                    seen[at++] = y < -1 || y > height || x < -1 || x > width ? 0 : 1;
                }
            }
        }

        long rows = (long)chosen.Length * points;
        var values = F.grid_sample(
            map, Constant(grid, 1, rows, points, 2), GridSampleMode.Bilinear, GridSamplePaddingMode.Border, align_corners: false);
        return values.mul(Constant(seen, rows, points))
            .reshape(map.shape[1], chosen.Length, size, samples, size, samples).mean([3, 5]).permute(1, 0, 2, 3);

        float[] Places(float from, float to)
        {
            var start = (from * scale) - (aligned ? 0.5f : 0);
            var end = (to * scale) - (aligned ? 0.5f : 0);
            var cell = (aligned ? end - start : Math.Max(end - start, 1)) / size;
            return [.. Enumerable.Range(0, points).Select(i => start + (i / samples * cell) + (((i % samples) + 0.5f) * cell / samples))];
        }
    }

    private static float[] Singles(Tensor x)
    {
        if (x.numel() == 0) return [];
        using var values = x.detach().to_type(ScalarType.Float32).cpu().contiguous();
        return values.data<float>().ToArray();
    }

    private static long[] Whole(Tensor x)
    {
        if (x.numel() == 0) return [];
        using var values = x.detach().to_type(ScalarType.Int64).cpu().contiguous();
        return values.data<long>().ToArray();
    }

    private static int NotEmpty(Tensor x, int axis)
    {
        var position = Position(x, axis);
        return x.shape[position] > 0
            ? position
            : throw new ArgumentException($"There is no largest entry along axis {axis} of a tensor of shape {Describe(x)}.", nameof(axis));
    }

    private static void ExpectAxes(Tensor x, int count, string what)
    {
        if (x.dim() != count) throw new ArgumentException($"Expected {what}; found a tensor of shape {Describe(x)}.", nameof(x));
    }

    private static void ExpectBoxes(Tensor boxes, int width)
    {
        if (boxes.dim() != 2 || boxes.shape[1] != width)
            throw new ArgumentException($"Expected boxes [boxes, {width}]; found a tensor of shape {Describe(boxes)}.", nameof(boxes));
    }

    private static void ExpectMaps(Tensor x, Tensor boxes)
    {
        ExpectImage(x, "cutting boxes out of maps");
        ExpectBoxes(boxes, 5);
        foreach (var image in Singles(boxes.slice(1, 0, 1, 1)))
        {
            if (!(image >= 0 && image < x.shape[0]))
                throw new ArgumentException($"A box is of image {image}; there are {x.shape[0]} maps.", nameof(boxes));
        }
    }
}
