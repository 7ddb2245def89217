namespace MLNet.VisionLanguage.Engine;

// Operations on images.
internal sealed partial class ShapeEngine : IImageEngine<ShapeValue>
{
    public ShapeValue Conv2D(
        ShapeValue x, string name, int outputs, int kernel, int stride, int padding, int dilation, int groups, bool bias)
    {
        WindowChecks.Convolution(name, outputs, kernel, stride, padding, dilation, groups);
        var channels = Channels(x, name);
        if (channels % groups != 0)
        {
            throw new ArgumentException($"'{name}': {channels} channels do not divide into {groups} groups.", nameof(groups));
        }
        Use(name + ".weight", [outputs, channels / groups, kernel, kernel], ParameterRole.Weight, isDecayed: true);
        if (bias) Use(name + ".bias", [outputs], ParameterRole.Bias);
        return Windows(x, outputs, (dilation * (kernel - 1)) + 1, stride, padding);
    }

    public ShapeValue DeformConv2D(
        ShapeValue x, ShapeValue offsets, ShapeValue masks, string name, int outputs, int kernel, int stride, int padding, bool bias) =>
        Conv2D(x, name, outputs, kernel, stride, padding, 1, 1, bias);

    public ShapeValue GroupNorm(ShapeValue x, string name, int groups, float epsilon, bool decayed)
    {
        var channels = Channels(x, name);
        WindowChecks.Groups(name, channels, groups);
        Use(name + ".weight", [channels], ParameterRole.Gain, decayed, 1);
        Use(name + ".bias", [channels], ParameterRole.Bias);
        return x;
    }

    public ShapeValue ReshapeLike(ShapeValue x, ShapeValue other) => other;

    public ShapeValue TakeMaps(ShapeValue x, int channels, ShapeValue other) => new(x.Sizes[0], channels, other.Sizes[2], other.Sizes[3]);

    public ShapeValue BatchNorm(ShapeValue x, string name, float epsilon)
    {
        var channels = Channels(x, name);
        Use(name + ".weight", [channels], ParameterRole.Gain, start: 1);
        Use(name + ".bias", [channels], ParameterRole.Bias);
        Use(name + ".running_mean", [channels], ParameterRole.Buffer);
        Use(name + ".running_var", [channels], ParameterRole.Buffer, start: 1);
        return x;
    }

    public ShapeValue MaxPool(ShapeValue x, int kernel, int stride, int padding, bool ceiling)
    {
        WindowChecks.Pooling(nameof(MaxPool), kernel, stride, padding);
        return Windows(x, x.Sizes[1], kernel, stride, padding, ceiling);
    }

    public ShapeValue AveragePool(ShapeValue x, int kernel, int stride, int padding)
    {
        WindowChecks.Pooling(nameof(AveragePool), kernel, stride, padding);
        return Windows(x, x.Sizes[1], kernel, stride, padding);
    }

    public ShapeValue GlobalAveragePool(ShapeValue x) => new(x.Sizes[0], x.Sizes[1], 1, 1);

    public ShapeValue Resize(ShapeValue x, int height, int width, Interpolation interpolation) =>
        new(x.Sizes[0], x.Sizes[1], height, width);

    public ShapeValue ResizeLike(ShapeValue x, ShapeValue other, Interpolation interpolation) =>
        new(x.Sizes[0], x.Sizes[1], other.Sizes[2], other.Sizes[3]);

    public ShapeValue Pad(ShapeValue x, float value, params int[] amounts)
    {
        WindowChecks.Padding(amounts);
        for (var i = 0; i < amounts.Length; i += 2)
        {
            var axis = -1 - (i / 2);
            x = Replace(x, axis, x.Sizes[At(x, axis)] + amounts[i] + amounts[i + 1]);
        }

        return x;
    }

    public ShapeValue DropBlocks(ShapeValue x, double probability, int size)
    {
        WindowChecks.Odd(nameof(DropBlocks), nameof(size), size);
        return x;
    }

    public ShapeValue PadToMultiple(ShapeValue x, int axis, int multiple) =>
        Replace(x, axis, (x.Sizes[At(x, axis)] + multiple - 1) / multiple * multiple);

    public ShapeValue Roll(ShapeValue x, params (int Axis, int Shift)[] shifts) => x;

    public ShapeValue Gather(ShapeValue table, ShapeValue rows) => new([.. rows.Sizes, .. table.Sizes.Skip(1)]);

    public ShapeValue SplitAxis(ShapeValue x, int axis, int inner)
    {
        WindowChecks.Positive(nameof(SplitAxis), nameof(inner), inner);
        var position = At(x, axis);
        return new([.. x.Sizes.Take(position), x.Sizes[position] / inner, inner, .. x.Sizes.Skip(position + 1)]);
    }

    public ShapeValue MergeAxes(ShapeValue x, int axis)
    {
        var position = At(x, axis);
        return new([.. x.Sizes.Take(position), x.Sizes[position] * x.Sizes[position + 1], .. x.Sizes.Skip(position + 2)]);
    }

    private static ShapeValue Windows(ShapeValue x, long? channels, long reach, long stride, long padding, bool ceiling = false)
    {
        return new(x.Sizes[0], channels, Count(x.Sizes[2]), Count(x.Sizes[3]));

        long? Count(long? size)
        {
            var room = size + (2 * padding) - reach;
            if (!ceiling || room % stride == 0) return (room / stride) + 1;

            // The one window more must begin before the padding on the far side.
            var begin = ((room / stride) + 1) * stride;
            return begin < size + padding ? (room / stride) + 2 : (room / stride) + 1;
        }
    }

    private static long Channels(ShapeValue x, string name) => x.Rank == 4 && x.Sizes[1] is { } channels
        ? channels
        : throw new ArgumentException($"'{name}' takes images [rows, channels, height, width]; found {x}.", nameof(x));
}
