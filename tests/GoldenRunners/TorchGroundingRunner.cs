using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>fiber's detector: what it learns from, and its losses with their gradients.</summary>
internal sealed class TorchGroundingRunner : IGoldenRunner
{
    public string System => "fiber";

    public IReadOnlyCollection<string> Kinds => ["fg_atss_assign", "fg_full_train", "fg_giou", "fg_losses"];

    public string Engine => "torch";

    public void Run(GoldenCase c)
    {
        using var scope = NewDisposeScope();
        switch (c.Kind)
        {
            case "fg_atss_assign": CheckAssignment(c); break;
            case "fg_full_train": CheckTraining(c); break;
            case "fg_giou": CheckFormulas(c); break;
            default: CheckLosses(c); break;
        }
    }

    private static void CheckAssignment(GoldenCase c)
    {
        var engine = new TorchEngine(TorchGolden.Parameters(null));
        var losses = new GroundingLosses(engine, FiberDetectorGolden.Config(c));
        var anchors = losses.Anchors([.. Grids(c).Select(size => new LevelScores<Tensor>(
            zeros(1), zeros(1, 4, size.Height, size.Width), zeros(1)))]);
        var positives = 0;
        foreach (var (image, truth) in Truth(c).Index())
        {
            var tokens = c.Inputs["positive_map"].Shape[1];
            var asked = losses.Targets(anchors, truth, tokens);
            positives += asked.Found.Length;
            var labels = c.Inputs[$"labels_{image}"].ToInt64s();
            Equal(c, $"labels_{image}", [.. asked.Truth.Select(box => box < 0 ? 0 : labels[box])]);
            Equal(c, $"pos_index_{image}", [.. asked.Found.Select(anchor => (long)anchor)]);
            Close(c, $"token_labels_{image}", asked.Words);
            var own = anchors.Boxes.index_select(0, tensor(asked.Found));

            // What no anchor is asked is not computed here.
            var rows = c.Outputs[$"reg_targets_{image}"].ToSingles();
            float[] deltas = [.. asked.Found.SelectMany(anchor => rows.AsSpan(4 * anchor, 4).ToArray())];
            GoldenAssert.Close(deltas, TorchGolden.ToArray(asked.Deltas), c.Tolerance, $"{c}: reg_targets_{image}");
            var boxes = engine.Squeeze(FiberDetections.Coder.Decode(engine, asked.Deltas, own), 1);
            Close(c, $"centerness_targets_{image}", new GroundingObjective(engine).Centerness(own, boxes).squeeze(1));
            var all = TorchGolden.ToArray(anchors.Boxes);
            var overlaps = all.Chunk(4).SelectMany(anchor => truth.Boxes.Chunk(4).Select(box => BoxOverlap.Of(anchor, box)));
            GoldenAssert.Close(c, $"iou_{image}", [.. overlaps], c.Outputs[$"iou_{image}"].Shape);
        }

        GoldenAssert.Close(c.Scalars["num_pos"], positives, 0, c, "num_pos");
    }

    private static void CheckFormulas(GoldenCase c)
    {
        var engine = new TorchEngine(TorchGolden.Parameters(null));
        var objective = new GroundingObjective(engine);
        Tensor found = Leaf(c, "pred"), logits = Leaf(c, "token_logits"), anchors = TorchGolden.ToTensor(c.Inputs["anchors"]);
        Tensor Decode(Tensor deltas) => engine.Squeeze(FiberDetections.Coder.Decode(engine, deltas, anchors), 1);
        var rows = objective.BoxLoss(Decode(found), Decode(TorchGolden.ToTensor(c.Inputs["target"]))).squeeze(1);
        Close(c, "giou_loss_per_row", rows);
        var boxes = (rows * TorchGolden.ToTensor(c.Inputs["weight"])).sum();
        var mask = TorchGolden.ToTensor(c.Inputs["text_masks"]).to_type(ScalarType.Float32).unsqueeze(1);
        var words = objective.Focal(logits, TorchGolden.ToTensor(c.Inputs["token_labels"]), mask);
        var classes = TorchGolden.ToTensor(c.Inputs["class_logits"]);
        Scalar(c, "giou_loss_weighted", boxes);
        Scalar(c, "token_focal", words);
        Scalar(c, "class_focal", objective.Focal(classes, OneOf(TorchGolden.ToTensor(c.Inputs["class_labels"]), classes.shape[1])));
        (boxes + words).backward();
        Gradient(c, "pred", found);
        Gradient(c, "token_logits", logits);
    }

