namespace MLNet.VisionLanguage.Objectives;

/// <summary>What a detector found in an image.</summary>
/// <param name="Boxes">x1, y1, x2, y2 of each object.</param>
/// <param name="Classes">Its class.</param>
/// <param name="Scores">How sure the detector is.</param>
internal sealed record FoundObjects(float[] Boxes, long[] Classes, float[] Scores)
{
    /// <summary>What is less sure is not found.</summary>
    private const float Sure = 0.5f;

    /// <summary>From this overlap on a box is right.</summary>
    private const float Overlap = 0.5f;

    /// <summary>
    /// The share of the objects that are there, or are wrongly found, that are rightly found: a single number for an image that is 1 when all is
    /// right, and falls with what is missed and what is made up. 1 where there is nothing and nothing is found.
    /// </summary>
    public double Score(TrueObjects truth)
    {
        var open = Enumerable.Range(0, truth.Classes.Length).ToList();
        int right = 0, wrong = 0;
        foreach (var i in Enumerable.Range(0, Scores.Length).Where(i => Scores[i] >= Sure).OrderByDescending(i => Scores[i]))
        {
            var best = open.Where(other => truth.Classes[other] == Classes[i]).Select(other => (Other: other, Overlap: Shared(other, i)))
                .Where(pair => pair.Overlap >= Overlap).OrderByDescending(pair => pair.Overlap).Select(pair => (int?)pair.Other).FirstOrDefault();
            if (best is { } taken && open.Remove(taken)) right++;
            else wrong++;
        }

        var all = right + wrong + open.Count;
        return all == 0 ? 1 : right / (double)all;

        float Shared(int other, int own) => BoxOverlap.OfEdges(truth.Boxes.AsSpan(4 * other, 4), Boxes.AsSpan(4 * own, 4));
    }
}
