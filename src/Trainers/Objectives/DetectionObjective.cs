using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Objectives;

/// <summary>The losses of a detector's two stages as detectron2 has them (proposal_generator/rpn.py, roi_heads/fast_rcnn.py).</summary>
internal static class DetectionObjective
{
    /// <summary>What a proposal network should say of an image's anchors: 1 an object, 0 none, -1 nothing asked.</summary>
    /// <param name="labels">Before the draw.</param>
    /// <param name="sampling">How many are asked.</param>
    /// <param name="draw">A number for each anchor; small ones are drawn first.</param>
    public static long[] Sample(long[] labels, BoxSampling sampling, IReadOnlyList<float> draw)
    {
        var (found, others) = sampling.Draw([.. labels.Select(label => label < 0 ? (bool?)null : label > 0)], draw);
        var asked = new long[labels.Length];
        Array.Fill(asked, -1);
        foreach (var anchor in found) asked[anchor] = 1;
        foreach (var anchor in others) asked[anchor] = 0;
        return asked;
    }

    /// <summary>Leaves out anchors that reach beyond the image by <paramref name="allowed"/> pixels or more; negative leaves out none.</summary>
    public static void IgnoreOutside(long[] labels, ReadOnlySpan<float> anchors, float height, float width, float allowed)
    {
        if (allowed < 0) return;
        for (var i = 0; i < labels.Length; i++)
        {
            var box = anchors.Slice(4 * i, 4);
            if (box[0] < -allowed || box[1] < -allowed || box[2] >= width + allowed || box[3] >= height + allowed) labels[i] = -1;
        }
    }

    /// <summary>
    /// The losses of a proposal network: binary cross entropy of the anchors asked, and smooth L1 of the deltas of the found ones, each summed
    /// and divided by how many could be asked of all images.
    /// </summary>
    /// <param name="logits">[images, anchors].</param>
    /// <param name="deltas">[images, anchors, 4].</param>
    /// <param name="labels">Of each image's anchors: 1, 0, or -1 for nothing asked.</param>
    /// <param name="wanted">The deltas of each image's found anchors, in their order, [found, 4].</param>
    /// <param name="count">How many anchors of an image could be asked.</param>
    /// <param name="turn">See <see cref="SmoothL1"/>.</param>
    public static (Tensor Class, Tensor Box) Proposals(
        Tensor logits, Tensor deltas, IReadOnlyList<long[]> labels, IReadOnlyList<Tensor> wanted, int count, double turn = 0)
    {
        long anchors = logits.shape[1];
        long[] all = [.. labels.SelectMany(label => label)];
        if (all.Length != logits.numel())
            throw new ArgumentException($"There are {all.Length} labels for logits [{string.Join(", ", logits.shape)}].", nameof(labels));
        int[] asked = [.. Enumerable.Range(0, all.Length).Where(i => all[i] >= 0)];
        float[] values = [.. asked.Select(i => (float)all[i])];
        var targets = torch.tensor(values, dtype: ScalarType.Float32, device: logits.device);
        var known = Rows(logits.reshape(-1), asked);
        var classes = F.binary_cross_entropy_with_logits(known, targets, reduction: nn.Reduction.Sum);
        var moved = Rows(deltas.reshape(logits.shape[0] * anchors, 4), asked.Where(i => all[i] == 1));
        var boxes = SmoothL1.Sum(moved, torch.cat([.. wanted]), turn);
        var share = 1.0 / ((double)count * labels.Count);
        return (Scalars.With(share, classes.mul), Scalars.With(share, boxes.mul));
    }

    /// <summary>The losses of the heads over sampled regions.</summary>
    /// <param name="logits">[regions, classes + 1], the background last.</param>
    /// <param name="deltas">[regions, classes × 4].</param>
    /// <param name="attributeLogits">[regions, attributes + 1].</param>
    /// <param name="classes">The true class of each region; the number of classes for the background.</param>
    /// <param name="attributes">The true attribute of each region; negative for none, and not read of the background.</param>
    /// <param name="wanted">The true deltas of each region that is no background, in their order, [found, 4].</param>
    /// <param name="turn">See <see cref="SmoothL1"/>.</param>
    /// <returns>
    /// Cross entropy of classes, a mean; smooth L1 of the true class's deltas, summed over found regions and divided by all; cross entropy of
    /// attributes, a mean over the regions that have one, 0 without any.
    /// </returns>
    public static (Tensor Class, Tensor Box, Tensor Attribute) Regions(
        Tensor logits, Tensor deltas, Tensor attributeLogits, IReadOnlyList<long> classes, IReadOnlyList<long> attributes, Tensor wanted,
        double turn = 0)
    {
        var background = logits.shape[1] - 1;
        if (classes.Count != logits.shape[0])
            throw new ArgumentException($"There are {classes.Count} classes for logits [{string.Join(", ", logits.shape)}].", nameof(classes));
        int[] found = [.. Enumerable.Range(0, classes.Count).Where(i => classes[i] != background)];
        var targets = Numbers(classes, logits.device);
        var byClass = deltas.reshape(deltas.shape[0] * background, 4);
        var moved = Rows(byClass, found.Select(i => checked((int)(i * background + classes[i]))));
        var share = 1.0 / Math.Max(1, classes.Count);

        int[] described = [.. found.Where(i => attributes[i] >= 0)];
        var known = Rows(attributeLogits, described);
        var attribute = described.Length == 0
            ? Scalars.With(0, attributeLogits.sum().mul)
            : F.cross_entropy(known, Numbers(described.Select(i => attributes[i]), logits.device));
        return (
            F.cross_entropy(logits, targets), Scalars.With(share, SmoothL1.Sum(moved, wanted, turn).mul), attribute);
    }

    /// <summary>The share of regions that are objects whose most probable class is the true one; 1 without objects.</summary>
    /// <param name="logits">[regions, classes + 1], the background last.</param>
    /// <param name="classes">The true class of each region; the number of classes for the background.</param>
    public static Tensor Right(Tensor logits, IReadOnlyList<long> classes)
    {
        var background = logits.shape[1] - 1;
        int[] found = [.. Enumerable.Range(0, classes.Count).Where(i => classes[i] != background)];
        if (found.Length == 0) return torch.ones(1, device: logits.device).squeeze();
        var best = Rows(logits.detach(), found).argmax(1);
        return best.eq(Numbers(found.Select(i => classes[i]), logits.device)).to_type(ScalarType.Float32).mean();
    }

    /// <summary>The numbers of a tensor.</summary>
    public static float[] Numbers(Tensor x)
    {
        if (x.numel() == 0) return [];
        using var values = x.detach().to_type(ScalarType.Float32).cpu().contiguous();
        return values.data<float>().ToArray();
    }

    private static Tensor Numbers(IEnumerable<long> values, Device device)
    {
        long[] numbers = [.. values];
        return torch.tensor(numbers, dtype: ScalarType.Int64, device: device);
    }

    /// <summary>Some rows of a tensor.</summary>
    internal static Tensor Rows(Tensor x, IEnumerable<int> rows)
    {
        int[] places = [.. rows];
        return x.index_select(0, torch.tensor(places, dtype: ScalarType.Int32, device: x.device));
    }
}
