using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Bench;

/// <summary>
/// Bottom-up attention's Faster R-CNN as a plain TorchSharp program, without anything of this library: what PyTorch runs eagerly. Suppression
/// is TorchVision's; RoI pooling, which it lacks, is adaptive pooling of each box's part of the map.
/// </summary>
/// <param name="config">Sizes.</param>
/// <param name="weights">The checkpoint's parameters by name.</param>
internal sealed class EagerFasterRcnn(FasterRcnnConfig config, IReadOnlyDictionary<string, Tensor> weights)
{
    private const int Stride = FasterRcnnConfig.Stride;

    private static readonly double MostGrowth = Math.Log(1000.0 / 16);

    /// <summary>The boxes of an image's regions, in its resized pixels, and their features.</summary>
    /// <param name="image">[1, 3, height, width], resized and normalised.</param>
    public (Tensor Boxes, Tensor Features) Run(Tensor image)
    {
        var (logits, deltas, map) = Map(image);
        var (proposals, cells) = Pool(logits, deltas, map, image.shape[2], image.shape[3]);
        var features = Stage(cells, "roi_heads.res5", 3).mean([2, 3]);
        const string Heads = "roi_heads.box_predictor.";
        var scores = Linear(features, Heads + "cls_score");
        var known = weights[Heads + "cls_embedding.weight"].index_select(0, scores.argmax(1));
        var attributes = Linear(F.relu(Linear(cat([features, known], 1), Heads + "fc_attr")), Heads + "attr_score");
        attributes.softmax(1).max(1);
        var (sure, classes) = scores.softmax(1).slice(1, 0, config.Classes, 1).max(1);
        var moved = Linear(features, Heads + "bbox_pred").view(proposals.shape[0], -1, 4);
        moved = moved.gather(1, classes.view(-1, 1, 1).expand(-1, 1, 4)).squeeze(1);
        var boxes = Clip(Decode(moved, proposals, config.BoxWeights), image.shape[2], image.shape[3]);
        Tensor? chosen = null;
        foreach (var overlap in config.RegionOverlaps)
        {
            var kept = torchvision.ops.nms(boxes, sure, overlap);
            chosen = kept.slice(0, 0, Math.Min(config.MaxRegions, kept.shape[0]), 1);
            if (kept.shape[0] >= config.MinRegions) break;
        }

        return (boxes.index_select(0, chosen!), features.index_select(0, chosen!));
    }

    /// <summary>The map, and what the proposal network says of it.</summary>
    public (Tensor Logits, Tensor Deltas, Tensor Map) Map(Tensor image)
    {
        var x = F.relu(Convolve(image, "backbone.stem.conv1", 2));
        x = F.max_pool2d(x, 3, 2, ceil_mode: true);
        for (var stage = 0; stage < 3; stage++) x = Stage(x, $"backbone.res{stage + 2}", stage);
        const string Head = "proposal_generator.rpn_head.";
        var hidden = F.relu(F.conv2d(x, weights[Head + "conv.weight"], weights[Head + "conv.bias"], padding: [1, 1]));
        return (Out("objectness_logits"), Out("anchor_deltas"), x);

        Tensor Out(string name) => F.conv2d(hidden, weights[$"{Head}{name}.weight"], weights[$"{Head}{name}.bias"]);
    }

