using System.Diagnostics;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Tool.Scenes;

/// <summary>One small model learns the tasks that the file beside the scenes declares, on the command line.</summary>
[Collection(TorchCollection.Name)]
public sealed class SceneTasksFileTests(ITestOutputHelper output) : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "tasks")]
    public void All_declared_tasks_learn_together()
    {
        var rendered = ToolRun.Run("scenes", "--output", _folder.File("scenes"), "--scenes", "2000", "--val-scenes", "200");
        Assert.True(rendered.Code == 0, rendered.Error);
        var clock = Stopwatch.StartNew();
        var tasks = ToolRun.Run(
            "train", "multi-task", "--tasks", _folder.File("scenes/tasks.yml"), "--output", _folder.File("models"), "--epochs", "4", "--grid", "3",
            "--cell-size", "8", "--json").Json().GetProperty("tasks").EnumerateArray().ToList();
        foreach (var task in tasks) output.WriteLine(task.ToString());
        output.WriteLine($"2000 scenes, 200 unseen, 4 epochs, {clock.Elapsed.TotalSeconds:F0} s");
        Assert.True(tasks.Count >= 5);
        Assert.All(tasks, task =>
        {
            // Scenes may have the same caption, so of retrieval the right one among four is asked for, not among all.
            var (score, baseline) = task.GetProperty("verb").GetString() == "retrieval"
                ? (task.GetProperty("validationScore").GetDouble(), 0.25)
                : (task.GetProperty("score").GetDouble(), task.GetProperty("baseline").GetDouble());
            Assert.InRange(score, baseline + ((1 - baseline) / 3), 1);
        });
    }
}
