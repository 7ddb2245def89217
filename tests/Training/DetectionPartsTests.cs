using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Optimization;
using MLNet.VisionLanguage.Tests.Engine;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>The parts of a detector's training, worked out by hand.</summary>
public sealed class DetectionPartsTests
{
    [Fact]
    public void The_rate_warms_up_and_steps_down()
    {
        var schedule = new ScheduleFactor(LearningRateSchedule.WarmupSteps, 10, 90) { Steps = [60, 80], StepFactor = 0.1 };
        Assert.Equal([0, 0.5, 1, 1, 0.1, 0.1, 0.01], new[] { 0, 5, 10, 59, 60, 79, 80 }.Select(update => Math.Round(schedule.At(update), 9)));
    }

    [Fact]
    public void Names_have_the_numbers_of_their_letters_once_all_are_known()
    {
        var numbers = new NameNumbers(null);
        Assert.Equal([0L, 1, 0, 2], new[] { "pear", "apple", "pear", "fig" }.Select(name => numbers.Find(name)!.Value));
        Assert.Equal([2L, 0, 1], numbers.Close());
        Assert.Equal(["apple", "fig", "pear"], numbers.Names);
        Assert.Equal(2, numbers.Find("pear"));
        Assert.Null(numbers.Find("plum"));

        var given = new NameNumbers(["b", "a"]);
        Assert.Null(given.Find("c"));
        Assert.Equal([0L, 1], given.Close());
        Assert.Equal(["b", "a"], given.Names);
    }

    [Fact]
    public void An_image_scores_what_is_rightly_found_of_all_there_is_and_is_made_up()
    {
        var truth = new TrueObjects([0, 0, 10, 10, 20, 20, 30, 30], [1, 2], [-1, -1]);
        double Score(float[] boxes, long[] classes, float[] scores) => new FoundObjects(boxes, classes, scores).Score(truth);
        Assert.Equal(1, Score([0, 0, 10, 10, 20, 20, 30, 29], [1, 2], [0.9f, 0.5f]));

        // One is missed; one is found twice; one is of the wrong class, another not sure enough.
        Assert.Equal(0.5, Score([0, 0, 10, 10], [1], [0.9f]));
        Assert.Equal(1 / 3.0, Score([0, 0, 10, 10, 0, 0, 10, 9], [1, 1], [0.9f, 0.8f]), 1e-9);
        Assert.Equal(1 / 3.0, Score([0, 0, 10, 10, 20, 20, 30, 30], [1, 1], [0.9f, 0.8f]), 1e-9);
        Assert.Equal(0.5, Score([0, 0, 10, 10, 20, 20, 30, 30], [1, 2], [0.9f, 0.49f]));
        Assert.Equal(0, Score([], [], []));
        Assert.Equal(1, new FoundObjects([], [], []).Score(new([], [], [])));
    }

    [Fact]
    public void A_flipped_and_resized_image_takes_its_boxes_along()
    {
        var row = new DetectionRow(0, 40, 20, new([4, 2, 14, 12], [3], [-1]));
        Assert.Equal([8f, 4, 28, 24], new DrawnImage([], row, false, (40, 80)).Objects.Boxes);
        Assert.Equal([52f, 4, 72, 24], new DrawnImage([], row, true, (40, 80)).Objects.Boxes);
        Assert.Equal([3L], new DrawnImage([], row, true, (40, 80)).Objects.Classes);
    }

    [Fact]
    public void A_batch_is_halved_and_a_single_image_is_not()
    {
        var row = new DetectionRow(0, 4, 4, new([], [], []));
        DetectionBatch Batch(int count) => new([.. Enumerable.Repeat(new DrawnImage([], row, false, (4, 4)), count)], 7);
        Assert.Equal([2, 1], Batch(3).Halves().Select(half => half.Batch.Images.Count));
        Assert.Equal([2 / 3.0, 1 / 3.0], Batch(3).Halves().Select(half => half.Share));
        Assert.Equal(2, Batch(3).Halves().Select(half => half.Batch.Seed).Distinct().Count());
        Assert.Equal(1, Assert.Single(Batch(1).Halves()).Share);
    }

    [Theory]
    [InlineData(0.5f, 1, new[] { 4L, 2, 9 })]
    [InlineData(0.5f, 4, new[] { 4L, 2, 9, 7 })]
    [InlineData(0.5f, 9, new[] { 4L, 2, 9, 7, 1 })]
    [InlineData(0.95f, 0, new long[0])]
    [InlineData(0f, 0, new[] { 4L, 2, 9, 7, 1 })]
    public void Sure_ones_are_the_first_of_a_list(float threshold, int least, long[] expected) => EveryEngine.Gives(
        EveryEngine.Whole(expected, expected.Length), (engine, x) => RegionSelection.Sure(engine, x[0], x[1], threshold, least),
        EveryEngine.Whole([4, 2, 9, 7, 1], 5), EveryEngine.Floats([0.9f, 0.8f, 0.5f, 0.4f, 0], 5));
}
