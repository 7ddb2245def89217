using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

// Cases of single operations and of selections.
internal sealed partial class DetectorCases<T>
{
    private void Pool()
    {
        _values["caffe"] = engine.MaxPool(input("x"), 3, 2, ceiling: true);
        _values["pytorch"] = engine.MaxPool(input("x"), 3, 2, padding: 1);
    }

    private void PoolRegions() => _values["pooled"] = engine.RoiPool(
        input("features"), input("rois"), c.Config.GetProperty("output_size")[0].GetInt32(), Float("spatial_scale"));

    private void Suppress()
    {
        T boxes = input("boxes"), scores = input("scores");
        foreach (var threshold in c.Config.GetProperty("thresholds").EnumerateArray().Select(value => value.GetDouble()))
        {
            _values[FormattableString.Invariant($"keep.{threshold}")] = Boxes.Keep(engine, boxes, scores, threshold);
            _values[FormattableString.Invariant($"batched_keep.{threshold}")] =
                Boxes.Keep(engine, Boxes.Apart(engine, boxes, input("groups")), scores, threshold);
        }
    }

    private void Propose()
    {
        var config = Config;
        var scores = RegionProposals.Score(engine, config, input("res4"), "");
        _values["intermediate.rpn_head.conv"] = scores.Conv!;
        _values["intermediate.rpn_head.objectness_logits"] = scores.LogitMap;
        _values["intermediate.rpn_head.anchor_deltas"] = scores.DeltaMap;
        _values["intermediate.flat_objectness"] = scores.Logits;
        _values["intermediate.anchors"] = scores.Anchors;
        var images = checked((int)c.Inputs["image_shapes"].Shape[0]);
        _values["intermediate.decoded_proposals"] = engine.Concat(
            0, [.. Enumerable.Range(0, images).Select(i => engine.Unsqueeze(RegionProposals.Decode(engine, config, scores, i), 0))]);
        for (var i = 0; i < images; i++)
        {
            (_values[$"proposal_boxes.{i}"], _values[$"logits.{i}"]) =
                RegionProposals.Propose(engine, config, scores, i, engine.ToFloat(Row(input("image_shapes"), i)));
        }
    }

    private void SelectLevels()
    {
        for (var i = 0; i < c.Inputs["image_shapes"].Shape[0]; i++)
        {
            var image = i;
            (_values[$"boxes.{i}"], _values[$"scores.{i}"]) = RegionProposals.Select(
                engine,
                [.. Enumerable.Range(0, Images("logits")).Select(level => (Row(input($"proposals.{level}"), image), Row(input($"logits.{level}"), image)))],
                engine.ToFloat(Row(input("image_shapes"), i)),
                Number("pre_nms_topk"),
                Number("post_nms_topk"),
                c.Config.GetProperty("nms_thresh").GetDouble(),
                Float("min_box_side_len"));
        }
    }

    private void SelectConfident()
    {
        // The background is the first class there.
        var known = engine.Slice(input("scores"), 1, 1, null);
        var confidence = RegionSelection.Confidence(engine, input("boxes"), known, c.Config.GetProperty("nms_thresh").GetDouble());
        var chosen = RegionSelection.Confident(engine, confidence, Float("conf_thresh"), Number("min_boxes"), Number("max_boxes"));
        (_values["max_conf"], _values["keep_boxes"]) = (confidence, chosen);
        _values["objects"] = engine.Gather(engine.ArgMax(known, 1), chosen);
    }

    private void SelectByConfidence()
    {
        var known = engine.Slice(engine.Softmax(input("obj_logits")), 1, c.Config.GetProperty("background").GetBoolean() ? 0 : 1, null);
        var confidence = RegionSelection.Confidence(
            engine, input("boxes"), known, c.Config.GetProperty("nms_thresh").GetDouble(), Float("conf_thresh"));
        _values["max_conf"] = confidence;
        _values["keep_boxes"] = engine.Largest(confidence, engine.Constant(new long[] { Number("num_features") }));
        _values["sorted_scores"] = engine.Gather(confidence, engine.Largest(confidence, engine.Length(confidence, 0)));
    }

    private void SelectOfClasses()
    {
        var known = engine.Slice(input("probs"), 1, 0, -1);
        var classes = checked((int)c.Inputs["probs"].Shape[1] - 1);
        var boxes = Boxes.Clip(engine, engine.SplitAxis(input("boxes"), 1, 4), engine.ToFloat(input("image_shape")));
        var chosen = RegionSelection.BestOfClasses(
            engine, boxes, known, Float("score_thresh"), [.. c.Config.GetProperty("nms_thresholds").EnumerateArray().Select(t => t.GetDouble())], Number("topk"));
        _values["boxes"] = engine.Gather(engine.Reshape(boxes, -1, 4), chosen);
        _values["scores"] = engine.Gather(engine.Reshape(known, -1), chosen);
        _values["proposal_index"] = engine.Divide(chosen, engine.Constant(new long[] { classes }));
        _values["classes"] = engine.Subtract(chosen, engine.Affine(_values["proposal_index"], classes));
    }

