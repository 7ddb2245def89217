namespace MLNet.VisionLanguage.Objectives;

/// <summary>Which true box each box is for, and what it is taken as.</summary>
/// <param name="Matches">The number of the true box that it overlaps with most, of equals the first; 0 where there is none.</param>
/// <param name="Labels">What the overlap says: one of the matcher's labels.</param>
internal sealed record BoxMatches(long[] Matches, long[] Labels);

/// <summary>Brings boxes together with true ones by their overlap (detectron2's Matcher).</summary>
/// <param name="Thresholds">Overlaps at which the next label begins, ascending.</param>
/// <param name="Labels">One more than thresholds: 1 for found, 0 for not, -1 for undecided.</param>
/// <param name="KeepsBest">Whether the boxes that overlap with a true one most are found however little that is.</param>
internal sealed record BoxMatcher(IReadOnlyList<float> Thresholds, IReadOnlyList<int> Labels, bool KeepsBest)
{
    /// <summary>Intersection over union of each true box with each box, row after row; 0 where they do not meet.</summary>
    /// <param name="truth">x1, y1, x2, y2 of each true box.</param>
    /// <param name="boxes">x1, y1, x2, y2 of each box.</param>
    public static float[] Overlaps(ReadOnlySpan<float> truth, ReadOnlySpan<float> boxes)
    {
        int rows = truth.Length / 4, columns = boxes.Length / 4;
        var overlaps = new float[rows * columns];
        for (var row = 0; row < rows; row++)
            for (var column = 0; column < columns; column++)
                overlaps[row * columns + column] = BoxOverlap.OfEdges(truth.Slice(4 * row, 4), boxes.Slice(4 * column, 4));
        return overlaps;
    }

    /// <param name="overlaps">Of each true box with each box, row after row.</param>
    /// <param name="boxes">How many boxes.</param>
    public BoxMatches Match(ReadOnlySpan<float> overlaps, int boxes)
    {
        var matches = new long[boxes];
        var labels = new long[boxes];
        Array.Fill(labels, Labels[0]);
        if (boxes == 0 || overlaps.IsEmpty) return new(matches, labels);
        for (var box = 0; box < boxes; box++)
        {
            var most = overlaps[box];
            for (var row = 1; row < overlaps.Length / boxes; row++)
            {
                if (overlaps[row * boxes + box] > most) (most, matches[box]) = (overlaps[row * boxes + box], row);
            }

            labels[box] = Labels[Thresholds.Count(threshold => most >= threshold)];
        }

        for (var row = 0; KeepsBest && row < overlaps.Length / boxes; row++)
        {
            var own = overlaps.Slice(row * boxes, boxes);
            var most = own[0];
            foreach (var overlap in own) most = Math.Max(most, overlap);
            for (var box = 0; box < boxes; box++)
                if (own[box] == most) labels[box] = 1;
        }

        return new(matches, labels);
    }
}

/// <summary>How many boxes of an image a loss is of.</summary>
/// <param name="Count">How many.</param>
/// <param name="Fraction">At most what part of them are found ones.</param>
internal sealed record BoxSampling(int Count, double Fraction)
{
    /// <summary>The boxes that are drawn: found ones first, then others, each in the order of the draw.</summary>
    /// <param name="isFound">Whether a box is a found one; null leaves it out.</param>
    /// <param name="draw">A number for each box; small ones are drawn first.</param>
    public (int[] Found, int[] Others) Draw(IReadOnlyList<bool?> isFound, IReadOnlyList<float> draw)
    {
        int[] Of(bool found, int most) =>
            [.. Enumerable.Range(0, isFound.Count).Where(box => isFound[box] == found).OrderBy(box => draw[box]).Take(most)];
        var some = Of(true, (int)(Count * Fraction));
        return (some, Of(false, Count - some.Length));
    }
}
