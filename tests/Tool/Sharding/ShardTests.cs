using MLNet.VisionLanguage.Tool;
using MLNet.VisionLanguage.Tool.Sharding;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool.Sharding;

/// <summary>Which part of a list a process does.</summary>
public class ShardTests
{
    [Theory]
    [InlineData(10, 3)]
    [InlineData(2, 5)]
    [InlineData(0, 2)]
    [InlineData(1000, 7)]
    public void Shards_together_are_the_list(int items, int count)
    {
        int[] all = [.. Enumerable.Range(0, items)];
        var shards = Enumerable.Range(0, count).Select(index => new Shard(index, count).Of(all)).ToList();
        Assert.Equal(all, shards.SelectMany(shard => shard));
        Assert.InRange(shards.Max(shard => shard.Count) - shards.Min(shard => shard.Count), 0, 1);
    }

    [Fact]
    public void What_is_said_is_read()
    {
        Assert.Equal(new Shard(0, 8), Shard.Parse("0/8"));
        Assert.Equal(Path.Combine("a", "b.3-of-8.json"), Shard.Parse("3/8").FileOf(Path.Combine("a", "b.json")));
        Assert.Equal("b.json", Shard.Parse("0/1").FileOf("b.json"));
        foreach (var text in new[] { "8/8", "1", "a/b", "-1/2", "0/0", "1/2/3", "1 /2" })
            Assert.Contains(text, Assert.Throws<UsageException>(() => Shard.Parse(text)).Message);
    }

    [Theory]
    [InlineData("", 0, 1)]
    [InlineData("SLURM_ARRAY_TASK_ID=7 SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_STEP=2", 3, 4)]
    [InlineData("SLURM_ARRAY_TASK_ID=2 SLURM_ARRAY_TASK_COUNT=3", 2, 3)]
    [InlineData("JOB_COMPLETION_INDEX=5 JOB_COMPLETIONS=6", 5, 6)]
    [InlineData("OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2", 1, 2)]
    [InlineData("OMPI_COMM_WORLD_RANK=0 OMPI_COMM_WORLD_SIZE=1 JOB_COMPLETION_INDEX=5 JOB_COMPLETIONS=6", 5, 6)]
    public void Schedulers_are_heard(string variables, int index, int count) => Assert.Equal(new Shard(index, count), Given(variables).Shard);

    [Theory]
    [InlineData("JOB_COMPLETION_INDEX=5", "JOB_COMPLETIONS")]
    [InlineData("JOB_COMPLETION_INDEX=6 JOB_COMPLETIONS=6", "none of 6")]
    [InlineData("SLURM_ARRAY_TASK_ID=x SLURM_ARRAY_TASK_COUNT=3", "'x'")]
    [InlineData("OMPI_COMM_WORLD_RANK=1 OMPI_COMM_WORLD_SIZE=2 JOB_COMPLETION_INDEX=5 JOB_COMPLETIONS=6", "5/6")]
    public void What_schedulers_cannot_mean_is_told(string variables, string named) =>
        Assert.Contains(named, Assert.Throws<UsageException>(() => Given(variables)).Message);

    private static (Shard Shard, string? Variable) Given(string variables)
    {
        var values = variables.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(one => one.Split('=')).ToDictionary(one => one[0], one => one[1]);
        return Shard.Given(name => values.GetValueOrDefault(name));
    }
}