    private void Locate()
    {
        T boxes = engine.Unsqueeze(input("boxes"), 0), features = engine.Unsqueeze(input("features"), 0);
        var size = engine.Constant([Float("image_w"), Float("image_h")], 1, 2);
        var regions = ViLbertRegions<T>.Build(engine, features, boxes, size);
        _values["lxmert_boxes"] = engine.Squeeze(RegionColumns.Fractions(engine, boxes, size), 0);
        (_values["vilbert_locations"], _values["vilbert_features"]) =
            (engine.Squeeze(regions.Locations, 0), engine.Squeeze(regions.Features, 0));
    }

    private void PadLists()
    {
        var images = Images("boxes");
        T Pad(string name, long most, int axes) => engine.Concat(0, [.. Enumerable.Range(0, images).Select(i =>
        {
            var missing = checked((int)(most - c.Inputs[$"{name}.{i}"].Shape[0]));
            return engine.Unsqueeze(engine.Pad(input($"{name}.{i}"), Number("pad_value"), axes == 2 ? [0, 0, 0, missing] : [0, missing]), 0);
        })]);
        _values["max_detections.boxes"] = Pad("boxes", Number("max_detections"), 2);
        _values["max_detections.ids"] = Pad("ids", Number("max_detections"), 1);
        _values["max_batch.boxes"] = Pad("boxes", Enumerable.Range(0, images).Max(i => c.Inputs[$"boxes.{i}"].Shape[0]), 2);
        Normalize(_values["max_detections.boxes"], input("raw_sizes"), "norm_box", "norm_box_per_image");
    }

    private void Preprocess()
    {
        var config = Config;
        var images = Images("image");
        var sizes = Enumerable.Range(0, images).Select(i => c.Inputs[$"image.{i}"].Shape).Select(
            shape => FasterRcnnNetwork.ResizedSize(config, (int)shape[0], (int)shape[1])).ToList();
        var normalized = sizes.Select((size, i) =>
        {
            var image = FasterRcnnNetwork.Normalize(engine, config, input($"image.{i}"), engine.Constant([size.Height, (long)size.Width], 2));
            var back = engine.Multiply(image, engine.Constant([.. config.PixelDeviation], 1, 3, 1, 1));
            _values[$"intermediate.resized.{i}"] = engine.Squeeze(engine.Add(back, engine.Constant([.. config.PixelMean], 1, 3, 1, 1)), 0);
            return engine.Pad(image, 0, 0, sizes.Max(other => other.Width) - size.Width, 0, sizes.Max(other => other.Height) - size.Height);
        });
        _values["images"] = engine.Concat(0, [.. normalized]);
        _values["sizes"] = engine.Constant([.. sizes.SelectMany(size => new long[] { size.Height, size.Width })], images, 2);
        _values["scales_yx"] = engine.Constant(
            [.. sizes.SelectMany((size, i) => new[] { (float)c.Inputs[$"image.{i}"].Shape[0] / size.Height, (float)c.Inputs[$"image.{i}"].Shape[1] / size.Width })],
            images,
            2);
    }

    /// <summary>A face detector's graph outputs, decoded and chosen among by the detector's own operations.</summary>
    /// <summary>From what somebody else's detector gave to faces, by its description.</summary>
    private void FindFaces()
    {
        var detector = OnnxDetectorCase.Describe(c);
        var size = c.Inputs["input"].Shape;
        var grid = new DetectorGrid(detector.Boxes, (int)size[3], (int)size[2]);
        var fractions = engine.Constant([1 / grid.Width, 1 / grid.Height, 1 / grid.Width, 1 / grid.Height], 4);
        var parts = DetectorParts<T>.Of(detector, [.. detector.Outputs.Select(part => engine.Squeeze(input(part.Output.Name), 0))]);
        T boxes = DetectorDecoding.Boxes(engine, detector, grid, parts), scores = DetectorDecoding.Scores(engine, detector, parts);
        var chosen = DetectorDecoding.Choose(engine, detector, new(detector.Threshold, 0, detector.Candidates), boxes, scores, parts.Numbers);
        if (grid.Count > 0)
        {
            var corners = engine.Multiply(engine.Constant(grid.Anchors, grid.Count, 4), fractions);
            T first = engine.Slice(corners, 1, 0, 2), second = engine.Slice(corners, 1, 2, 4);
            _values["post.priors"] = engine.Concat(1, engine.Affine(engine.Add(first, second), 0.5f), engine.Subtract(second, first));
        }

        _values["post.decoded_boxes"] = engine.Multiply(boxes, fractions);
        (_values["post.keep"], _values["post.probs"]) = (chosen.Places, chosen.Scores);
        _values["post.boxes_relative"] = engine.Gather(_values["post.decoded_boxes"], chosen.Places);
        var raw = OnnxDetectorCase.ImageSize(c);
        _values["post.boxes_pixels"] = engine.ToInt64(engine.Multiply(_values["post.boxes_relative"], engine.Constant([.. raw, .. raw], 4)));
    }
}