    /// <summary>Proposals, and the cells of the map that are theirs.</summary>
    public (Tensor Boxes, Tensor Cells) Pool(Tensor logits, Tensor deltas, Tensor map, long height, long width)
    {
        var x = arange(0, map.shape[3], ScalarType.Float32) * Stride;
        var y = arange(0, map.shape[2], ScalarType.Float32) * Stride;
        var places = meshgrid([y, x], "ij");
        var shifts = stack([places[1], places[0], places[1], places[0]], -1).view(-1, 1, 4);
        var anchors = (shifts + weights["proposal_generator.anchor_generator.cell_anchors.0"]).view(-1, 4);
        var boxes = Decode(deltas.permute(0, 2, 3, 1).reshape(-1, 4), anchors, config.ProposalBoxWeights);
        var sure = logits.permute(0, 2, 3, 1).reshape(-1);
        var best = sure.topk(checked((int)Math.Min(config.ProposalsLookedAt, sure.shape[0])));
        boxes = Clip(boxes.index_select(0, best.indexes), height, width);
        var large = ((boxes.select(1, 2) - boxes.select(1, 0) > 0) & (boxes.select(1, 3) - boxes.select(1, 1) > 0)).nonzero().view(-1);
        boxes = boxes.index_select(0, large);
        var kept = torchvision.ops.nms(boxes, best.values.index_select(0, large), config.ProposalOverlap);
        boxes = boxes.index_select(0, kept.slice(0, 0, Math.Min(config.Proposals, kept.shape[0]), 1));
        return (boxes, Cells(map, boxes));
    }

    /// <summary>The map is what an activation gave, so zeros beyond its border change no largest value.</summary>
    private Tensor Cells(Tensor map, Tensor boxes)
    {
        var padded = F.pad(map, [0, 1, 0, 1]);
        var corners = (boxes / Stride + 0.5).floor().to(ScalarType.Int64).data<long>().ToArray();
        var cells = new List<Tensor>();
        for (var i = 0; i < corners.Length; i += 4)
        {
            var part = padded.slice(2, corners[i + 1], Math.Max(corners[i + 3], corners[i + 1]) + 1, 1);
            part = part.slice(3, corners[i], Math.Max(corners[i + 2], corners[i]) + 1, 1);
            cells.Add(F.adaptive_max_pool2d(part, [config.PoolSize, config.PoolSize]));
        }

        return cat(cells, 0);
    }

    private static Tensor Decode(Tensor deltas, Tensor boxes, IReadOnlyList<float> weights)
    {
        var (width, height) = (boxes.select(1, 2) - boxes.select(1, 0), boxes.select(1, 3) - boxes.select(1, 1));
        var (x, y) = (boxes.select(1, 0) + width * 0.5, boxes.select(1, 1) + height * 0.5);
        (x, y) = (deltas.select(1, 0) / weights[0] * width + x, deltas.select(1, 1) / weights[1] * height + y);
        width = (deltas.select(1, 2) / weights[2]).clamp_max(MostGrowth).exp() * width;
        height = (deltas.select(1, 3) / weights[3]).clamp_max(MostGrowth).exp() * height;
        return stack([x - width * 0.5, y - height * 0.5, x + width * 0.5, y + height * 0.5], 1);
    }

    private static Tensor Clip(Tensor boxes, long height, long width) => stack(
        [
            boxes.select(1, 0).clamp(0, width), boxes.select(1, 1).clamp(0, height),
            boxes.select(1, 2).clamp(0, width), boxes.select(1, 3).clamp(0, height),
        ],
        1);

    private Tensor Stage(Tensor x, string name, int index)
    {
        for (var block = 0; block < config.Blocks[index]; block++)
        {
            var (own, stride) = ($"{name}.{block}", block == 0 && index is (1 or 2) ? 2 : 1);
            var kept = block == 0 ? Convolve(x, own + ".shortcut", stride) : x;
            var inner = F.relu(Convolve(x, own + ".conv1", stride));
            inner = F.relu(Convolve(inner, own + ".conv2", 1, index == 3 ? 2 : 1));
            x = F.relu(Convolve(inner, own + ".conv3", 1) + kept);
        }

        return x;
    }

    private Tensor Convolve(Tensor x, string name, long stride, long dilation = 1)
    {
        var weight = weights[name + ".weight"];
        var padding = weight.shape[2] / 2 * dilation;
        x = F.conv2d(x, weight, strides: [stride, stride], padding: [padding, padding], dilation: [dilation, dilation]);
        return F.batch_norm(
            x, weights[name + ".norm.running_mean"], weights[name + ".norm.running_var"], weights[name + ".norm.weight"], weights[name + ".norm.bias"]);
    }

    private Tensor Linear(Tensor x, string name) => F.linear(x, weights[name + ".weight"], weights[name + ".bias"]);
}
