using System.Globalization;
using System.Text.RegularExpressions;

namespace MLNet.VisionLanguage.Tool.Sharding;

/// <summary>All shards of a file, found beside it, each there once and whole.</summary>
/// <param name="Files">Their files, in order.</param>
/// <param name="Records">What they say of themselves.</param>
internal sealed partial record ShardSet(IReadOnlyList<string> Files, IReadOnlyList<ShardRecord> Records)
{
    /// <summary>So many of those that are missing are named.</summary>
    private const int MostNamed = 8;

    /// <summary>Finds the shards of a file.</summary>
    /// <param name="output">The file.</param>
    /// <exception cref="InvalidDataException">One is missing, not whole, or of something else.</exception>
    public static ShardSet Find(string output)
    {
        var counts = Counts(output);
        if (counts is not [var count])
        {
            throw counts.Count == 0
                ? new FileNotFoundException($"{output}: there is no shard of it: {new Shard(0, 8).FileOf(output)} and so on are what --shard writes.", output)
                : new InvalidDataException($"{output}: there are shards of {string.Join(" and of ", counts)}; remove those that are not meant.");
        }

        string[] files = [.. Enumerable.Range(0, count).Select(index => new Shard(index, count).FileOf(output))];
        var records = Array.ConvertAll(files, ShardRecord.Read);
        Refuse(output, count, records, record => record is null, "missing");
        Refuse(output, count, records, record => !record!.Complete, "not done");
        foreach (var (index, record) in records.Index())
        {
            if (record!.Index != index || record.Count != count)
                throw new InvalidDataException($"{ShardRecord.FileOf(files[index])}: it is of shard {record.Index}/{record.Count}, not of {index}/{count}.");
            if (record.DifferenceFrom(records[0]!) is { } difference)
                throw new InvalidDataException($"{files[index]}: it is a shard of something else than {files[0]}: {difference}.");
            if (record.Content is { } content && (!File.Exists(files[index]) || ShardRecord.DigestOfFile(files[index]) != content))
                throw new InvalidDataException($"{files[index]}: it is not there as it was written; remove its record and do shard {index}/{count} again.");
        }

        return new(files, records!);
    }

    /// <summary>How many shards there are of a file, by the names of their records.</summary>
    private static List<int> Counts(string output)
    {
        var folder = Path.GetDirectoryName(output)!;
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"--output: the folder '{folder}' does not exist.");
        var (start, end) = (Path.GetFileNameWithoutExtension(output) + ".", ShardRecord.FileOf(Path.GetExtension(output)));
        var names = Directory.EnumerateFiles(folder).Select(file => Path.GetFileName(file))
            .Where(name => name.Length > start.Length + end.Length
                && name.StartsWith(start, StringComparison.Ordinal) && name.EndsWith(end, StringComparison.Ordinal))
            .Select(name => Place().Match(name[start.Length..^end.Length])).Where(match => match.Success);
        return [.. names.Select(match => int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)).Distinct().Order()];
    }

    private static void Refuse(string output, int count, ShardRecord?[] records, Func<ShardRecord?, bool> isWrong, string problem)
    {
        int[] wrong = [.. Enumerable.Range(0, count).Where(index => isWrong(records[index]))];
        if (wrong.Length == 0) return;
        throw new InvalidDataException(
            $"{output}: {wrong.Length} of {count} shards {(wrong.Length == 1 ? "is" : "are")} {problem}: "
            + $"{string.Join(", ", wrong.Take(MostNamed).Select(index => $"{index}/{count}"))}{(wrong.Length > MostNamed ? ", ..." : "")}.");
    }

    [GeneratedRegex(@"^[0-9]{1,9}-of-([0-9]{1,9})\z", RegexOptions.CultureInvariant)]
    private static partial Regex Place();
}
