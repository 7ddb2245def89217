using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>Objectives at their edges; the golden cases hold their numbers.</summary>
[Collection(Support.TorchCollection.Name)]
public sealed class ObjectiveTests
{
    [Fact]
    public void Where_nothing_is_masked_there_is_nothing_to_learn()
    {
        using var scope = NewDisposeScope();
        var none = Whole([-1, -1, -1, -1], 2, 2);
        Tensor predictions = torch.ones(2, 2, 3), targets = torch.zeros(2, 2, 3);
        Assert.Equal(0, MaskedTokens.LossOrZero(predictions, none).ToDouble());
        Assert.Equal(0, MaskedRegionObjective.ClassLoss(predictions, targets, none).ToDouble());
        Assert.Equal(0, MaskedRegionObjective.FeatureLoss(predictions, targets, none).ToDouble());
        var places = new ContrastiveNegatives(Whole([0, 0, 0, 0], 2, 2, 1), Whole([0, 0, 0, 0], 2, 2, 1), Whole([0, 0, 0, 0], 2, 2, 1)).Places();
        Assert.Equal(0, MaskedRegionObjective.Contrast(predictions, targets, none, places).Loss().ToDouble());
    }

    [Fact]
    public void Negatives_are_never_the_region_itself()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(7);
        const long Images = 3, Regions = 4;
        var places = ContrastiveNegatives.Draw(Images, Regions, 20, CPU, random).Places();
        Assert.Equal([Images, Regions, 20], places.shape);
        for (long own = 0; own < Images * Regions; own++)
        {
            long[] others = places.reshape(-1, 20).select(0, own).data<long>().ToArray();
            Assert.DoesNotContain(own, others);
            Assert.All(others, other => Assert.InRange(other, 0, (Images * Regions) - 1));
            Assert.All(others[..14], other => Assert.NotEqual(own / Regions, other / Regions));
            Assert.All(others[14..], other => Assert.Equal(own / Regions, other / Regions));
        }

        Assert.Contains("1 images", Assert.Throws<ArgumentException>(() => ContrastiveNegatives.Draw(1, 4, 20, CPU)).Message);
    }

    [Fact]
    public void A_choice_that_is_not_there_is_told()
    {
        using var scope = NewDisposeScope();
        var logits = torch.zeros(2, 3);
        Assert.Contains("A choice is 3; there are 3", Assert.Throws<ArgumentException>(() => ChoiceObjective.Loss(logits, Whole([0, 3], 2))).Message);
        Assert.Contains("of the 1 boxes", Assert.Throws<ArgumentException>(
            () => RegionChoiceObjective.Among(logits, Whole([0, 1], 2, 1), firstBox: 2)).Message);
        Assert.Throws<ArgumentException>(() => ChoiceObjective.SideBySide(torch.zeros(5, 1), 2));
        Assert.Throws<ArgumentException>(() => ChoiceObjective.Loss(logits, Whole([0], 1)));
        Assert.Throws<ArgumentException>(() => ClassObjective.Loss(logits, torch.zeros(2, 2)));
    }

    [Fact]
    public void An_overlap_of_just_a_half_is_not_found()
    {
        using var scope = NewDisposeScope();
        var logits = torch.tensor([1f, 0, 0, 1], [2, 2]);
        Assert.Equal(1, RegionChoiceObjective.Score(logits, torch.tensor([0.5f, 1, 0, 0.51f], [2, 2])).ToDouble());
    }

    [Fact]
    public void A_stopped_task_begins_anew_when_reset()
    {
        var task = new StopAndGo();
        foreach (var score in new[] { 0.5, 0.5, 0.5 }) task.Hear(score);
        Assert.True(task.IsStopped);
        task.Reset();
        Assert.False(task.IsStopped);
        task.Hear(0.1);
        Assert.Equal((0.1, 0), (task.Best, task.Bad));
    }

    [Fact]
    public void Ranks_of_no_query_have_no_mean()
    {
        var none = new RetrievalRanks([]);
        Assert.True(double.IsNaN(none.MeanRank) && double.IsNaN(none.MedianRank) && double.IsNaN(none.Recall(1)));
        Assert.Equal(1, RetrievalRanks.RankOf(1, [0.5f, 0.5f, 0.1f]));
        Assert.Throws<ArgumentOutOfRangeException>(() => RetrievalRanks.RankOf(3, [0.5f, 0.5f, 0.1f]));
    }

    [Fact]
    public void Targets_without_regions_are_the_whole_images()
    {
        Assert.Equal([1f], GroundingTargets.Of([], 9, 9, [0, 0, 9, 9]));
        Assert.Equal([0f], GroundingTargets.Of([], 9, 9, [0, 0, 1, 1], GroundingTargets.LeastWhileTraining));
    }

    [Fact]
    public void Of_several_boxes_that_are_meant_the_nearest_counts()
    {
        float[] first = [0, 0, 4, 9], second = [5, 0, 9, 9];
        Assert.Equal([0.5f, 1f, 1f, 0f], GroundingTargets.Of([.. first, .. second, 20, 20, 29, 29], 9, 9, [.. first, .. second]));
    }

    private static Tensor Whole(long[] values, params long[] shape) => torch.tensor(values, shape, dtype: ScalarType.Int64);
}
