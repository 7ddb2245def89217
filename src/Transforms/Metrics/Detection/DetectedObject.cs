namespace MLNet.VisionLanguage.Metrics;

/// <summary>An object of an image, as a person drew it or as a detector found it.</summary>
/// <param name="X">Its left side in pixels.</param>
/// <param name="Y">Its upper side.</param>
/// <param name="Width">How wide it is.</param>
/// <param name="Height">How high it is.</param>
/// <param name="Score">How sure the detector is.</param>
internal sealed record DetectedObject(double X, double Y, double Width, double Height, double Score = 0)
{
    /// <summary>Pixels that it covers, which may be fewer than those of its box.</summary>
    public double Area { get; init; } = Width * Height;

    /// <summary>Whether it stands for several that were not told apart, or is too difficult: finding it is neither right nor wrong.</summary>
    public bool IsIgnored { get; init; }

    /// <summary>The objects of boxes x1 y1 x2 y2.</summary>
    public static DetectedObject Of(ReadOnlySpan<float> box, double score = 0) =>
        new(box[0], box[1], (double)box[2] - box[0], (double)box[3] - box[1], score);
}

/// <summary>What is in an image of one class, and what was found of it, the surest first.</summary>
internal sealed record ClassInImage(IReadOnlyList<DetectedObject> True, IReadOnlyList<DetectedObject> Found)
{
    /// <summary>Whether every object of the class is marked; else what is found beside those that are is neither right nor wrong.</summary>
    public bool IsExhaustive { get; init; } = true;
}
