using System.CommandLine;

namespace MLNet.VisionLanguage.Tool.Sharding;

/// <summary>--shard, and what a scheduler says where it is left out.</summary>
internal sealed class ShardOption
{
    public Option<string?> Option { get; } = Options.Optional<string?>(
        "--shard",
        "Do one of n equal parts, i from 0 to n - 1, to a file of its own that 'vl merge' joins with the others; without, what SLURM_ARRAY_TASK_ID, "
        + "JOB_COMPLETION_INDEX (with JOB_COMPLETIONS) or OMPI_COMM_WORLD_RANK say; 0/1 is all.",
        "I/N");

    /// <summary>Which part is to be done; what is said of it goes to the terminal.</summary>
    /// <exception cref="UsageException">Option or variables say what cannot be.</exception>
    public Shard Of(ParseResult parsed, Terminal terminal)
    {
        if (parsed.GetValue(Option) is { } text) return Shard.Parse(text);
        var (shard, variable) = Shard.Given(Environment.GetEnvironmentVariable);
        if (!shard.IsWhole) terminal.Note($"shard {shard}, as {variable} says; --shard 0/1 would be all");
        return shard;
    }
}
