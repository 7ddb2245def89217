using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Engine;

/// <summary>
/// How what is new in a detector starts: convolutions by how many numbers they sum up, those that say places, boxes and weights so small that
/// at first every place says about the same (fine_grained/maskrcnn_benchmark/modeling/rpn/vldyhead.py).
/// </summary>
internal static class DetectorInitialization
{
    private const double Small = 0.01;

    /// <summary>Convolutions that tell something of a place.</summary>
    private static readonly string[] Telling = [".offset.weight", ".AttnConv.1.weight", "bbox_pred.weight", "centerness.weight", "cls_logits.weight"];

    /// <summary>Draws convolutions anew.</summary>
    /// <param name="parameters">Parameters that are drawn otherwise already.</param>
    /// <param name="fresh">The names of those that are from no checkpoint; the others stay.</param>
    /// <param name="seed">The same seed gives the same weights on every device.</param>
    /// <param name="opensGates">Whether the towers read each other from the beginning, as they should where neither has learnt anything.</param>
    public static void Draw(ModelParameters parameters, IEnumerable<string> fresh, long seed, bool opensGates)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed);
        using var gradients = no_grad();
        var names = fresh.ToHashSet(StringComparer.Ordinal);
        foreach (var spec in parameters.Specs.Where(spec => names.Contains(spec.Name)))
        {
            if (spec.Role == ParameterRole.Gate && opensGates) Scalars.With(1.0, parameters[spec.Name].fill_);
            if (spec.Shape.Count != 4) continue;
            var drawn = torch.zeros([.. spec.Shape], dtype: ScalarType.Float32);
            var inputs = spec.Shape.Skip(1).Aggregate(1.0, (product, size) => product * size);
            drawn.normal_(0, Telling.Any(end => spec.Name.EndsWith(end, StringComparison.Ordinal)) ? Small : Math.Sqrt(1 / inputs), generator);
            parameters[spec.Name].copy_(drawn);
        }
    }
}
