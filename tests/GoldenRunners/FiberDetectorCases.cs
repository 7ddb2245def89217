using System.Globalization;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tokenization;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

internal sealed partial class GoldenModels<T>
{
    /// <summary>fiber, the fine-grained stage: what a case names, see <see cref="FiberDetectorCases{T}"/>.</summary>
    public IReadOnlyDictionary<string, T> FiberDetector() => new FiberDetectorCases<T>(c, (IRegionEngine<T>)engine, input).Values();
}

/// <summary>What the reference computed in a golden case of FIBER's detector, on any engine.</summary>
/// <typeparam name="T">A value of the engine.</typeparam>
internal sealed class FiberDetectorCases<T>(GoldenCase c, IRegionEngine<T> engine, Func<string, T> input)
    where T : class
{
    private readonly Dictionary<string, T> _values = new(StringComparer.Ordinal);
    private readonly FiberDetectorConfig _config = FiberDetectorGolden.Config(c);

    /// <summary>Kinds of cases whose values any engine computes.</summary>
    public static IReadOnlyCollection<string> Kinds =>
    [
        "fg_anchors", "fg_backbone_v2", "fg_backbone_v3", "fg_box_coder", "fg_dyconv", "fg_full_eval", "fg_head", "fg_nms", "fg_postprocess",
        "fg_score_agg",
    ];

    public IReadOnlyDictionary<string, T> Values()
    {
        switch (c.Kind)
        {
            case "fg_anchors": MakeAnchors(); break;
            case "fg_backbone_v2" or "fg_backbone_v3": RunTowers(); break;
            case "fg_box_coder": Code(); break;
            case "fg_dyconv": RunBlock(); break;
            case "fg_full_eval": Detect(); break;
            case "fg_head": Predict(); break;
            case "fg_nms": Suppress(); break;
            case "fg_postprocess": Find(FiberDetectorGolden.Levels(c, input)); break;
            case "fg_score_agg": Aggregate(); break;
            default: throw new ArgumentException($"{c}: unknown kind {c.Kind}.");
        }

        return _values;
    }

    private void MakeAnchors()
    {
        var grids = c.Inputs["grid_sizes"].ToInt64s();
        for (var level = 0; level < grids.Length / 2; level++)
        {
            var (height, width) = (grids[2 * level], grids[(2 * level) + 1]);
            var map = engine.Constant(new float[height * width], 1, 1, height, width);
            _values[$"anchors_level_{level}"] = new FiberDetections(_config).Anchors(engine, level, map);
        }
    }

    private void Code()
    {
        var coder = FiberDetections.Coder;
        T anchors = input("anchors"), encoded = coder.Encode(engine, anchors, input("gt_boxes"));
        _values["encoded"] = encoded;
        _values["decoded"] = engine.Squeeze(coder.Decode(engine, input("preds"), anchors), 1);
        _values["roundtrip"] = engine.Squeeze(coder.Decode(engine, encoded, anchors), 1);
    }

    private void RunTowers()
    {
        var mask = engine.ToFloat(input("attention_mask"));
        var (levels, text) = new FiberDetectorBackbone(_config, "").Run(
            engine, FiberDetectorGolden.Images(c, engine, input), input("input_ids"), mask, (name, value) => _values["intermediate." + name] = value);
        foreach (var (level, value) in levels.Index()) _values[$"p{level + 3}"] = value;
        _values["lang.hidden"] = text;
        _values["lang.embedded"] = engine.Multiply(text, engine.Unsqueeze(mask, 2));
        _values["lang.aggregate"] = engine.Divide(engine.Sum(_values["lang.embedded"], 1, keepAxis: false), engine.Sum(mask, 1, keepAxis: true));
    }

    private void Detect()
    {
        var levels = FiberDetectorNetwork.Score(
            engine, _config, FiberDetectorGolden.Images(c, engine, input), input("input_ids"), engine.ToFloat(input("attention_mask")));
        Name(levels, "intermediate.");
        Find(levels);
    }

    private void RunBlock()
    {
        var levels = new DynamicBlock("", _config.Channels, _config.Groups).Run(
            engine, FiberDetectorGolden.Maps(c, "feature", input), (name, value) => _values["intermediate." + name] = value);
        foreach (var (level, value) in levels.Index()) _values[$"out_{level}"] = value;
    }

    private void Predict()
    {
        var levels = new FiberDetectorHead(_config, "").Run(
            engine, FiberDetectorGolden.Maps(c, "feature", input), input("embedded"), (name, value) => _values[name] = value);
        Name(levels, "");
    }

    private void Name(IReadOnlyList<LevelScores<T>> levels, string prefix)
    {
        foreach (var (number, level) in levels.Index())
        {
            _values[$"{prefix}bbox_reg_{number}"] = level.Deltas;
            _values[$"{prefix}centerness_{number}"] = level.Centerness;
            _values[$"{prefix}dot_product_logits_{number}"] = level.Words;
        }
    }

    private void Find(IReadOnlyList<LevelScores<T>> levels)
    {
        var tokens = _config.MaxTokens;
        var texts = engine.Constant(FiberDetectorGolden.Texts(c, _config.Classes - 1, tokens), _config.Classes - 1, tokens);
        var detections = new FiberDetections(_config);
        var sizes = FiberDetectorGolden.ImageSizes(c);
        var counts = levels.SelectMany((level, number) => sizes.Select((_, image) => engine.Unsqueeze(
            engine.Length(detections.Candidates(engine, level, number, image, texts).Scores, 0), 0)));
        _values["intermediate.candidates_per_level"] = engine.Reshape(engine.Concat(0, [.. counts]), levels.Count, sizes.Count);
        foreach (var (image, size) in sizes.Index())
        {
            var found = detections.Choose(engine, levels, image, texts, engine.Constant([size.Height, (float)size.Width], 2));
            (_values[$"boxes_{image}"], _values[$"scores_{image}"]) = (found.Boxes, found.Scores);
            _values[$"labels_{image}"] = engine.Affine(found.Labels, 1, 1);
        }
    }

    private void Suppress()
    {
        T boxes = input("boxes"), scores = input("scores"), labels = input("labels");
        var count = engine.Constant([c.Inputs["labels"].ToInt64s().Max() + 1], []);
        foreach (var name in c.Outputs.Names.Where(name => name.StartsWith("keep_", StringComparison.Ordinal)))
        {
            var overlap = int.Parse(name[5..], CultureInfo.InvariantCulture) / 10.0;
            var kept = FiberDetections.Suppress(engine, boxes, scores, labels, count, overlap);
            var marks = engine.GreatestAt(engine.Affine(engine.Gather(scores, kept), 0, 1), kept, engine.Length(scores, 0));
            _values[name] = engine.Where(marks);
        }

        _values["ml_nms_boxes"] = engine.Gather(boxes, _values["keep_6"]);
        var size = c.Config.GetProperty("image_wh").EnumerateArray().Select(side => side.GetSingle()).ToArray();
        _values["clipped"] = Boxes.Clip(engine, boxes, engine.Constant([size[1] - 1, size[0] - 1], 2));
    }

    private void Aggregate()
    {
        var tokens = c.Config.GetProperty("T").GetInt32();
        foreach (var (version, classes) in new[] { ("v1", c.Config.GetProperty("classes").GetInt32()), ("v2", c.Config.GetProperty("num_class_v2").GetInt32()) })
        {
            var texts = engine.Constant(FiberDetectorGolden.Texts(c, classes, tokens), classes, tokens);
            foreach (var score in Enum.GetValues<TokenScore>())
                _values[$"{version}_{score.ToString().ToUpperInvariant()}"] = TokenScores.Of(engine, input("logits"), texts, score);
        }

        // Texts of a token each, in the tokens' order.
        var known = c.Config.GetProperty("label_to_tokens").EnumerateObject().Count();
        float[] single = TokenSpans.Map([.. Enumerable.Range(0, known).Select(token => new[] { token })], tokens);
        _values["v1_ONEHOT"] = TokenScores.Of(engine, input("logits"), engine.Constant(single, known, tokens));
    }
}

