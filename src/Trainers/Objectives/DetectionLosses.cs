using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Objectives;

/// <summary>
/// A whole Faster R-CNN while it learns: the very description that finds regions, and the losses of both stages (detectron2's GeneralizedRCNN;
/// attributes as py-bottom-up-attention has them).
/// </summary>
/// <param name="engine">The engine with the detector's parameters.</param>
/// <param name="config">The detector; its numbers of proposals are those of training (detectron2: 12,000 looked at, 2,000 kept).</param>
/// <param name="targets">What it is asked.</param>
/// <param name="random">Draws which anchors and proposals are asked for.</param>
internal sealed class DetectionLosses(TorchEngine engine, FasterRcnnConfig config, DetectionTargets targets, Random random)
{
    /// <summary>How much the attributes count beside the rest.</summary>
    public double AttributeWeight { get; init; } = 0.5;

    /// <summary>The losses of a batch under detectron2's names, each a scalar to be summed.</summary>
    /// <param name="images">[images, 3, height, width], normalised and padded.</param>
    /// <param name="sizes">Each image's own height and width.</param>
    /// <param name="truth">What is in each.</param>
    public IReadOnlyDictionary<string, Tensor> Of(
        Tensor images, IReadOnlyList<(int Height, int Width)> sizes, IReadOnlyList<TrueObjects> truth) => Measure(images, sizes, truth).Losses;

    /// <summary>As <see cref="Of"/>, and the share of the sampled objects whose class is right, 1 without any; a scalar.</summary>
    public (IReadOnlyDictionary<string, Tensor> Losses, Tensor Right) Measure(
        Tensor images, IReadOnlyList<(int Height, int Width)> sizes, IReadOnlyList<TrueObjects> truth)
    {
        if (images.dim() != 4 || images.shape[0] != sizes.Count || sizes.Count != truth.Count)
        {
            throw new ArgumentException(
                $"Images [{string.Join(", ", images.shape)}] come with {sizes.Count} sizes and the objects of {truth.Count}.", nameof(images));
        }

        var map = FasterRcnnBackbone.Map(engine, config, images);
        var anchors = RegionProposals.Score(engine, config, map);
        var (proposalCoder, regionCoder) = (new BoxCoder(config.ProposalBoxWeights), new BoxCoder(config.BoxWeights));
        var asked = truth.Select((objects, i) => targets.Anchors(
            engine, proposalCoder, anchors.Anchors, objects, sizes[i], Draw(checked((int)anchors.Anchors.shape[0])))).ToList();
        var (proposalClass, proposalBox) = DetectionObjective.Proposals(
            anchors.Logits, anchors.Deltas, [.. asked.Select(image => image.Asked)], [.. asked.Select(image => image.Deltas)],
            targets.AnchorSampling.Count);

        var regions = truth.Select((objects, i) => Regions(anchors, i, sizes[i], objects, regionCoder)).ToList();
        float[] boxes = [.. regions.SelectMany((image, i) => image.Sampled.SelectMany(
            box => image.Boxes.Skip(4 * box).Take(4).Prepend(i)))];
        var scores = RegionHeads.Score(engine, config, map, engine.Constant(boxes, boxes.Length / 5, 5));
        var (classes, moved, attributes) = DetectionObjective.Regions(
            scores.Logits, scores.Deltas, scores.AttributeLogits, [.. regions.SelectMany(image => image.Classes)],
            [.. regions.SelectMany(image => image.Attributes)], torch.cat([.. regions.Select(image => image.Deltas)]));
        var losses = new Dictionary<string, Tensor>
        {
            ["loss_rpn_cls"] = proposalClass,
            ["loss_rpn_loc"] = proposalBox,
            ["loss_cls"] = classes,
            ["loss_box_reg"] = moved,
            ["loss_attr"] = Scalars.With(AttributeWeight, attributes.mul),
        };
        return (losses, DetectionObjective.Right(scores.Logits, [.. regions.SelectMany(image => image.Classes)]));
    }

    private RegionTargets Regions(
        AnchorScores<Tensor> anchors, int image, (int Height, int Width) size, TrueObjects truth, BoxCoder coder)
    {
        using var gradients = no_grad();
        var (boxes, _) = RegionProposals.Propose(engine, config, anchors, image, engine.Constant([size.Height, (float)size.Width], 2));
        var proposals = DetectionObjective.Numbers(boxes);
        return targets.Regions(engine, coder, proposals, truth, config.Classes, Draw((proposals.Length + truth.Boxes.Length) / 4));
    }

    private float[] Draw(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle())];
}
