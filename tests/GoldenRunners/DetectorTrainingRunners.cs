using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Tests.Support;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>frcnn: what a detector learns from, and its losses with their gradients.</summary>
internal sealed class TorchDetectionRunner : IGoldenRunner
{
    public string System => "frcnn";

    public IReadOnlyCollection<string> Kinds => ["matcher", "smooth_l1", "d2_rpn_loss", "d2_box_loss"];

    public string Engine => "torch";

    public void Run(GoldenCase c)
    {
        using var scope = NewDisposeScope();
        switch (c.Kind)
        {
            case "matcher": CheckMatches(c); break;
            case "smooth_l1": CheckSmoothL1(c); break;
            case "d2_rpn_loss": CheckProposals(c); break;
            default: CheckRegions(c); break;
        }
    }

    private static void CheckMatches(GoldenCase c)
    {
        var boxes = c.Inputs["boxes"].ToSingles();
        var overlaps = BoxMatcher.Overlaps(c.Inputs["gt_boxes"].ToSingles(), boxes);
        GoldenAssert.Close(c, "iou", overlaps, c.Outputs["iou"].Shape);
        foreach (var (i, options) in c.Config.GetProperty("matchers").EnumerateArray().Index())
        {
            var matcher = Matcher(options, "thresholds", "labels", options.GetProperty("allow_low_quality_matches").GetBoolean());
            var found = matcher.Match(overlaps, boxes.Length / 4);
            Equal(c, $"matches.{i}", found.Matches);
            Equal(c, $"labels.{i}", found.Labels);
        }
    }

    private static void CheckSmoothL1(GoldenCase c)
    {
        foreach (var (i, turn) in c.Config.GetProperty("betas").EnumerateArray().Select(beta => beta.GetDouble()).Index())
        {
            var found = TorchGolden.ToTensor(c.Inputs["input"]).requires_grad_();
            var loss = SmoothL1.Sum(found, TorchGolden.ToTensor(c.Inputs["target"]), turn);
            GoldenAssert.Close(c, $"sum.{i}", [loss.ToSingle()], [1]);
            loss.backward();
            GoldenAssert.Close(c, $"grad.{i}", TorchGolden.ToArray(found.grad!), found.shape);
        }
    }

    private static void CheckProposals(GoldenCase c)
    {
        var engine = new TorchEngine(TorchGolden.Parameters(null));
        var targets = new DetectionTargets
        {
            AnchorMatcher = Matcher(c.Config, "iou_thresholds", "iou_labels", true),
            AnchorSampling = Sampling(c),
            Boundary = c.Config.GetProperty("boundary_thresh").GetSingle(),
        };
        var anchors = TorchGolden.ToTensor(c.Inputs["anchors"]);
        var draws = c.Inputs["sampling_priority"].ToSingles().Chunk(checked((int)anchors.shape[0])).ToList();
        var sizes = c.Inputs["image_shapes"].ToInt64s();
        var asked = draws.Select((draw, i) => targets.Anchors(
            engine, new(Floats(c, "bbox_reg_weights")), anchors, new(c.Inputs[$"gt_boxes.{i}"].ToSingles(), [], []), (sizes[2 * i], sizes[2 * i + 1]), draw)).ToList();
        foreach (var (i, image) in asked.Index())
        {
            Equal(c, $"labels_before_sampling.{i}", image.Matches.Labels);
            Equal(c, $"matches.{i}", image.Matches.Matches);
            GoldenAssert.Close(c, $"intermediate.gt_deltas.{i}", TorchGolden.ToArray(image.Deltas), image.Deltas.shape);
        }

        Equal(c, "labels_after_sampling", [.. asked.SelectMany(image => image.Asked)]);
        var (logits, deltas) = (Leaf(c, "objectness_logits"), Leaf(c, "anchor_deltas"));
        var (classes, boxes) = DetectionObjective.Proposals(
            logits, deltas, [.. asked.Select(image => image.Asked)], [.. asked.Select(image => image.Deltas)], targets.AnchorSampling.Count,
            c.Config.GetProperty("smooth_l1_beta").GetDouble());
        CheckLosses(c, [("loss_rpn_cls", classes, 1), ("loss_rpn_loc", boxes, 1)]);
        TorchDetectorRunner.CheckGradient(c, "input.objectness_logits", logits.grad);
        TorchDetectorRunner.CheckGradient(c, "input.anchor_deltas", deltas.grad);
    }

