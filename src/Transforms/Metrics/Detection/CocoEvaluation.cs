namespace MLNet.VisionLanguage.Metrics;

/// <summary>
/// Average precision and recall of one class as pycocotools computes them (cocodataset/cocoapi, PythonAPI/pycocotools/cocoeval.py, boxes): for
/// every overlap from 0.5 to 0.95, range of areas and number of boxes an image.
/// </summary>
internal sealed class CocoEvaluation
{
    /// <summary>Boxes an image that count, from the surest.</summary>
    public static readonly int[] Counts = [1, 10, 100];

    /// <summary>All areas, small, medium and large ones: from and to, in pixels.</summary>
    public static readonly (double From, double To)[] Areas = [(0, 1e10), (0, 32 * 32), (32 * 32, 96 * 96), (96 * 96, 1e10)];

    /// <summary>The overlaps from which a box is right.</summary>
    public static readonly double[] Overlaps = [.. Enumerable.Range(0, 10).Select(i => LinearSpace(0.5, 0.95, 10, i))];

    private static readonly double[] Recalls = [.. Enumerable.Range(0, 101).Select(i => LinearSpace(0, 1, 101, i))];

    /// <summary>The distance of 1 to the next number, as numpy.spacing(1) has it.</summary>
    private static readonly double Least = Math.BitIncrement(1.0) - 1;

    private readonly int[] _counts;
    private readonly double[,,] _precision;
    private readonly double[,,] _recall;

    /// <param name="images">The class in every image that has it, or where it was found.</param>
    /// <param name="counts">Boxes an image that count, ascending; null for COCO's <see cref="Counts"/>.</param>
    public CocoEvaluation(IReadOnlyList<ClassInImage> images, int[]? counts = null)
    {
        _counts = counts ?? Counts;
        _precision = new double[Areas.Length, _counts.Length, Overlaps.Length];
        _recall = new double[Areas.Length, _counts.Length, Overlaps.Length];
        double[][,] overlaps = [.. images.Select(image => OverlapsOf(image))];
        for (var area = 0; area < Areas.Length; area++)
        {
            var matches = images.Select((image, i) => Match(image, overlaps[i], Areas[area], _counts[^1])).ToList();
            var meant = matches.Sum(match => match.Meant);
            HasObjects[area] = meant > 0;
            if (meant == 0) continue;
            for (var count = 0; count < _counts.Length; count++) Accumulate(area, count, matches, meant);
        }
    }

    /// <summary>Whether there is an object of that area; nothing is measured of others.</summary>
    public bool[] HasObjects { get; } = new bool[Areas.Length];

    /// <summary>Precision, the mean of recalls 0 to 1.</summary>
    public double Precision(int area, int count, int overlap) => _precision[area, count, overlap];

    /// <summary>The highest recall.</summary>
    public double Recall(int area, int count, int overlap) => _recall[area, count, overlap];

    /// <summary>numpy.linspace: the last is exact.</summary>
    private static double LinearSpace(double from, double to, int count, int i) => i == count - 1 ? to : from + (i * ((to - from) / (count - 1)));

    private static double[,] OverlapsOf(ClassInImage image)
    {
        var overlaps = new double[image.Found.Count, image.True.Count];
        for (var d = 0; d < image.Found.Count; d++)
        {
            for (var g = 0; g < image.True.Count; g++) overlaps[d, g] = Overlap(image.Found[d], image.True[g]);
        }

        return overlaps;
    }

    /// <summary>Intersection over union; of one that stands for several, over what was found.</summary>
    private static double Overlap(DetectedObject found, DetectedObject meant)
    {
        var width = Math.Min(found.X + found.Width, meant.X + meant.Width) - Math.Max(found.X, meant.X);
        var height = Math.Min(found.Y + found.Height, meant.Y + meant.Height) - Math.Max(found.Y, meant.Y);
        if (width <= 0 || height <= 0) return 0;
        var shared = width * height;
        var area = found.Width * found.Height;
        return shared / (meant.IsIgnored ? area : area + (meant.Width * meant.Height) - shared);
    }

    /// <summary>Gives each box, the surest first, the object that it overlaps most and that no other has.</summary>
    private static Matches Match(ClassInImage image, double[,] overlaps, (double From, double To) area, int most)
    {
        bool Outside(double size) => size < area.From || size > area.To;
        var unmatched = image.IsExhaustive ? State.Wrong : State.Ignored;
        var ignored = image.True.Select(meant => meant.IsIgnored || Outside(meant.Area)).ToArray();

        // What does not count comes last, so that it is taken only where nothing else is.
        int[] order = [.. Enumerable.Range(0, ignored.Length).OrderBy(g => ignored[g])];
        var found = image.Found.Take(most).ToArray();
        var states = new State[Overlaps.Length, found.Length];
        for (var t = 0; t < Overlaps.Length; t++)
        {
            var taken = new bool[ignored.Length];
            for (var d = 0; d < found.Length; d++)
            {
                var (best, match) = (Math.Min(Overlaps[t], 1 - 1e-10), -1);
                foreach (var g in order)
                {
                    if (taken[g] && !image.True[g].IsIgnored) continue;
                    if (match >= 0 && !ignored[match] && ignored[g]) break;
                    if (overlaps[d, g] < best) continue;
                    (best, match) = (overlaps[d, g], g);
                }

                if (match >= 0) taken[match] = true;
                states[t, d] = match >= 0 ? (ignored[match] ? State.Ignored : State.Right) : Outside(found[d].Area) ? State.Ignored : unmatched;
            }
        }

        return new([.. found.Select(box => box.Score)], states, ignored.Count(isIgnored => !isIgnored));
    }

    private void Accumulate(int area, int count, List<Matches> matches, int meant)
    {
        // Of equal scores those of earlier images go first.
        var boxes = matches.SelectMany(match => Enumerable.Range(0, Math.Min(match.Scores.Length, _counts[count])).Select(d => (match, d)))
            .OrderByDescending(box => box.match.Scores[box.d]).ToArray();
        var (precision, recall) = (new double[boxes.Length], new double[boxes.Length]);
        for (var t = 0; t < Overlaps.Length; t++)
        {
            double right = 0, wrong = 0;
            foreach (var (i, (match, d)) in boxes.Index())
            {
                if (match.States[t, d] == State.Right) right++;
                if (match.States[t, d] == State.Wrong) wrong++;
                (recall[i], precision[i]) = (right / meant, right / (wrong + right + Least));
            }

            for (var i = boxes.Length - 2; i >= 0; i--) precision[i] = Math.Max(precision[i], precision[i + 1]);
            var (sum, at) = (0.0, 0);
            foreach (var wanted in Recalls)
            {
                while (at < boxes.Length && recall[at] < wanted) at++;
                if (at < boxes.Length) sum += precision[at];
            }

            _precision[area, count, t] = sum / Recalls.Length;
            _recall[area, count, t] = boxes.Length == 0 ? 0 : recall[^1];
        }
    }

    private enum State
    {
        Wrong,
        Right,
        Ignored,
    }

    /// <summary>What became of an image's boxes.</summary>
    /// <param name="Scores">Their scores, the highest first.</param>
    /// <param name="States">Of each overlap and box.</param>
    /// <param name="Meant">How many objects were to be found.</param>
    private sealed record Matches(double[] Scores, State[,] States, int Meant);
}
