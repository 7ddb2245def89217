using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Engine;

// Operations of detectors' heads on maps.
internal sealed partial class TorchEngine
{
    // libtorch has no such operator: the pixels of all windows are sampled, and what follows is a product of matrices.
    public Tensor DeformConv2D(
        Tensor x, Tensor offsets, Tensor masks, string name, int outputs, int kernel, int stride, int padding, bool bias)
    {
        WindowChecks.Convolution(name, outputs, kernel, stride, padding, 1, 1);
        ExpectWindow(x, name, kernel, padding);
        var weight = Named(name + ".weight");
        WindowChecks.Parameter(name + ".weight", weight.shape, outputs, x.shape[1], kernel, kernel);
        if (bias) WindowChecks.Parameter(name + ".bias", Named(name + ".bias").shape, outputs);
        long rows = x.shape[0], entries = kernel * kernel;
        long height = ((x.shape[2] + (2 * padding) - kernel) / stride) + 1, width = ((x.shape[3] + (2 * padding) - kernel) / stride) + 1;
        ExpectMaps(offsets, name, rows, 2 * entries, height, width);
        ExpectMaps(masks, name, rows, entries, height, width);
        if (rows == 0) return torch.zeros([0, outputs, height, width], dtype: ScalarType.Float32, device: x.device);
        x = Full(x);
        var grid = WindowPlaces(offsets, x.shape, [entries, height, width], kernel, stride, padding);
        var pixels = F.grid_sample(x, grid, GridSampleMode.Bilinear, GridSamplePaddingMode.Zeros, align_corners: false)
            .mul(masks.reshape(rows, 1, entries * height, width));
        var result = torch.matmul(weight.reshape(outputs, x.shape[1] * entries), pixels.reshape(rows, x.shape[1] * entries, height * width));
        if (bias) result = Scalars.Add(result, Named(name + ".bias").unsqueeze(-1));
        return result.reshape(rows, outputs, height, width);
    }

    public Tensor GroupNorm(Tensor x, string name, int groups, float epsilon, bool decayed)
    {
        ExpectImage(x, name);
        WindowChecks.Groups(name, x.shape[1], groups);
        Tensor gain = Named(name + ".weight"), shift = Named(name + ".bias");
        WindowChecks.Parameter(name + ".weight", gain.shape, x.shape[1]);
        WindowChecks.Parameter(name + ".bias", shift.shape, x.shape[1]);
        return F.group_norm(Full(x), groups, gain, shift, epsilon);
    }

    // Of the squares' middles there are as many fewer as a square has places; one near the border is cut off there.
    public Tensor DropBlocks(Tensor x, double probability, int size)
    {
        WindowChecks.Odd(nameof(DropBlocks), nameof(size), size);
        if (!Training || probability == 0) return x;
        ExpectImage(x, nameof(DropBlocks));
        var middles = Dropout(torch.ones([x.shape[0], 1, x.shape[2], x.shape[3]], device: x.device), probability / (size * size));
        var kept = Affine(F.max_pool2d(Affine(Above(middles, 0), -1, 1), size, 1, size / 2), -1, 1);
        return x.mul(kept).div(Scalars.With(1.0 / kept.numel(), one => kept.mean().clamp_min(one)));
    }

    public Tensor ReshapeLike(Tensor x, Tensor other) => Count(x.shape) == Count(other.shape)
        ? x.reshape(other.shape)
        : throw new ArgumentException($"{nameof(ReshapeLike)} of {Describe(x)} and {Describe(other)}: the numbers of elements differ.", nameof(x));

    public Tensor TakeMaps(Tensor x, int channels, Tensor other)
    {
        WindowChecks.Positive(nameof(TakeMaps), nameof(channels), channels);
        ExpectImage(other, nameof(TakeMaps));
        var count = channels * other.shape[2] * other.shape[3];
        var found = x.dim() > 0 ? Count(x.shape[1..]) : 0;
        if (x.dim() < 2 || found < count)
            throw new ArgumentException($"{nameof(TakeMaps)} of {count} numbers a row from a tensor of shape {Describe(x)}.", nameof(x));
        return x.reshape(x.shape[0], found).slice(1, 0, count, 1).reshape(x.shape[0], channels, other.shape[2], other.shape[3]);
    }

    /// <summary>Where windows read, as grid_sample counts: from -1 to 1 across the image, a pixel's middle being its place.</summary>
    private Tensor WindowPlaces(Tensor offsets, long[] image, long[] windows, int kernel, int stride, int padding)
    {
        var (entries, height, width) = (windows[0], windows[1], windows[2]);
        float[] Steps(long count) => [.. Enumerable.Range(0, (int)count).Select(i => (float)(i * stride) - padding)];
        float[] Entries(Func<int, int> part) => [.. Enumerable.Range(0, (int)entries).Select(i => (float)part(i))];
        var down = Scalars.Add(Constant(Steps(height), height, 1), Constant(Entries(i => i / kernel), entries, 1, 1));
        var across = Scalars.Add(Constant(Steps(width), 1, width), Constant(Entries(i => i % kernel), entries, 1, 1));
        var moved = offsets.reshape(offsets.shape[0], entries, 2, height, width);
        Tensor Place(int axis, Tensor start, long size) => Affine(Scalars.Add(moved.select(2, axis), start), 2f / size, (1f / size) - 1);
        return torch.stack([Place(1, across, image[3]), Place(0, down, image[2])], -1)
            .reshape(offsets.shape[0], entries * height, width, 2);
    }

    private static void ExpectMaps(Tensor maps, string name, params long[] expected)
    {
        if (!maps.shape.SequenceEqual(expected))
            throw new ArgumentException($"'{name}' reads maps {Describe(maps)}; expected [{string.Join(", ", expected)}].", nameof(maps));
    }
}