    private static void CheckLosses(GoldenCase c)
    {
        var engine = new TorchEngine(TorchGolden.Parameters(null));
        var config = FiberDetectorGolden.Config(c);
        var leaves = new Dictionary<string, Tensor>(StringComparer.Ordinal);
        var levels = FiberDetectorGolden.Levels(c, name => leaves[name] = Leaf(c, name));
        var losses = new GroundingLosses(engine, config);
        var mask = TorchGolden.ToTensor(c.Inputs["text_masks"]).to_type(ScalarType.Float32);
        var truth = Truth(c);
        var found = losses.Of(levels, mask, truth);
        foreach (var (name, loss) in found) Scalar(c, name, loss);
        found.Values.Aggregate((a, b) => a + b).backward();
        foreach (var name in c.Grads.Names) Gradient(c, name, leaves[name]);

        // The classifier's loss counts nothing in training.
        var anchors = losses.Anchors(levels);
        var asked = truth.Select(objects => losses.Targets(anchors, objects, mask.shape[1])).ToList();
        GoldenAssert.Equal(c.Outputs["num_pos"], [asked.Sum(image => image.Found.Length)], c.Outputs["num_pos"].Shape, c, "num_pos");
        var logits = cat([.. FiberDetectorGolden.Maps(c, "cls_logits", name => TorchGolden.ToTensor(c.Inputs[name])).Select(
            map => map.flatten(2).transpose(1, 2))], 1);
        var classes = asked.Select((image, i) => tensor(
            image.Truth.Select(box => box < 0 ? 0 : c.Inputs[$"labels_{i}"].ToInt64s()[box]).ToArray(), dtype: ScalarType.Int64));
        var sum = new GroundingObjective(engine).Focal(logits, OneOf(stack([.. classes]), logits.shape[2]));
        Scalar(c, "loss_cls", sum / asked.Sum(image => image.Found.Length));
    }

    private static void CheckTraining(GoldenCase c)
    {
        var config = FiberDetectorGolden.Config(c);
        var parameters = TorchGolden.Parameters(FiberDetectorNetwork.Parameters(config), c.Weights);
        var engine = new TorchEngine(parameters) { Training = true };
        config = config with { DropPath = 0, TextDropout = 0, DropBlock = 0 };
        Tensor Input(string name) => TorchGolden.ToTensor(c.Inputs[name]);
        var mask = Input("attention_mask").to_type(ScalarType.Float32);
        var levels = FiberDetectorNetwork.Score(engine, config, FiberDetectorGolden.Images(c, engine, Input), Input("input_ids"), mask);
        var losses = new GroundingLosses(engine, config).Of(levels, mask, Truth(c));
        foreach (var (name, loss) in losses) GoldenAssert.Close(c.Scalars[name], loss.ToDouble(), c.Tolerance, c, name);
        var total = losses.Values.Aggregate((a, b) => a + b);
        GoldenAssert.Close(c.Scalars["total"], total.ToDouble(), c.Tolerance, c, "total");
        total.backward();
        TorchGolden.CheckGradients(c, parameters);
    }

    private static List<GroundedObjects> Truth(GoldenCase c)
    {
        var tokens = checked((int)c.Inputs["positive_map"].Shape[1]);
        var words = c.Inputs["positive_map"].ToSingles();
        var truth = new List<GroundedObjects>();
        for (var start = 0; c.Inputs.TryGet($"boxes_{truth.Count}", out var boxes);)
        {
            var count = checked((int)boxes.Shape[0]) * tokens;
            truth.Add(new(boxes.ToSingles(), words[start..(start + count)]));
            start += count;
        }

        return truth;
    }

    /// <summary>Sizes of the levels of images padded together.</summary>
    private static IEnumerable<(long Height, long Width)> Grids(GoldenCase c)
    {
        var sizes = FiberDetectorGolden.ImageSizes(c);
        long height = FiberDetectorGolden.Padded(sizes.Max(size => size.Height)) / 8, width = FiberDetectorGolden.Padded(sizes.Max(size => size.Width)) / 8;
        for (var level = 0; level < 5; level++, height = (height + 1) / 2, width = (width + 1) / 2) yield return (height, width);
    }

    /// <summary>1 for the class of a label from 1; label 0 has none.</summary>
    private static Tensor OneOf(Tensor labels, long classes) =>
        labels.unsqueeze(-1).eq(arange(1, classes + 1, dtype: ScalarType.Int64)).to_type(ScalarType.Float32);

    private static Tensor Leaf(GoldenCase c, string name) => TorchGolden.ToTensor(c.Inputs[name]).requires_grad_();

    private static void Close(GoldenCase c, string name, Tensor value) => GoldenAssert.Close(c, name, TorchGolden.ToArray(value), value.shape);

    private static void Equal(GoldenCase c, string name, long[] value) => GoldenAssert.Equal(c.Outputs[name], value, [value.Length], c, name);

    private static void Scalar(GoldenCase c, string name, Tensor value) =>
        GoldenAssert.Close(c.Scalars[name], value.ToDouble(), c.Tolerance * Math.Max(1, Math.Abs(c.Scalars[name])), c, name);

    private static void Gradient(GoldenCase c, string name, Tensor leaf) =>
        GoldenAssert.Close(c.Grads[name], TorchGolden.ToArray(leaf.grad!), leaf.shape, c, name);
}
