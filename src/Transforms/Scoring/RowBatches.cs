using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>A row of a window that can be scored.</summary>
/// <param name="Slot">Its place in the window.</param>
/// <param name="Items">Its number of items in each input group.</param>
/// <param name="Parts">For each input group a number that rows have in common whose values there are the same; empty where nobody asks.</param>
internal sealed record RowToScore(int Slot, int[] Items, int[] Parts);

/// <summary>Which rows of a window are scored together.</summary>
internal static class RowBatches
{
    /// <summary>
    /// Rows of like length, so that less is padding; or rows of the same image, where that saves more of what the graph computes once an
    /// image.
    /// </summary>
    /// <param name="rows">The rows.</param>
    /// <param name="batchSize">The most rows of a batch.</param>
    /// <param name="shared">What rows may share; null for nothing. Its groups are a text and an image.</param>
    public static List<RowToScore[]> Plan(List<RowToScore> rows, int batchSize, OnnxSharedRows? shared)
    {
        if (rows.Count <= batchSize) return rows.Count == 0 ? [] : [[.. rows]];
        List<RowToScore[]> byLength = [.. rows.OrderBy(row => row.Items.Sum()).Chunk(batchSize)];
        if (shared is null) return byLength;
        List<RowToScore[]> byImage =
        [
            .. rows.GroupBy(row => row.Parts[1]).OrderBy(image => image.First().Items[1]).ThenBy(image => image.Max(row => row.Items[0]))
                .SelectMany(image => image).Chunk(batchSize),
        ];
        return Cost(byImage, shared) < Cost(byLength, shared) ? byImage : byLength;
    }

    private static double Cost(List<RowToScore[]> batches, OnnxSharedRows shared) => batches.Sum(batch =>
    {
        int tokens = batch.Max(row => row.Items[0]), regions = batch.Max(row => row.Items[1]);
        int Different(int group) => batch.Select(row => row.Parts[group]).Distinct().Count();
        return (shared.TextCost * Different(0) * tokens) + (shared.ImageCost * Different(1) * regions)
            + (shared.JointCost * batch.Length * (tokens + regions));
    });
}
