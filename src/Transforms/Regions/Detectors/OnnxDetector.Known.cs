namespace MLNet.VisionLanguage;

public sealed partial record OnnxDetector
{
    /// <summary>The detectors that need no description, by name.</summary>
    public static IReadOnlyDictionary<string, OnnxDetector> Known { get; } = new Dictionary<string, OnnxDetector>(StringComparer.OrdinalIgnoreCase)
    {
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
