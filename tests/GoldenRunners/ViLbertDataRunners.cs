using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Training;
using Xunit;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>vilbert, post-iou: overlaps of boxes.</summary>
internal sealed class BoxOverlapRunner : IGoldenRunner
{
    public string System => "vilbert";

    public IReadOnlyCollection<string> Kinds => ["post-iou"];

    public string Engine => "data";

    public void Run(GoldenCase c)
    {
        float[][] rows = [.. c.Inputs["anchors"].ToSingles().Chunk(4)], columns = [.. c.Inputs["gt_boxes"].ToSingles().Chunk(4)];
        float[] overlaps = [.. rows.SelectMany(row => columns.Select(column => BoxOverlap.Of(row, column)))];
        foreach (var name in c.Outputs.Names) GoldenAssert.Close(c, name, overlaps, [rows.Length, columns.Length]);
    }
}

/// <summary>vilbert, post-retrievalmetrics: ranks and what is made of them.</summary>
internal sealed class RetrievalRanksRunner : IGoldenRunner
{
    public string System => "vilbert";

    public IReadOnlyCollection<string> Kinds => ["post-retrievalmetrics"];

    public string Engine => "data";

    public void Run(GoldenCase c)
    {
        var images = (int)c.Inputs["score_matrix"].Shape[1];
        float[][] scores = [.. c.Inputs["score_matrix"].ToSingles().Chunk(images)];
        int[] right = [.. c.Inputs["target_matrix"].ToSingles().Chunk(images).Select(row => Array.IndexOf(row, row.Max()))];
        var ranks = new RetrievalRanks(scores.Zip(right, (row, item) => RetrievalRanks.RankOf(item, row)));
        GoldenAssert.Close(c, "rank", [.. ranks.Ranks.Select(rank => (float)rank)], [scores.Length]);
        foreach (var first in new[] { 1, 5, 10 })
            GoldenAssert.Close(c.Scalars[$"r{first}"], ranks.Recall(first), c.Tolerance, c, $"r{first}");
        GoldenAssert.Close(c.Scalars["medr"], ranks.MedianRank, 0, c, "medr");
        GoldenAssert.Close(c.Scalars["meanr"], ranks.MeanRank, c.Tolerance, c, "meanr");
        var metrics = ImageTextRetrievalMetrics.FromScores(scores, right).ImageRetrieval;
        GoldenAssert.Close(c.Scalars["r5"] / 100, metrics.RecallAt5, c.Tolerance, c, "r5 as a share");
        GoldenAssert.Close(c.Scalars["meanr"], metrics.MeanRank, c.Tolerance, c, "meanr");
        var top = (int)c.Outputs["top20"].Shape[1];
        GoldenAssert.Equal(
            c.Outputs["top20"], [.. scores.SelectMany(row => RetrievalRanks.Order(row).Take(top)).Select(item => (long)item)],
            [scores.Length, top], c, "top20");
    }
}

/// <summary>vilbert, post-stopcontroller: when a task of several pauses.</summary>
internal sealed class StopAndGoRunner : IGoldenRunner
{
    public string System => "vilbert";

    public IReadOnlyCollection<string> Kinds => ["post-stopcontroller"];

    public string Engine => "data";

    public void Run(GoldenCase c)
    {
        foreach (var sequence in c.Json.GetProperty("sequences").EnumerateArray())
        {
            var controller = new StopAndGo();
            foreach (var (step, at) in sequence.EnumerateArray().Select((step, at) => (step, at)))
            {
                controller.Hear(step.GetProperty("score").GetDouble());
                Check(c, step, controller, $"step {at}");
            }
        }
    }

    public static void Check(GoldenCase c, global::System.Text.Json.JsonElement expected, StopAndGo controller, string what)
    {
        GoldenAssert.Close(expected.GetProperty("best").GetDouble(), controller.Best, 1e-6, c, $"best at {what}");
        Assert.Equal(expected.GetProperty("num_bad_epochs").GetInt32(), controller.Bad);
        Assert.Equal(expected.GetProperty("cooldown_counter").GetInt32(), controller.CoolingDown);
        Assert.Equal(expected.GetProperty("in_stop").GetBoolean(), controller.IsStopped);
    }
}