/// <summary>What cases of the fine-grained stage are given.</summary>
internal static class FiberDetectorGolden
{
    /// <summary>The case's options; how many positions there are only its weights say.</summary>
    public static FiberDetectorConfig Config(GoldenCase c)
    {
        var config = FiberDetectorConfig.Parse(c.Config.GetRawText(), c.ToString());
        if (!c.Has("weights.safetensors")) return config;
        var table = c.Weights.Names.FirstOrDefault(name => name.EndsWith("position_embeddings.weight", StringComparison.Ordinal));
        return table is null ? config : config with { MaxPositions = checked((int)c.Weights[table].Shape[0]) };
    }

    /// <summary>The images together, each filled up with zeros to the largest and to a multiple of 32, [images, 3, height, width].</summary>
    public static T Images<T>(GoldenCase c, IImageEngine<T> engine, Func<string, T> input)
        where T : class
    {
        var sizes = ImageSizes(c);
        int height = Padded(sizes.Max(size => size.Height)), width = Padded(sizes.Max(size => size.Width));
        return engine.Concat(0, [.. sizes.Select((size, image) => engine.Unsqueeze(
            engine.Pad(input($"image_{image}"), 0, 0, width - size.Width, 0, height - size.Height), 0))]);
    }

    public static int Padded(int side) => (side + FiberDetectorConfig.Multiple - 1) / FiberDetectorConfig.Multiple * FiberDetectorConfig.Multiple;

    public static IReadOnlyList<(int Height, int Width)> ImageSizes(GoldenCase c) =>
        [.. c.Config.GetProperty("image_sizes").EnumerateArray().Select(size => (size[0].GetInt32(), size[1].GetInt32()))];

    /// <summary>The inputs NAME_0, NAME_1 and so on.</summary>
    public static IReadOnlyList<T> Maps<T>(GoldenCase c, string name, Func<string, T> input) => [.. Enumerable.Range(
        0, c.Inputs.Names.Count(found => found.StartsWith(name + "_", StringComparison.Ordinal))).Select(level => input($"{name}_{level}"))];

    /// <summary>What the head said, where the case has it as an input.</summary>
    public static IReadOnlyList<LevelScores<T>> Levels<T>(GoldenCase c, Func<string, T> input)
        where T : class => [.. Maps(c, "dot_product_logits", input).Zip(
            Maps(c, "bbox_reg", input), Maps(c, "centerness", input)).Select(level => new LevelScores<T>(level.First, level.Second, level.Third))];

    /// <summary>1 for each label's tokens, row after row.</summary>
    public static float[] Texts(GoldenCase c, int labels, int tokens)
    {
        var all = c.Config.GetProperty("label_to_tokens");
        return TokenSpans.Map(
            [.. Enumerable.Range(1, labels).Select(label => all.TryGetProperty(label.ToString(CultureInfo.InvariantCulture), out var places)
                ? places.EnumerateArray().Select(token => token.GetInt32()).ToArray()
                : [])],
            tokens);
    }
}
