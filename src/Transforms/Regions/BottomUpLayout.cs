namespace MLNet.VisionLanguage.Regions;

/// <summary>Which column of a bottom-up-attention .tsv is which; the number of columns tells the layouts apart.</summary>
/// <param name="Columns">The names of the columns.</param>
internal sealed record BottomUpLayout(IReadOnlyList<string> Columns)
{
    /// <summary>LXMERT's (airsplay/lxmert, src/utils.py).</summary>
    public static readonly BottomUpLayout Lxmert = new(
        ["img_id", "img_h", "img_w", "objects_id", "objects_conf", "attrs_id", "attrs_conf", "num_boxes", "boxes", "features"])
    {
        Height = 1,
        Width = 2,
        ObjectIds = 3,
        ObjectConfidences = 4,
        AttributeIds = 5,
        AttributeConfidences = 6,
        Count = 7,
        Boxes = 8,
        Features = 9,
    };

    /// <summary>The original (peteanderson80/bottom-up-attention, tools/generate_tsv.py).</summary>
    public static readonly BottomUpLayout Original = new(["image_id", "image_w", "image_h", "num_boxes", "boxes", "features"])
    {
        Width = 1,
        Height = 2,
        Count = 3,
        Boxes = 4,
        Features = 5,
    };

    public static IReadOnlyList<BottomUpLayout> All { get; } = [Lxmert, Original];

    public int Width { get; private init; }

    public int Height { get; private init; }

    public int? ObjectIds { get; private init; }

    public int? ObjectConfidences { get; private init; }

    public int? AttributeIds { get; private init; }

    public int? AttributeConfidences { get; private init; }

    public int Count { get; private init; }

    public int Boxes { get; private init; }

    public int Features { get; private init; }
}
