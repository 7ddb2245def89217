using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Engine;

// Operations on images.
internal sealed partial class TorchEngine : IImageEngine<Tensor>
{
    public Tensor Conv2D(Tensor x, string name, int outputs, int kernel, int stride, int padding, int dilation, int groups, bool bias)
    {
        WindowChecks.Convolution(name, outputs, kernel, stride, padding, dilation, groups);
        var weight = Named(name + ".weight");
        ExpectWindow(x, name, (dilation * (kernel - 1L)) + 1, padding);
        WindowChecks.Parameter(name + ".weight", weight.shape, outputs, x.shape[1] / groups, kernel, kernel);
        if (x.shape[1] % groups != 0)
        {
            throw new ArgumentException($"'{name}': {x.shape[1]} channels do not divide into {groups} groups.", nameof(groups));
        }
        if (bias) WindowChecks.Parameter(name + ".bias", Named(name + ".bias").shape, outputs);
        return F.conv2d(
            Full(x),
            weight,
            bias ? Named(name + ".bias") : null,
            [stride, stride],
            [padding, padding],
            [dilation, dilation],
            groups);
    }

    public Tensor BatchNorm(Tensor x, string name, float epsilon)
    {
        ExpectImage(x, name);
        Tensor Channels(string which)
        {
            WindowChecks.Parameter($"{name}.{which}", Named($"{name}.{which}").shape, x.shape[1]);
            return Named($"{name}.{which}");
        }

        if (_measured?.Contains(name) == true) MeasureNorm(x, name);
        return F.batch_norm(
            Full(x), Channels("running_mean").detach(), Channels("running_var").detach(), Channels("weight"), Channels("bias"), eps: epsilon);
    }

    private HashSet<string>? _measured;

    /// <summary>
    /// Has normalisations that are fresh take their statistics from what they are given before they use it, layer after layer, so that fresh weights
    /// start with numbers of a usual size.
    /// </summary>
    /// <param name="parameters">The parameters.</param>
    /// <param name="fresh">The names of those that are fresh; nothing is run where there is no normalisation among them.</param>
    /// <param name="run">A forward pass.</param>
    public static void MeasureNorms(ModelParameters parameters, IEnumerable<string> fresh, Action<TorchEngine> run)
    {
        var means = fresh.Where(name => name.EndsWith(Mean, StringComparison.Ordinal)).Select(name => name[..^Mean.Length]);
        var engine = new TorchEngine(parameters) { _measured = [.. means] };
        if (engine._measured.Count == 0) return;
        using var scope = NewDisposeScope();
        using var gradients = no_grad();
        run(engine);
    }

    /// <summary>What <see cref="BatchNorm"/> adds to the name of a normalisation for its means.</summary>
    private const string Mean = ".running_mean";

    private void MeasureNorm(Tensor x, string name)
    {
        using var gradients = no_grad();
        x = Full(x);
        var mean = x.mean([0, 2, 3]);
        var variance = x.square().mean([0, 2, 3]).sub(mean.square());

        // A channel that is dead now must not shout when it wakes.
        var least = Scalars.With(LeastVariance, variance.mean().mul);
        Named(name + Mean).copy_(mean);
        Named(name + ".running_var").copy_(torch.maximum(variance, least));
    }

    /// <summary>The least variance of a channel, of the mean of all.</summary>
    private const double LeastVariance = 0.01;

    public Tensor MaxPool(Tensor x, int kernel, int stride, int padding, bool ceiling)
    {
        WindowChecks.Pooling(nameof(MaxPool), kernel, stride, padding);
        ExpectWindow(x, nameof(MaxPool), kernel, padding);
        return F.max_pool2d(x, kernel, stride, padding, ceil_mode: ceiling);
    }

    public Tensor AveragePool(Tensor x, int kernel, int stride, int padding)
    {
        WindowChecks.Pooling(nameof(AveragePool), kernel, stride, padding);
        ExpectWindow(x, nameof(AveragePool), kernel, padding);
        return F.avg_pool2d(x, kernel, stride, padding);
    }

    public Tensor GlobalAveragePool(Tensor x)
    {
        ExpectImage(x, nameof(GlobalAveragePool));
        return x.mean([2, 3], keepdim: true);
    }

