using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Optimization;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Objectives;

/// <summary>What is truly in an image, and which words of its text say so.</summary>
/// <param name="Boxes">x1, y1, x2, y2 of each object in pixels of the resized image; the far corners are pixels of it.</param>
/// <param name="Words">1 for a token of the text that tells of the object, 0 for another, row after row.</param>
internal sealed record GroundedObjects(float[] Boxes, float[] Words);

/// <summary>What the anchors of an image are asked.</summary>
/// <param name="Truth">The number of each anchor's object, -1 for none.</param>
/// <param name="Found">The anchors that have one.</param>
/// <param name="Deltas">Their objects' boxes relative to them, [found, 4].</param>
/// <param name="Words">The tokens that each anchor is asked for, [anchors, tokens]; of one without an object the last, which is mostly padding.</param>
internal sealed record AnchorWords(int[] Truth, int[] Found, Tensor Deltas, Tensor Words);

/// <summary>The losses of FIBER's detector (ATSSLossComputation), each a scalar to be summed.</summary>
/// <param name="engine">The engine with the detector's parameters.</param>
/// <param name="config">The detector.</param>
internal sealed class GroundingLosses(TorchEngine engine, FiberDetectorConfig config)
{
    /// <summary>How much boxes count beside the rest.</summary>
    private const double BoxWeight = 2;

    private readonly FiberDetections _detections = new(config);
    private readonly GroundingObjective _objective = new(engine);

    /// <summary>The losses of a batch under the reference's names.</summary>
    /// <param name="levels">What the head says.</param>
    /// <param name="textMask">1 for a token, 0 for padding, floats [images, tokens].</param>
    /// <param name="truth">What is in each image.</param>
    public IReadOnlyDictionary<string, Tensor> Of(IReadOnlyList<LevelScores<Tensor>> levels, Tensor textMask, IReadOnlyList<GroundedObjects> truth)
    {
        var tokens = textMask.shape[1];
        var anchors = Anchors(levels);
        var asked = truth.Select(objects => Targets(anchors, objects, tokens)).ToList();
        var places = anchors.Boxes.shape[0];
        int[] found = [.. asked.SelectMany((image, i) => image.Found.Select(anchor => checked((int)(i * places) + anchor)))];
        var count = Math.Max(1, found.Length);

        var words = torch.cat([.. levels.Select(level => level.Words)], 1);
        var alike = _objective.Focal(words, torch.stack([.. asked.Select(image => image.Words)]), textMask.unsqueeze(1));
        var deltas = Flat(levels.Select(level => level.Deltas), 4).index_select(0, Places(found));
        var central = Flat(levels.Select(level => level.Centerness), 1).index_select(0, Places(found));
        if (found.Length == 0)
        {
            return Losses(Scalars.With(1.0 / count, alike.mul), Scalars.With(0, deltas.sum().mul), Scalars.With(0, central.sum().mul));
        }

        var own = anchors.Boxes.index_select(0, Places([.. asked.SelectMany(image => image.Found)]));
        var wanted = Decode(torch.cat([.. asked.Select(image => image.Deltas)]), own);
        var shares = _objective.Centerness(own, wanted);
        var loss = _objective.BoxLoss(Decode(deltas, own), wanted);
        var sum = shares.sum().ToDouble();
        var boxes = sum > 0 ? Scalars.With(BoxWeight / sum, loss.mul(shares).sum().mul) : Scalars.With(BoxWeight, loss.sum().mul);
        var centers = F.binary_cross_entropy_with_logits(central, shares, reduction: nn.Reduction.Sum);
        return Losses(Scalars.With(1.0 / count, alike.mul), boxes, Scalars.With(1.0 / count, centers.mul));

        static IReadOnlyDictionary<string, Tensor> Losses(Tensor words, Tensor boxes, Tensor centers) => new Dictionary<string, Tensor>
        {
            ["loss_dot_product_token"] = words,
            ["loss_reg"] = boxes,
            ["loss_centerness"] = centers,
        };
    }

    /// <summary>The anchors of all levels, [places, 4], and how many each level has.</summary>
    public (Tensor Boxes, IReadOnlyList<int> Levels) Anchors(IReadOnlyList<LevelScores<Tensor>> levels)
    {
        List<Tensor> all = [.. levels.Select((level, number) => _detections.Anchors(engine, number, level.Deltas))];
        return (torch.cat([.. all]), [.. all.Select(anchors => checked((int)anchors.shape[0]))]);
    }

    /// <summary>What the anchors of an image are asked.</summary>
    /// <param name="anchors">All of them.</param>
    /// <param name="truth">What is there.</param>
    /// <param name="tokens">How many tokens texts have.</param>
    public AnchorWords Targets((Tensor Boxes, IReadOnlyList<int> Levels) anchors, GroundedObjects truth, long tokens)
    {
        var boxes = DetectionObjective.Numbers(anchors.Boxes);
        if (truth.Words.Length != truth.Boxes.Length / 4 * tokens)
        {
            throw new ArgumentException(
                $"{truth.Boxes.Length / 4} objects come with {truth.Words.Length} marks of words; {tokens} are expected of each.", nameof(truth));
        }

        var assigned = new AnchorAssignment(config.NearestAnchors).Assign(boxes, anchors.Levels, truth.Boxes);
        int[] found = [.. Enumerable.Range(0, assigned.Length).Where(anchor => assigned[anchor] >= 0)];
        float[] wanted = [.. found.SelectMany(anchor => truth.Boxes.AsSpan(4 * assigned[anchor], 4).ToArray())];
        var deltas = FiberDetections.Coder.Encode(
            engine, anchors.Boxes.index_select(0, Places(found)), engine.Constant(wanted, found.Length, 4));

        var words = new float[assigned.Length * tokens];
        for (var anchor = 0; anchor < assigned.Length; anchor++)
        {
            var row = words.AsSpan(checked((int)(anchor * tokens)), checked((int)tokens));
            if (assigned[anchor] < 0) row[^1] = 1;
            else truth.Words.AsSpan(checked((int)(assigned[anchor] * tokens)), row.Length).CopyTo(row);
        }

        return new(assigned, found, deltas, engine.Constant(words, assigned.Length, tokens));
    }

    private Tensor Decode(Tensor deltas, Tensor anchors) => engine.Squeeze(FiberDetections.Coder.Decode(engine, deltas, anchors), 1);

    /// <summary>A number or four of each place of all levels, image after image, [images × places, numbers].</summary>
    private static Tensor Flat(IEnumerable<Tensor> maps, int numbers) => torch.cat(
        [.. maps.Select(map => map.permute(0, 2, 3, 1).reshape(map.shape[0], map.shape[2] * map.shape[3], numbers))], 1).reshape(-1, numbers);

    private Tensor Places(int[] places) => torch.tensor(places, dtype: ScalarType.Int32, device: engine.Device);
}
