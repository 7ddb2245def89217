namespace MLNet.VisionLanguage.Metrics;

/// <summary>
/// Average precision of one class as Pascal VOC counts it: a box includes its last pixels, and is right when the object of its class that it
/// overlaps most has not been found by a surer one.
/// </summary>
internal static class VocEvaluation
{
    /// <summary>The average precision, 0..1; 0 where there is no object.</summary>
    /// <param name="images">The class in every image.</param>
    /// <param name="threshold">The overlap from which a box is right.</param>
    /// <param name="elevenPoints">Whether it is the mean of eleven recalls, as until 2009, and not the area below the curve.</param>
    public static double AveragePrecision(IReadOnlyList<ClassInImage> images, double threshold, bool elevenPoints)
    {
        var meant = images.Sum(image => image.True.Count(box => !box.IsIgnored));
        if (meant == 0) return 0;
        var taken = images.Select(image => new bool[image.True.Count]).ToArray();
        var (recall, precision) = (new List<double>(), new List<double>());
        double right = 0, wrong = 0;
        foreach (var (i, box) in images.SelectMany((image, i) => image.Found.Select(box => (i, box))).OrderByDescending(pair => pair.box.Score))
        {
            var (best, match) = (0.0, -1);
            foreach (var (g, other) in images[i].True.Index())
            {
                if (Overlap(box, other) is var overlap && overlap > best) (best, match) = (overlap, g);
            }

            if (best >= threshold && match >= 0)
            {
                if (images[i].True[match].IsIgnored) continue;
                if (taken[i][match])
                    wrong++;
                else
                    right++;
                taken[i][match] = true;
            }
            else
            {
                wrong++;
            }

            recall.Add(right / meant);
            precision.Add(right / (right + wrong));
        }

        for (var i = precision.Count - 2; i >= 0; i--) precision[i] = Math.Max(precision[i], precision[i + 1]);
        return elevenPoints
            ? Enumerable.Range(0, 11).Average(i => recall.FindIndex(value => value >= i * 0.1) is >= 0 and var at ? precision[at] : 0)
            : recall.Select((value, i) => (value - (i == 0 ? 0 : recall[i - 1])) * precision[i]).Sum();
    }

    private static double Overlap(DetectedObject one, DetectedObject other)
    {
        var width = Math.Min(one.X + one.Width, other.X + other.Width) - Math.Max(one.X, other.X);
        var height = Math.Min(one.Y + one.Height, other.Y + other.Height) - Math.Max(one.Y, other.Y);
        if (width < 0 || height < 0) return 0;
        var shared = (width + 1) * (height + 1);
        return shared / (Area(one) + Area(other) - shared);
    }

    private static double Area(DetectedObject box) => (box.Width + 1) * (box.Height + 1);
}
