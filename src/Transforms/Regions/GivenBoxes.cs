namespace MLNet.VisionLanguage.Regions;

/// <summary>Boxes that a row gives.</summary>
internal static class GivenBoxes
{
    /// <summary>What is wrong with them, to follow the column's name; null for nothing.</summary>
    /// <param name="boxes">Pixels x1 y1 x2 y2 of each.</param>
    public static string? FindProblem(ReadOnlySpan<float> boxes)
    {
        if (boxes.Length % 4 != 0) return $" has {boxes.Length} values; four a box are expected";
        for (var i = 0; i < boxes.Length; i++)
            if (!float.IsFinite(boxes[i])) return $": box {i / 4} has {boxes[i]}; pixels x1 y1 x2 y2 are expected";
        return null;
    }
}
