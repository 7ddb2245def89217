using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Layers;

namespace MLNet.VisionLanguage.Models;

/// <summary>What a proposal network says of every anchor of one map.</summary>
/// <param name="Logits">How sure it is of an object, [images, anchors].</param>
/// <param name="Deltas">How the object's box differs from the anchor, [images, anchors, 4].</param>
/// <param name="Anchors">[anchors, 4].</param>
/// <param name="LogitMap">The logits as they come, [images, anchors of a place, height, width].</param>
/// <param name="DeltaMap">The deltas as they come, [images, 4 × anchors of a place, height, width].</param>
internal sealed record AnchorScores<T>(T Logits, T Deltas, T Anchors, T LogitMap, T DeltaMap)
    where T : class
{
    /// <summary>The head's hidden map before its activation, where the head was run.</summary>
    public T? Conv { get; init; }
}

/// <summary>The region proposal network (modeling_frcnn.py, RPN).</summary>
internal static class RegionProposals
{
    /// <summary>What the network says of every anchor.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="config">The sizes.</param>
    /// <param name="map">[images, channels, height, width].</param>
    /// <param name="prefix">What names start with.</param>
    public static AnchorScores<T> Score<T>(IRegionEngine<T> engine, FasterRcnnConfig config, T map, string prefix = "proposal_generator.")
        where T : class
    {
        var hidden = config.ProposalChannels == -1 ? config.MapChannels : config.ProposalChannels;
        var head = prefix + "rpn_head.";
        var conv = engine.Conv2D(map, head + "conv", hidden, 3, padding: 1);
        var active = engine.Activate(conv, Activation.Relu);
        var logits = engine.Conv2D(active, head + "objectness_logits", config.AnchorCount, 1);
        var deltas = engine.Conv2D(active, head + "anchor_deltas", 4 * config.AnchorCount, 1);
        return Of(engine, config, map, logits, deltas, prefix) with { Conv = conv };
    }

    /// <summary>The same of maps that the network's head gave.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="config">The sizes.</param>
    /// <param name="map">[images, channels, height, width].</param>
    /// <param name="logits">[images, anchors of a place, height, width].</param>
    /// <param name="deltas">[images, 4 × anchors of a place, height, width].</param>
    /// <param name="prefix">What names start with.</param>
    public static AnchorScores<T> Of<T>(
        IRegionEngine<T> engine, FasterRcnnConfig config, T map, T logits, T deltas, string prefix = "proposal_generator.")
        where T : class
    {
        var cells = engine.Parameter(prefix + AnchorCells, [config.AnchorCount, 4], ParameterRole.Buffer);
        return new(
            engine.Reshape(engine.Transpose(logits, 0, 2, 3, 1), 0, -1),
            engine.Reshape(engine.Transpose(deltas, 0, 2, 3, 1), 0, -1, 4),
            Anchors.Grid(engine, cells, map, FasterRcnnConfig.Stride, config.AnchorOffset),
            logits,
            deltas);
    }

    /// <summary>All anchors of one image moved to where the network says, [anchors, 4].</summary>
    public static T Decode<T>(IRegionEngine<T> engine, FasterRcnnConfig config, AnchorScores<T> scores, int image)
        where T : class => engine.Squeeze(
            new BoxCoder(config.ProposalBoxWeights).Decode(engine, OfImage(engine, scores.Deltas, image), scores.Anchors), 1);

    /// <summary>The proposals of one image, the best first: boxes [proposals, 4] and logits [proposals].</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="config">The sizes.</param>
    /// <param name="scores">Of all anchors.</param>
    /// <param name="image">The image's number.</param>
    /// <param name="size">The image's own size without padding, [2], floats: height, width.</param>
    public static (T Boxes, T Logits) Propose<T>(IRegionEngine<T> engine, FasterRcnnConfig config, AnchorScores<T> scores, int image, T size)
        where T : class => Select(
            engine,
            [(Decode(engine, config, scores, image), OfImage(engine, scores.Logits, image))],
            size,
            config.ProposalsLookedAt,
            config.Proposals,
            config.ProposalOverlap,
            config.ProposalMinSide);

    /// <summary>The best boxes of the levels of a pyramid, those of one level chosen without regard to the others.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="levels">Boxes [boxes, 4] and logits [boxes] of each.</param>
    /// <param name="size">The image's size, [2], floats: height, width.</param>
    /// <param name="lookedAt">How many of each level are looked at.</param>
    /// <param name="most">How many there are in the end.</param>
    /// <param name="overlap">What boxes of a level may overlap.</param>
    /// <param name="least">Sides must be longer.</param>
    public static (T Boxes, T Logits) Select<T>(
        IRegionEngine<T> engine, IReadOnlyList<(T Boxes, T Logits)> levels, T size, int lookedAt, int most, double overlap, float least)
        where T : class
    {
        var best = levels.Select(level =>
        {
            var places = engine.Largest(level.Logits, engine.Constant(new long[] { lookedAt }));
            return (Boxes: engine.Gather(level.Boxes, places), Logits: engine.Gather(level.Logits, places));
        }).ToArray();
        T boxes = engine.Concat(0, [.. best.Select(level => level.Boxes)]), logits = engine.Concat(0, [.. best.Select(level => level.Logits)]);
        var groups = engine.Concat(0, [.. best.Select((level, number) => engine.ToInt64(engine.Affine(level.Logits, 0, number)))]);
        boxes = Boxes.Clip(engine, boxes, size);
        var large = engine.Where(Boxes.AreLarger(engine, boxes, least));
        (boxes, logits) = (engine.Gather(boxes, large), engine.Gather(logits, large));
        var apart = levels.Count == 1 ? boxes : Boxes.Apart(engine, boxes, engine.Gather(groups, large));
        var kept = engine.Slice(Boxes.Keep(engine, apart, logits, overlap), 0, 0, most);
        return (engine.Gather(boxes, kept), engine.Gather(logits, kept));
    }

    /// <summary>The anchors around one place, which checkpoints hold; behind the network's prefix.</summary>
    public const string AnchorCells = "anchor_generator.cell_anchors.0";

    private static T OfImage<T>(IRegionEngine<T> engine, T x, int image)
        where T : class => engine.Squeeze(engine.Slice(x, 0, image, image + 1), 0);
}
