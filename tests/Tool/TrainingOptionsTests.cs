using System.CommandLine;
using MLNet.VisionLanguage.Tool.Training;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>What the tool's options of training set.</summary>
public sealed class TrainingOptionsTests
{
    [Fact]
    public void Precision_buckets_and_checkpointing_reach_the_trainer()
    {
        var set = Apply("--precision", "bfloat16", "--bucket-by-length", "--gradient-checkpointing");
        Assert.Equal((TrainingPrecision.BFloat16, true, true), (set.Precision, set.BucketByLength, set.GradientCheckpointing));
        var usual = Apply();
        Assert.Equal((TrainingPrecision.Float32, false, false), (usual.Precision, usual.BucketByLength, usual.GradientCheckpointing));
    }

    [Fact]
    public void A_run_of_several_tasks_has_its_batches_from_each() =>
        Assert.DoesNotContain("--bucket-by-length", new TrainingOptions().OfTheRun.Select(option => option.Name));

    private static VisualQuestionAnsweringOptions Apply(params string[] words)
    {
        var training = new TrainingOptions();
        var command = new RootCommand();
        foreach (var option in training.All) command.Add(option);
        var parsed = command.Parse(words);
        Assert.Empty(parsed.Errors);
        var options = new VisualQuestionAnsweringOptions();
        training.Apply(parsed, options);
        return options;
    }
}
