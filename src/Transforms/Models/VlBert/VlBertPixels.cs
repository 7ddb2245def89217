using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;

namespace MLNet.VisionLanguage.Models;

/// <summary>VL-BERT's objects as its own residual network sees them (common/fast_rcnn.py, without precomputed features).</summary>
internal static class VlBertPixels
{
    /// <summary>What names start with.</summary>
    public const string Prefix = "image_feature_extractor.";

    /// <summary>The name of the first four stages.</summary>
    public const string Backbone = Prefix + "backbone.";

    /// <summary>The name of the fifth.</summary>
    public const string Last = Prefix + "roi_head_feature_extractor";

    /// <summary>
    /// How published names may differ: those of a ResNet alone, torchvision's and resnet101-pt-vgbua's, and the second name that the reference's
    /// own checkpoints have for the fifth stage.
    /// </summary>
    public static IReadOnlyDictionary<string, string> PrefixChanges { get; } = new Dictionary<string, string>
    {
        ["conv1."] = Backbone + "conv1.",
        ["bn1."] = Backbone + "bn1.",
        ["layer1."] = Backbone + "layer1.",
        ["layer2."] = Backbone + "layer2.",
        ["layer3."] = Backbone + "layer3.",
        ["layer4."] = Last + ".",
        [Prefix + "head.0."] = Last + ".",
    };

    /// <summary>The features of boxes of images, [boxes, size of a feature].</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="network">The network, see <see cref="VlBertBackbone.ToNetwork"/>.</param>
    /// <param name="images">[images, 3, height, width], blue green red, normalised.</param>
    /// <param name="boxes">[boxes, 5]: number of the image, and the box in its pixels; one at least.</param>
    public static T Features<T>(IRegionEngine<T> engine, FasterRcnnConfig network, T images, T boxes)
        where T : class
    {
        var map = FasterRcnnBackbone.Map(engine, network, images, Backbone);
        using var mark = network.FrozenStages > 4 ? engine.Mark(ParameterMarks.Fixed) : null;
        var cells = engine.RoiAlign(map, boxes, network.PoolSize, 1f / FasterRcnnConfig.Stride, samples: 1, aligned: false);
        cells = FasterRcnnBackbone.Stage(network, 3, Last).Run(engine, cells);
        return engine.Squeeze(engine.Squeeze(engine.GlobalAveragePool(cells), 3), 2);
    }

    /// <summary>The features of boxes of one image, [boxes, size of a feature].</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="network">The network.</param>
    /// <param name="image">[1, 3, height, width], blue green red, resized and normalised.</param>
    /// <param name="size">Its size, [2], floats: height, width.</param>
    /// <param name="scale">Pixels of the raw image for one of it, [2]: down, across.</param>
    /// <param name="given">Boxes in pixels of the raw image, [boxes, 4]; there may be none.</param>
    public static T Given<T>(IRegionEngine<T> engine, FasterRcnnConfig network, T image, T size, T scale, T given)
        where T : class
    {
        var boxes = Boxes.Clip(engine, engine.Divide(given, FasterRcnnNetwork.AcrossDown(engine, scale)), size);
        var count = engine.Length(boxes, 0);
        return engine.Take(Features(engine, network, image, FasterRcnnNetwork.OneMore(engine, boxes)), 0, count);
    }

    /// <summary>The objects of images that are pixels, the whole image first, and the images' sizes, both in pixels of the resized images.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="backbone">The network.</param>
    /// <param name="pixels">[B, 3 · side · side], red, green, blue, in a square of the longer side, normalised.</param>
    /// <param name="boxes">[B, N, 4], pixels of the raw images; x1 of padding is -2.</param>
    /// <param name="imageSize">[B, 2], width and height of the raw images.</param>
    public static (VlBertRegions<T> Objects, T Size) Look<T>(
        IRegionEngine<T> engine, VlBertBackbone backbone, T pixels, T boxes, T imageSize)
        where T : class
    {
        var raw = engine.Of(engine.Unsqueeze(imageSize, 1));
        var size = engine.Of(Resized(engine, backbone, raw));
        T ratios = size / raw, corners = engine.Multiply(boxes, engine.Concat(-1, ratios, ratios));
        corners = engine.Maximum(engine.Minimum(corners, engine.Concat(-1, size, size)), engine.Constant([0f], 1));
        var all = engine.Concat(1, engine.Concat(-1, size * 0, size - 1), corners);
        var first = engine.Affine(engine.Slice(all, -1, 0, 1), 0);
        var image = engine.Reshape(engine.ToFloat(engine.Range(engine.Length(boxes, 0))), -1, 1, 1);
        var numbered = engine.Reshape(engine.Concat(-1, engine.Add(first, image), all), -1, 5);

        // Red comes first in the column, blue in the network.
        var images = engine.Reshape(pixels, 0, StandardColumns.Colours, backbone.LongerSide, backbone.LongerSide);
        T Colour(int place) => engine.Slice(images, 1, place, place + 1);
        var features = Features(engine, backbone.ToNetwork(), engine.Concat(1, Colour(2), Colour(1), Colour(0)), numbered);
        var shape = engine.Add(first, engine.Constant(new float[backbone.FeatureSize], backbone.FeatureSize));
        var valid = engine.Squeeze(RegionColumns.Validity(engine, boxes), 2);
        var whole = engine.Affine(engine.Slice(engine.Squeeze(raw, 1), 1, 0, 1), 0, 1);
        return (new(engine.ReshapeLike(features, shape), all, engine.Concat(1, whole, valid)), engine.Squeeze(size, 1));
    }

    /// <summary>The sizes that PreprocessImage resizes images to, [B, 1, 2].</summary>
    private static T Resized<T>(IRegionEngine<T> engine, VlBertBackbone backbone, Value<T> raw)
        where T : class
    {
        T width = raw.Column(0), height = raw.Column(1);
        var scale = engine.Minimum(
            engine.Divide(engine.Constant([(float)backbone.ShorterSide], 1), engine.Minimum(width, height)),
            engine.Divide(engine.Constant([(float)backbone.LongerSide], 1), engine.Maximum(width, height)));
        var rounded = engine.ToFloat(engine.ToInt64(engine.Affine(engine.Multiply(raw, scale), 1, 0.5f)));
        return engine.Maximum(rounded, engine.Constant([1f], 1));
    }
}