    private static void CheckRegions(GoldenCase c)
    {
        var engine = new TorchEngine(TorchGolden.Parameters(null));
        var targets = new DetectionTargets
        {
            RegionMatcher = Matcher(c.Config, "iou_thresholds", "iou_labels", false),
            RegionSampling = Sampling(c),
        };
        List<RegionTargets> asked = [];
        List<int> rows = [];
        var before = 0;
        for (var i = 0; c.Inputs.TryGet($"proposals.{i}", out var proposals); i++)
        {
            var truth = new TrueObjects(
                c.Inputs[$"gt_boxes.{i}"].ToSingles(), c.Inputs[$"gt_classes.{i}"].ToInt64s(), c.Inputs[$"gt_attributes.{i}"].ToInt64s());
            var image = targets.Regions(
                engine, new(Floats(c, "bbox_reg_weights")), proposals.ToSingles(), truth, c.Config.GetProperty("num_classes").GetInt64(),
                c.Inputs[$"sampling_priority.{i}"].ToSingles());
            Equal(c, $"matches.{i}", image.Matches.Matches);
            Equal(c, $"classes_before_sampling.{i}", image.AllClasses);
            Equal(c, $"sampled.{i}", [.. image.Sampled.Select(box => (long)box)]);
            Equal(c, $"sampled_classes.{i}", [.. image.Classes]);
            asked.Add(image);
            rows.AddRange(image.Sampled.Select(box => before + box));
            before += image.AllClasses.Length;
        }

        var wanted = cat([.. asked.Select(image => image.Deltas)]);
        GoldenAssert.Close(c, "intermediate.fg_gt_deltas", TorchGolden.ToArray(wanted), wanted.shape);
        var (logits, deltas, attributeLogits) = (Leaf(c, "obj_logits"), Leaf(c, "box_deltas"), Leaf(c, "attr_logits"));
        var losses = DetectionObjective.Regions(
            DetectionObjective.Rows(logits, rows),
            DetectionObjective.Rows(deltas, rows),
            DetectionObjective.Rows(attributeLogits, rows),
            [.. asked.SelectMany(image => image.Classes)],
            [.. asked.SelectMany(image => image.Attributes)],
            wanted,
            c.Config.GetProperty("smooth_l1_beta").GetDouble());
        var share = c.Config.GetProperty("attr_loss_weight").GetDouble();
        CheckLosses(c, [("loss_cls", losses.Class, 1), ("loss_box_reg", losses.Box, 1), ("loss_attr", losses.Attribute, share)]);
        TorchDetectorRunner.CheckGradient(c, "input.obj_logits", logits.grad);
        TorchDetectorRunner.CheckGradient(c, "input.box_deltas", deltas.grad);
        TorchDetectorRunner.CheckGradient(c, "input.attr_logits", attributeLogits.grad);
    }

    private static void CheckLosses(GoldenCase c, (string Name, Tensor Loss, double Share)[] losses)
    {
        foreach (var (name, loss, _) in losses) GoldenAssert.Close(c.Scalars[name], loss.ToDouble(), c.Tolerance, c, name);
        losses.Select(part => part.Loss * part.Share).Aggregate((a, b) => a + b).backward();
    }

    private static BoxMatcher Matcher(global::System.Text.Json.JsonElement options, string thresholds, string labels, bool keepsBest) => new(
        [.. options.GetProperty(thresholds).EnumerateArray().Select(value => value.GetSingle())],
        [.. options.GetProperty(labels).EnumerateArray().Select(value => value.GetInt32())],
        keepsBest);

    private static BoxSampling Sampling(GoldenCase c) =>
        new(c.Config.GetProperty("batch_size_per_image").GetInt32(), c.Config.GetProperty("positive_fraction").GetDouble());

    private static float[] Floats(GoldenCase c, string option) =>
        [.. c.Config.GetProperty(option).EnumerateArray().Select(value => value.GetSingle())];

    private static Tensor Leaf(GoldenCase c, string name) => TorchGolden.ToTensor(c.Inputs[name]).requires_grad_();

    private static void Equal(GoldenCase c, string name, long[] actual) =>
        GoldenAssert.Equal(c.Outputs[name], actual, c.Outputs[name].Shape, c, name);
}