    public Tensor Resize(Tensor x, int height, int width, Interpolation interpolation)
    {
        WindowChecks.Positive(nameof(Resize), nameof(height), height);
        WindowChecks.Positive(nameof(Resize), nameof(width), width);
        return Resize(x, (long)height, width, interpolation);
    }

    public Tensor ResizeLike(Tensor x, Tensor other, Interpolation interpolation)
    {
        ExpectImage(other, nameof(ResizeLike));
        return Resize(x, other.shape[2], other.shape[3], interpolation);
    }

    public Tensor Pad(Tensor x, float value, params int[] amounts)
    {
        WindowChecks.Padding(amounts);
        if (amounts.Length / 2 > x.dim())
        {
            throw new ArgumentException($"Pad of {Describe(x)} by {amounts.Length / 2} axes.", nameof(amounts));
        }
        return F.pad(x, [.. amounts.Select(amount => (long)amount)], value: value);
    }

    public Tensor PadToMultiple(Tensor x, int axis, int multiple)
    {
        WindowChecks.Positive(nameof(PadToMultiple), nameof(multiple), multiple);
        var position = Position(x, axis);
        var length = x.shape[position];
        var missing = (multiple - length % multiple) % multiple;
        var amounts = new long[2 * (x.dim() - position)];
        amounts[^1] = missing;
        return missing == 0 ? x : F.pad(x, amounts);
    }

    public Tensor Roll(Tensor x, params (int Axis, int Shift)[] shifts) => shifts.Length == 0
        ? x
        : x.roll([.. shifts.Select(shift => (long)shift.Shift)], [.. shifts.Select(shift => (long)Position(x, shift.Axis))]);

    public Tensor Gather(Tensor table, Tensor rows) => table[TensorIndex.Tensor(rows)];

    public Tensor SplitAxis(Tensor x, int axis, int inner)
    {
        WindowChecks.Positive(nameof(SplitAxis), nameof(inner), inner);
        var position = Position(x, axis);
        var length = x.shape[position];
        if (length % inner != 0)
        {
            throw new ArgumentException($"Axis {axis} of {Describe(x)} does not divide into parts of {inner}.", nameof(inner));
        }
        return x.reshape([.. x.shape[..position], length / inner, inner, .. x.shape[(position + 1)..]]);
    }

    public Tensor MergeAxes(Tensor x, int axis)
    {
        var position = Position(x, axis);
        if (position == x.dim() - 1)
        {
            throw new ArgumentOutOfRangeException(nameof(axis), axis, "There is no axis after the last to merge it with.");
        }
        return x.reshape([.. x.shape[..position], x.shape[position] * x.shape[position + 1], .. x.shape[(position + 2)..]]);
    }

    private static Tensor Resize(Tensor x, long height, long width, Interpolation interpolation)
    {
        ExpectImage(x, nameof(Resize));
        return interpolation switch
        {
            Interpolation.Nearest => F.interpolate(x, [height, width]),
            Interpolation.Bilinear => F.interpolate(x, [height, width], mode: InterpolationMode.Bilinear, align_corners: false),
            Interpolation.BilinearCorners => F.interpolate(x, [height, width], mode: InterpolationMode.Bilinear, align_corners: true),
            _ => throw new ArgumentOutOfRangeException(nameof(interpolation), interpolation, null),
        };
    }

    private static void ExpectImage(Tensor x, string operation)
    {
        if (x.dim() != 4 || x.shape[1..].Contains(0))
        {
            throw new ArgumentException(
                $"'{operation}' takes images [rows, channels, height, width] with pixels; found a tensor of shape {Describe(x)}.",
                nameof(x));
        }
    }

    private static void ExpectWindow(Tensor x, string operation, long reach, long padding)
    {
        ExpectImage(x, operation);
        if (Math.Min(x.shape[2], x.shape[3]) + (2 * padding) < reach)
        {
            throw new ArgumentException(
                $"'{operation}': a window of {reach} × {reach} pixels does not fit into {Describe(x)} with a padding of {padding}.",
                nameof(x));
        }
    }
}
