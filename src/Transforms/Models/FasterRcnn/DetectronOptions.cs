using System.Text.Json;

namespace MLNet.VisionLanguage.Models;

/// <summary>
/// Reads detectron2's nested options, by whichever case of letters: the extractor's configuration file has lower case, its loader upper.
/// </summary>
/// <param name="root">The outermost object.</param>
/// <param name="source">What to call it.</param>
internal sealed class DetectronOptions(JsonElement root, string source)
{
    /// <inheritdoc cref="FasterRcnnConfig.FromJson(string)"/>
    public static FasterRcnnConfig Read(string json, string source)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return new DetectronOptions(document.RootElement, source).Read();
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{source}: expected a JSON object of options; {e.Message}", e);
        }
    }

    private FasterRcnnConfig Read()
    {
        if (root.ValueKind != JsonValueKind.Object) throw new InvalidDataException($"{source}: expected a JSON object of options.");
        var usual = FasterRcnnConfig.VisualGenome;
        RequireOnly("RESNETS.OUT_FEATURES", ["res4"]);
        RequireOnly("ROI_HEADS.IN_FEATURES", ["res4"]);
        if (Get("INPUT.FORMAT", "BGR", Text) is var format and not "BGR") throw Unsupported("INPUT.FORMAT", $"'{format}'; only BGR is supported");
        if (!Get("ROI_BOX_HEAD.ATTR", true, Flag)) throw Unsupported("ROI_BOX_HEAD.ATTR", "false; only a detector of attributes is supported");
        var config = new FasterRcnnConfig
        {
            ShorterSide = Get("INPUT.MIN_SIZE_TEST", usual.ShorterSide, Whole),
            LongerSide = Get("INPUT.MAX_SIZE_TEST", usual.LongerSide, Whole),
            PixelMean = Get("MODEL.PIXEL_MEAN", usual.PixelMean, Floats),
            PixelDeviation = Get("MODEL.PIXEL_STD", usual.PixelDeviation, Floats),
            CaffePool = Get("MODEL.MAX_POOL", usual.CaffePool, Flag),
            Depth = Get("RESNETS.DEPTH", usual.Depth, Whole),
            StemChannels = Get("RESNETS.STEM_OUT_CHANNELS", usual.StemChannels, Whole),
            StageChannels = Get("RESNETS.RES2_OUT_CHANNELS", usual.StageChannels, Whole),
            WidthPerGroup = Get("RESNETS.WIDTH_PER_GROUP", usual.WidthPerGroup, Whole),
            Groups = Get("RESNETS.NUM_GROUPS", usual.Groups, Whole),
            StrideInFirst = Get("RESNETS.STRIDE_IN_1X1", usual.StrideInFirst, Flag),
            Normalizes = Get("RESNETS.NORM", "BN", Text) switch
            {
                "BN" or "FrozenBN" => true,
                "" => false,
                var other => throw Unsupported("RESNETS.NORM", $"'{other}'; only BN, FrozenBN and nothing are supported"),
            },
            FrozenStages = Get("BACKBONE.FREEZE_AT", usual.FrozenStages, Whole),
            AnchorSizes = Get("ANCHOR_GENERATOR.SIZES", usual.AnchorSizes, OneLevel),
            AnchorRatios = Get("ANCHOR_GENERATOR.ASPECT_RATIOS", usual.AnchorRatios, OneLevel),
            AnchorOffset = Get("ANCHOR_GENERATOR.OFFSET", usual.AnchorOffset, Number),
            ProposalChannels = Get("PROPOSAL_GENERATOR.HIDDEN_CHANNELS", usual.ProposalChannels, Whole),
            ProposalMinSide = (float)Get("PROPOSAL_GENERATOR.MIN_SIZE", usual.ProposalMinSide, Number),
            ProposalOverlap = Get("RPN.NMS_THRESH", usual.ProposalOverlap, Number),
            ProposalsLookedAt = Get("RPN.PRE_NMS_TOPK_TEST", usual.ProposalsLookedAt, Whole),
            Proposals = Get("RPN.POST_NMS_TOPK_TEST", usual.Proposals, Whole),
            ProposalBoxWeights = Get("RPN.BBOX_REG_WEIGHTS", usual.ProposalBoxWeights, Floats),
            PoolSize = Get("ROI_BOX_HEAD.POOLER_RESOLUTION", usual.PoolSize, Whole),
            HalvesRegions = Get("ROI_BOX_HEAD.RES5HALVE", usual.HalvesRegions, Flag),
            BoxWeights = Get("ROI_BOX_HEAD.BBOX_REG_WEIGHTS", usual.BoxWeights, Floats),
            SharesBoxes = Get("ROI_BOX_HEAD.CLS_AGNOSTIC_BBOX_REG", usual.SharesBoxes, Flag),
            Classes = Get("ROI_HEADS.NUM_CLASSES", usual.Classes, Whole),
            Attributes = Get("ROI_BOX_HEAD.NUM_ATTRS", usual.Attributes, Whole),
            RegionOverlaps = Get("ROI_HEADS.NMS_THRESH_TEST", usual.RegionOverlaps, Numbers),
            MinRegions = Get("MIN_DETECTIONS", usual.MinRegions, Whole),
            MaxRegions = Get("MAX_DETECTIONS", usual.MaxRegions, Whole),
        };
        config.Validate(source);
        return config;
    }

    private TValue Get<TValue>(string path, TValue usual, Func<JsonElement, TValue> read)
    {
        if (Find(path) is not { } value) return usual;
        try
        {
            return read(value);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException)
        {
            throw new InvalidDataException($"{source}: option '{path}' is {value.GetRawText()}, a value of the wrong kind.", e);
        }
    }

    private JsonElement? Find(string path)
    {
        var value = root;
        foreach (var name in path.Split('.'))
        {
            if (value.ValueKind != JsonValueKind.Object)
                throw new InvalidDataException($"{source}: option '{path}': an object is expected before '{name}'.");
            var found = value.EnumerateObject().FirstOrDefault(property => property.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (found.Value.ValueKind == JsonValueKind.Undefined) return null;
            value = found.Value;
        }

        return value;
    }

    private void RequireOnly(string path, IReadOnlyList<string> expected)
    {
        var found = Get(path, expected, value => [.. value.EnumerateArray().Select(Text)]);
        if (!found.SequenceEqual(expected))
            throw Unsupported(path, $"[{string.Join(", ", found)}]; only [{string.Join(", ", expected)}] is supported");
    }

    private ArgumentException Unsupported(string option, string found) => new($"{source}: option '{option}' is {found}.");

    private static int Whole(JsonElement value) => value.GetInt32();

    private static double Number(JsonElement value) => value.GetDouble();

    private static bool Flag(JsonElement value) => value.GetBoolean();

    private static string Text(JsonElement value) => value.GetString() ?? throw new FormatException("null is no text.");

    private static IReadOnlyList<float> Floats(JsonElement value) => [.. value.EnumerateArray().Select(item => item.GetSingle())];

    /// <summary>A list, or one number that stands for a list of it.</summary>
    private static IReadOnlyList<double> Numbers(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number ? [value.GetDouble()] : [.. value.EnumerateArray().Select(Number)];

    /// <summary>A list of a list for each level of maps, of which there is one.</summary>
    private static IReadOnlyList<double> OneLevel(JsonElement value) => value.GetArrayLength() == 1
        ? Numbers(value[0])
        : throw new FormatException("There is one map.");
}
