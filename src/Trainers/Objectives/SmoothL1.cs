using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Objectives;

/// <summary>The loss of box deltas (Fast R-CNN, Girshick 2015), summed.</summary>
internal static class SmoothL1
{
    /// <summary>A turn from a square to a line so near to 0 is none: the line alone.</summary>
    private const double LeastTurn = 1e-5;

    /// <param name="found">Any shape.</param>
    /// <param name="wanted">The same shape.</param>
    /// <param name="turn">The difference below which the loss is a square (fvcore's beta).</param>
    /// <returns>A scalar.</returns>
    public static Tensor Sum(Tensor found, Tensor wanted, double turn)
    {
        if (!found.shape.SequenceEqual(wanted.shape))
            throw new ArgumentException($"Deltas [{string.Join(", ", found.shape)}] are measured by [{string.Join(", ", wanted.shape)}].");
        var distance = found.sub(wanted).abs();
        if (turn < LeastTurn) return distance.sum();
        var square = Scalars.With(0.5 / turn, distance.square().mul);
        return torch.where(Scalars.With(turn, distance.lt), square, Scalars.With(turn / 2, half => distance.sub(half))).sum();
    }
}
