using Microsoft.ML;
using MLNet.VisionLanguage.Data;
using MLNet.VisionLanguage.Optimization;
using MLNet.VisionLanguage.Tasks;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>A batch worth it is computed in two halves, on two threads where there are two.</summary>
[Collection(TorchCollection.Name)]
public sealed class HalvesTests
{
    /// <summary>Rows of a batch from which small test models are computed in halves.</summary>
    private const int Large = 200;

    private static readonly List<Question> Rows = Questions.Make(150);

    [Fact]
    public void One_thread_and_two_learn_the_same_to_the_last_bit()
    {
        var (one, two, again) = (Train(1), Train(2), Train(2));
        Assert.Equal(0, TrainingRun.Distance(one.Weights, two.Weights));
        Assert.Equal(0, TrainingRun.Distance(two.Weights, again.Weights));

        static TrainingRun Train(int threads) => TrainingRun.Of(
            Questions.Options(o => (o.Model, o.Threads, o.BatchSize, o.GradientClipping) = (Questions.ModelWithDropout, threads, Large, 1)), Rows);
    }

    [Fact]
    public void Halves_learn_what_the_whole_batch_would()
    {
        // Two batches whose gradients make one update are never halved.
        var halves = TrainingRun.Of(Questions.Options(o => (o.BatchSize, o.Epochs) = (300, 6)), Rows);
        var whole = TrainingRun.Of(Questions.Options(o => (o.BatchSize, o.Epochs, o.GradientAccumulation) = (150, 6, 2)), Rows);
        Assert.InRange(TrainingRun.Distance(whole.Weights, halves.Weights), double.Epsilon, 2e-4);
        Assert.Equal(whole.Progress[^1].Loss, halves.Progress[^1].Loss, 1e-4);
    }

    [Fact]
    public void The_short_rows_are_apart_from_the_long_ones_and_none_is_lost()
    {
        using var folder = new TemporaryFolder();
        var task = new AnsweringTask(Questions.Options());
        using var data = new TrainingRows<AnswerLabel>(task.Inputs, task.Labels, folder.Path);
        var rows = data.Read(Questions.View(new MLContext(1), Rows), "rows");
        var (few, many) = data.Halves(rows);
        Assert.NotEmpty(few);
        Assert.NotEmpty(many);
        Assert.Equal(rows.Count, few.Concat(many).Distinct().Count());
        using var shorter = data.Collate(few);
        using var longer = data.Collate(many);
        Assert.True(few.Max(Length) <= many.Max(Length));
        var (one, other) = data.Halves([.. rows.Take(2)]);
        Assert.Single(one);
        Assert.Single(other);

        int Length(TrainingRow<AnswerLabel> row) => data.Content(row).Text(0).Length;
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void An_error_in_either_half_is_thrown_once_both_have_ended(int bad)
    {
        using var companion = new Companion(1);
        var ended = 0;
        var error = Assert.Throws<InvalidDataException>(() => Companion.Each(companion, [0, 1], part =>
        {
            Interlocked.Increment(ref ended);
            return part == bad ? throw new InvalidDataException("half " + part) : part;
        }));
        Assert.Equal("half " + bad, error.Message);
        Assert.Equal(2, ended);
        Assert.Equal([10, 20], Companion.Each(companion, [1, 2], part => part * 10));
        Assert.Equal([1, 2, 3], Companion.Each(companion, [1, 2, 3], part => part));
        Assert.Equal([7], Companion.Each(null, [7], part => part));
    }
}
