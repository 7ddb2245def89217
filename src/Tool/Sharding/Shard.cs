using System.Globalization;

namespace MLNet.VisionLanguage.Tool.Sharding;

/// <summary>One of equal parts of a command's work, each of which a process of its own does.</summary>
/// <param name="Index">Which, from 0.</param>
/// <param name="Count">How many there are; 1 for the whole.</param>
internal readonly record struct Shard(int Index, int Count)
{
    /// <summary>All of it.</summary>
    public static Shard Whole { get; } = new(0, 1);

    public bool IsWhole => Count == 1;

    /// <summary>Reads what --shard says.</summary>
    /// <exception cref="UsageException">It is no i/n with i from 0 to n - 1.</exception>
    public static Shard Parse(string text)
    {
        if (text.Split('/') is [var index, var count] && Number(index) is { } i && Number(count) is { } n && i < n) return new(i, n);
        throw new UsageException($"--shard {text}: i/n is expected, i from 0 to n - 1, such as 0/8.");
    }

    /// <summary>Which part a scheduler gave this process.</summary>
    /// <param name="variable">Reads a variable of the environment.</param>
    /// <returns>The part and the variable that says so; the whole where none does.</returns>
    /// <exception cref="UsageException">A variable is no number, one that belongs to it is not there, or two schedulers say different things.</exception>
    public static (Shard Shard, string? Variable) Given(Func<string, string?> variable)
    {
        var found = new[] { Slurm(), Kubernetes(), OpenMpi() }.Where(one => one.Variable is not null && !one.Shard.IsWhole).ToList();
        if (found.Count < 2) return found.Count == 1 ? found[0] : (Whole, null);
        throw new UsageException(
            $"{found[0].Variable} says shard {found[0].Shard}, {found[1].Variable} says {found[1].Shard}: --shard must say which, 0/1 for all.");

        // An array's numbers may begin anywhere and leave some out.
        (Shard Shard, string? Variable) Slurm() => Read("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", id =>
            (id - (Value("SLURM_ARRAY_TASK_MIN") ?? 0)) / (Value("SLURM_ARRAY_TASK_STEP") ?? 1));

        (Shard Shard, string? Variable) Kubernetes() => Read("JOB_COMPLETION_INDEX", "JOB_COMPLETIONS", id => id);

        (Shard Shard, string? Variable) OpenMpi() => Read("OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", id => id);

        (Shard Shard, string? Variable) Read(string index, string count, Func<int, int> place)
        {
            if (Value(index) is not { } id) return (Whole, null);
            if (Value(count) is not { } all) throw new UsageException($"{index} is set, but not {count}: how many shards there are. --shard 0/1 is all.");
            var at = place(id);
            return at < all && at >= 0
                ? (new(at, all), index)
                : throw new UsageException($"{index} is {id}, which is none of {all} shards ({count}).");
        }

        int? Value(string name) => variable(name) is not { Length: > 0 } text
            ? null
            : Number(text) ?? throw new UsageException($"{name} is '{text}'; a whole number is expected.");
    }

    /// <summary>This part of a list; all parts together are the list, each item once.</summary>
    public IReadOnlyList<T> Of<T>(IReadOnlyList<T> all)
    {
        var (first, end) = (Place(all.Count, Index), Place(all.Count, Index + 1));
        return IsWhole ? all : [.. all.Skip(first).Take(end - first)];
    }

    /// <summary>The file of this part of a file: "results.json" to "results.3-of-8.json".</summary>
    public string FileOf(string path) => IsWhole
        ? path
        : Path.Combine(
            Path.GetDirectoryName(path) ?? "",
            string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileNameWithoutExtension(path)}.{Index}-of-{Count}{Path.GetExtension(path)}"));

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");

    private int Place(int total, int part) => (int)((long)total * part / Count);

    private static int? Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
