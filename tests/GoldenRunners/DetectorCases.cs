using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tests.Support;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

internal sealed partial class GoldenModels<T>
{
    /// <summary>frcnn: what a case of either kind names, see <see cref="DetectorCases{T}"/>.</summary>
    public IReadOnlyDictionary<string, T> Detector() => new DetectorCases<T>(c, (IRegionEngine<T>)engine, input).Values();
}

/// <summary>What the reference computed in a golden case of the detector, on any engine.</summary>
/// <typeparam name="T">A value of the engine.</typeparam>
internal sealed partial class DetectorCases<T>(GoldenCase c, IRegionEngine<T> engine, Func<string, T> input)
    where T : class
{
    private readonly Dictionary<string, T> _values = new(StringComparer.Ordinal);

    /// <summary>Kinds of cases whose values any engine computes.</summary>
    public static IReadOnlyCollection<string> Kinds =>
    [
        "anchors", "backbone", "box_coder", "box_predictor", "e2e", "locations", "max_pool", "nms_ops", "onnx", "pad_lists", "preprocess", "roi_heads",
        "roi_outputs", "roi_pool", "rpn", "rpn_select", "select_butd", "select_d2", "select_vilbert",
    ];

    public IReadOnlyDictionary<string, T> Values()
    {
        switch (c.Kind)
        {
            case "anchors": MakeAnchors(); break;
            case "backbone": Run(); break;
            case "box_coder": Code(); break;
            case "box_predictor": Predict(); break;
            case "e2e": Detect(); break;
            case "locations": Locate(); break;
            case "max_pool": Pool(); break;
            case "nms_ops": Suppress(); break;
            case "onnx": FindFaces(); break;
            case "pad_lists": PadLists(); break;
            case "preprocess": Preprocess(); break;
            case "roi_heads": Head(); break;
            case "roi_outputs": Choose(); break;
            case "roi_pool": PoolRegions(); break;
            case "rpn": Propose(); break;
            case "rpn_select": SelectLevels(); break;
            case "select_butd": SelectConfident(); break;
            case "select_d2": SelectOfClasses(); break;
            case "select_vilbert": SelectByConfidence(); break;
            default: throw new ArgumentException($"{c}: unknown kind {c.Kind}.");
        }

        return _values;
    }

    private FasterRcnnConfig Config => DetectronOptions.Read(c.Config.GetRawText(), c.ToString());

    private void MakeAnchors()
    {
        var i = 0;
        foreach (var generator in c.Config.GetProperty("generators").EnumerateArray())
        {
            var config = DetectronOptions.Read(generator.GetRawText(), c.ToString());
            var grid = generator.GetProperty("grid").EnumerateArray().Select(side => side.GetInt64()).ToArray();
            var map = engine.Constant(new float[grid[0] * grid[1]], 1, 1, grid[0], grid[1]);
            var cells = engine.Constant(Anchors.Cells(config.AnchorSizes, config.AnchorRatios), config.AnchorCount, 4);
            _values[$"cell_anchors.{i}"] = cells;
            _values[$"anchors.{i++}"] = Anchors.Grid(engine, cells, map, generator.GetProperty("stride").GetInt32(), config.AnchorOffset);
        }
    }

    private void Run() => _values["res4"] = FasterRcnnBackbone.Map(engine, Config, input("images"), "", Intermediate);

    private void Code()
    {
        var coder = new BoxCoder([.. Floats("weights")]);
        var (boxes, targets) = (input("boxes"), input("targets"));
        _values["decoded"] = engine.Reshape(coder.Decode(engine, input("deltas"), boxes), 0, -1);
        _values["encoded"] = coder.Encode(engine, boxes, targets);
        _values["intermediate.roundtrip"] = engine.Squeeze(coder.Decode(engine, _values["encoded"], boxes), 1);
    }

    private void Predict()
    {
        var config = FasterRcnnConfig.VisualGenome with
        {
            StageChannels = Number("input_size") / 8,
            Classes = Number("num_classes"),
            Attributes = Number("num_attrs"),
            SharesBoxes = c.Config.GetProperty("cls_agnostic_bbox_reg").GetBoolean(),
        };
        var scores = RegionHeads.Predict(engine, config, input("roi_features"), "");
        (_values["scores"], _values["attr_scores"], _values["proposal_deltas"]) = (scores.Logits, scores.AttributeLogits, scores.Deltas);
        _values["intermediate.max_class"] = engine.ArgMax(scores.Logits, 1);
    }

    private void Head()
    {
        var boxes = Enumerable.Range(0, Images("proposal_boxes")).Select(i => Boxes.OfImage(engine, input($"proposal_boxes.{i}"), i));
        Head(Config, input("res4"), engine.Concat(0, [.. boxes]), "");
        _values["intermediate.argmax_class"] = engine.ArgMax(_values["obj_logits"], 1);
    }

    private RegionScores<T> Head(FasterRcnnConfig config, T map, T boxes, string prefix, string kept = "")
    {
        var scores = RegionHeads.Score(engine, config, map, boxes, prefix, Intermediate);
        (_values[kept + "obj_logits"], _values[kept + "attr_logits"]) = (scores.Logits, scores.AttributeLogits);
        (_values[kept + "box_deltas"], _values[kept + "feature_pooled"]) = (scores.Deltas, scores.Features);
        return scores;
    }

    private void Detect()
    {
        var config = Config;
        T sizes = input("image_shapes"), scales = input("scales_yx");
        var map = FasterRcnnBackbone.Map(engine, config, input("images"));
        _values["intermediate.res4"] = map;
        var anchors = RegionProposals.Score(engine, config, map);
        var images = checked((int)c.Inputs["image_shapes"].Shape[0]);
        var proposals = new List<T>();
        for (var i = 0; i < images; i++)
        {
            var (boxes, logits) = RegionProposals.Propose(engine, config, anchors, i, engine.ToFloat(Row(sizes, i)));
            (_values[$"intermediate.proposal_boxes.{i}"], _values[$"intermediate.proposal_logits.{i}"]) = (boxes, logits);
            proposals.Add(boxes);
        }

        var all = engine.Concat(0, [.. proposals.Select((boxes, i) => Boxes.OfImage(engine, boxes, i))]);
        var scores = Head(config, map, all, "roi_heads.", "intermediate.");
        var found = Found(config, proposals, scores, [.. proposals.Select((_, i) => c.Outputs[$"intermediate.proposal_boxes.{i}"].Shape[0])]);
        var counts = c.Outputs["preds_per_image"].ToInt64s();
        T Stack(Func<FoundRegions<T>, T> get, bool isTable = false) => engine.Concat(0, [.. found.Select((regions, i) =>
        {
            // Padded as the reference was asked to, of so many regions as it found.
            var missing = checked((int)(c.Outputs["obj_ids"].Shape[1] - counts[i]));
            return engine.Unsqueeze(engine.Pad(get(regions), 0, isTable ? [0, 0, 0, missing] : [0, missing]), 0);
        })]);
        (_values["obj_ids"], _values["obj_probs"]) = (Stack(regions => regions.Classes), Stack(regions => regions.Scores));
        (_values["attr_ids"], _values["attr_probs"]) = (Stack(regions => regions.Attributes), Stack(regions => regions.AttributeScores));
        (_values["boxes"], _values["roi_features"]) = (Stack(regions => regions.Boxes, isTable: true), Stack(regions => regions.Features, isTable: true));
        _values["sizes"] = sizes;
        _values["preds_per_image"] = engine.Concat(0, [.. found.Select(regions => engine.Unsqueeze(engine.Length(regions.Classes, 0), 0))]);
        Normalize(_values["boxes"], engine.Multiply(engine.ToFloat(sizes), scales), "normalized_boxes", "intermediate.normalized_boxes_per_image");
    }

    /// <summary>
    /// Fractions of each image, and what the reference makes of it: it divides x1 and y1 by the first image's size and x2 and y2 by the last's.
    /// </summary>
    private void Normalize(T boxes, T rawSizes, string slip, string meant)
    {
        T Side(int image, int axis) => engine.Slice(Row(rawSizes, image), 0, axis, axis + 1);
        var divisor = engine.Concat(0, Side(0, 1), Side(0, 0), Side(-1, 1), Side(-1, 0));
        _values[slip] = engine.Divide(boxes, divisor);
        _values[meant] = RegionColumns.Fractions(engine, boxes, engine.Concat(1, engine.Slice(rawSizes, 1, 1, 2), engine.Slice(rawSizes, 1, 0, 1)));
    }

    private void Choose()
    {
        var scores = new RegionScores<T>(input("features"), input("obj_logits"), input("box_deltas"), input("attr_logits"));
        List<T> proposals = [.. Enumerable.Range(0, Images("pred_boxes")).Select(i => input($"pred_boxes.{i}"))];
        var found = Found(Config, proposals, scores, [.. proposals.Select((_, i) => c.Inputs[$"pred_boxes.{i}"].Shape[0])]);
        for (var i = 0; i < found.Count; i++)
        {
            var regions = found[i];
            // Of an image without enough regions the reference repeats the one before, and scales that one's boxes once more.
            var isRepeated = c.Variant.EndsWith("fallback", StringComparison.Ordinal) && i == 0;
            _values[$"boxes.{i}"] = isRepeated ? engine.Multiply(regions.Boxes, Twice(Row(input("scales_yx"), 1))) : regions.Boxes;
            (_values[$"obj_ids.{i}"], _values[$"obj_probs.{i}"]) = (regions.Classes, regions.Scores);
            (_values[$"attr_ids.{i}"], _values[$"attr_probs.{i}"]) = (regions.Attributes, regions.AttributeScores);
            _values[$"roi_features.{i}"] = regions.Features;
        }

        T Twice(T scale) => engine.Concat(
            0, engine.Slice(scale, 0, 1, 2), engine.Slice(scale, 0, 0, 1), engine.Slice(scale, 0, 1, 2), engine.Slice(scale, 0, 0, 1));
    }

    /// <summary>The regions of each image, whose proposals lie one image after the other.</summary>
    private List<FoundRegions<T>> Found(FasterRcnnConfig config, List<T> proposals, RegionScores<T> scores, long[] counts)
    {
        var sizes = c.Inputs.TryGet("image_shapes", out _) ? input("image_shapes") : input("sizes");
        var found = new List<FoundRegions<T>>();
        for (var i = 0; i < proposals.Count; i++)
        {
            var first = counts.Take(i).Sum();
            T Own(T x) => engine.Slice(x, 0, first, first + counts[i]);
            var own = new RegionScores<T>(Own(scores.Features), Own(scores.Logits), Own(scores.Deltas), Own(scores.AttributeLogits));
            found.Add(FasterRcnnNetwork.Choose(
                engine, config, new(RegionChoice.Best), proposals[i], own, engine.ToFloat(Row(sizes, i)), Row(input("scales_yx"), i)));
        }

        return found;
    }

    private T Row(T x, int i) => engine.Squeeze(engine.Slice(x, 0, i, i == -1 ? null : i + 1), 0);

    private int Images(string name) => c.Inputs.Names.Count(found => found.StartsWith(name + ".", StringComparison.Ordinal));

    private int Number(string option) => c.Config.GetProperty(option).GetInt32();

    private float Float(string option) => c.Config.GetProperty(option).GetSingle();

    private IEnumerable<float> Floats(string option) => c.Config.GetProperty(option).EnumerateArray().Select(value => value.GetSingle());

    private void Intermediate(string name, T value) => _values["intermediate." + name] = value;
}
