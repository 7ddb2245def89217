namespace MLNet.VisionLanguage.Engine;

/// <summary>What all engines refuse alike of operations on boxes.</summary>
internal static class RegionChecks
{
    /// <exception cref="ArgumentOutOfRangeException">The grid has no cells, or the scale is not positive.</exception>
    public static void Grid(string operation, int size, float scale)
    {
        WindowChecks.Positive(operation, nameof(size), size);
        if (!(scale > 0 && float.IsFinite(scale)))
            throw new ArgumentOutOfRangeException(nameof(scale), scale, $"'{operation}': expected a scale above 0.");
    }

    /// <exception cref="ArgumentOutOfRangeException">The threshold is no overlap.</exception>
    public static void Overlap(double threshold)
    {
        if (!(threshold is >= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(threshold), threshold, "Boxes overlap by 0 to 1; expected such a threshold.");
    }

    /// <summary>
    /// The largest float that is not above a number: a float32 overlap is above the number just where it is above this, so that float32
    /// comparisons decide as the reference's do, which compares with a double.
    /// </summary>
    public static float Floor(double number) => (float)number is var near && near > number ? MathF.BitDecrement(near) : near;
}
