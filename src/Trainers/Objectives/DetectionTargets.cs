using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Objectives;

/// <summary>What is truly in an image.</summary>
/// <param name="Boxes">x1, y1, x2, y2 of each object, in the pixels that the detector looks at.</param>
/// <param name="Classes">Its class.</param>
/// <param name="Attributes">Its attribute; negative where it has none.</param>
internal sealed record TrueObjects(float[] Boxes, long[] Classes, long[] Attributes);

/// <summary>What a detector's first stage is asked of an image.</summary>
/// <param name="Matches">Of each anchor.</param>
/// <param name="Asked">Of each anchor 1 for an object, 0 for none, -1 where nothing is asked.</param>
/// <param name="Deltas">Of each anchor that is an object, [found, 4].</param>
internal sealed record AnchorTargets(BoxMatches Matches, long[] Asked, Tensor Deltas);

/// <summary>What a detector's second stage is asked of an image.</summary>
/// <param name="Boxes">The proposals and after them the true boxes, x1, y1, x2, y2 of each.</param>
/// <param name="Matches">Of each of these.</param>
/// <param name="AllClasses">What each of these is.</param>
/// <param name="Sampled">The places of those that are asked for, objects first.</param>
/// <param name="Attributes">The attributes of those.</param>
/// <param name="Deltas">Of each of those that is an object, [found, 4].</param>
internal sealed record RegionTargets(
    float[] Boxes, BoxMatches Matches, long[] AllClasses, int[] Sampled, long[] Attributes, Tensor Deltas)
{
    /// <summary>What those that are asked for are.</summary>
    public IEnumerable<long> Classes => Sampled.Select(box => AllClasses[box]);
}

/// <summary>What a detector is trained to say (detectron2, the options of the extractor's configuration and its defaults).</summary>
internal sealed record DetectionTargets
{
    /// <summary>RPN.IOU_THRESHOLDS and IOU_LABELS.</summary>
    public BoxMatcher AnchorMatcher { get; init; } = new([0.3f, 0.7f], [0, -1, 1], KeepsBest: true);

    /// <summary>RPN.BATCH_SIZE_PER_IMAGE and POSITIVE_FRACTION.</summary>
    public BoxSampling AnchorSampling { get; init; } = new(256, 0.5);

    /// <summary>RPN.BOUNDARY_THRESH: anchors that reach further beyond the image are left out; negative leaves out none.</summary>
    public float Boundary { get; init; } = -1;

    /// <summary>ROI_HEADS.IOU_THRESHOLDS and IOU_LABELS.</summary>
    public BoxMatcher RegionMatcher { get; init; } = new([0.5f], [0, 1], KeepsBest: false);

    /// <summary>ROI_HEADS.BATCH_SIZE_PER_IMAGE and POSITIVE_FRACTION.</summary>
    public BoxSampling RegionSampling { get; init; } = new(512, 0.25);

    /// <summary>What is asked of an image's anchors.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="coder">The weights of proposals.</param>
    /// <param name="anchors">[anchors, 4].</param>
    /// <param name="truth">What is there.</param>
    /// <param name="size">Height and width.</param>
    /// <param name="draw">A number for each anchor; small ones are drawn first.</param>
    public AnchorTargets Anchors(
        TorchEngine engine, BoxCoder coder, Tensor anchors, TrueObjects truth, (float Height, float Width) size, IReadOnlyList<float> draw)
    {
        var boxes = DetectionObjective.Numbers(anchors);
        var matches = AnchorMatcher.Match(BoxMatcher.Overlaps(truth.Boxes, boxes), boxes.Length / 4);
        DetectionObjective.IgnoreOutside(matches.Labels, boxes, size.Height, size.Width, Boundary);
        var asked = DetectionObjective.Sample(matches.Labels, AnchorSampling, draw);
        int[] found = [.. Enumerable.Range(0, asked.Length).Where(i => asked[i] == 1)];
        return new(matches, asked, Wanted(engine, coder, boxes, truth, matches, found));
    }

    /// <summary>What is asked of an image's proposals.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="coder">The weights of regions.</param>
    /// <param name="proposals">x1, y1, x2, y2 of each.</param>
    /// <param name="truth">What is there; each true box is a proposal too.</param>
    /// <param name="background">What is no object.</param>
    /// <param name="draw">A number for each proposal and each true box; small ones are drawn first.</param>
    public RegionTargets Regions(
        TorchEngine engine, BoxCoder coder, float[] proposals, TrueObjects truth, long background, IReadOnlyList<float> draw)
    {
        float[] boxes = [.. proposals, .. truth.Boxes];
        var matches = RegionMatcher.Match(BoxMatcher.Overlaps(truth.Boxes, boxes), boxes.Length / 4);
        long[] classes = [.. matches.Labels.Select((label, box) => label == 1 ? truth.Classes[matches.Matches[box]] : background)];
        var (found, others) = RegionSampling.Draw([.. classes.Select(known => (bool?)(known != background))], draw);
        int[] sampled = [.. found, .. others];
        long[] attributes = [.. sampled.Select(box => truth.Attributes.Length == 0 ? -1 : truth.Attributes[matches.Matches[box]])];
        return new(boxes, matches, classes, sampled, attributes, Wanted(engine, coder, boxes, truth, matches, found));
    }

    private static Tensor Wanted(TorchEngine engine, BoxCoder coder, float[] boxes, TrueObjects truth, BoxMatches matches, int[] found)
    {
        Tensor Chosen(float[] all, IEnumerable<long> places)
        {
            float[] values = [.. places.SelectMany(place => all.AsSpan(checked((int)place) * 4, 4).ToArray())];
            return engine.Constant(values, values.Length / 4, 4);
        }

        return coder.Encode(
            engine, Chosen(boxes, found.Select(box => (long)box)), Chosen(truth.Boxes, found.Select(box => matches.Matches[box])));
    }
}
