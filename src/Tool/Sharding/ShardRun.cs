namespace MLNet.VisionLanguage.Tool.Sharding;

/// <summary>
/// The doing of a shard: its file and its record. Whatever moment it is killed at, the same command goes on; when all is done it does nothing.
/// The whole work has no record and goes to the command's own file.
/// </summary>
internal sealed class ShardRun : IDisposable
{
    private readonly ShardRecord? _record;
    private readonly FileStream? _lock;

    private ShardRun(string path, ShardRecord? record, FileStream? held) => (Path, _record, _lock) = (path, record, held);

    /// <summary>Where this shard goes.</summary>
    public string Path { get; }

    /// <summary>Whether an earlier run did it.</summary>
    public bool IsDone => _record?.Complete == true;

    /// <summary>Begins or goes on.</summary>
    /// <param name="shard">Which.</param>
    /// <param name="output">The command's file.</param>
    /// <param name="work">What is done, with all that decides what is written.</param>
    /// <param name="names">The names of all items, those of other shards included; asked for when there are others.</param>
    /// <param name="hasItems">Whether the file is found out about by items.</param>
    /// <param name="float16">Whether features are stored in 16 bits.</param>
    /// <exception cref="InvalidDataException">The file is part of something else.</exception>
    /// <exception cref="IOException">Another process does the same shard.</exception>
    public static ShardRun Begin(Shard shard, string output, Func<string> work, Func<IReadOnlyList<string>> names, bool hasItems, bool float16 = false)
    {
        var path = shard.FileOf(System.IO.Path.GetFullPath(System.IO.Path.TrimEndingDirectorySeparator(output)));
        if (shard.IsWhole) return new(path, null, null);
        var all = names();
        var record = new ShardRecord
        {
            Work = work(), Index = shard.Index, Count = shard.Count, Total = all.Count, List = ShardRecord.Digest(all), Float16 = float16,
            Items = hasItems ? shard.Of(all) : null,
        };
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);
        var held = Hold(path);
        try
        {
            if (ShardRecord.Read(path) is not { } before) record.Write(path);
            else if (before.DifferenceFrom(record) is { } difference)
            {
                throw new InvalidDataException(
                    $"{path}: it is a shard of something else ({difference}); remove it and its record, or choose another --output.");
            }

            else record = before;
            if (record.Complete && !System.IO.Path.Exists(path) && !System.IO.Path.Exists(path + ".index.json")) record = record with { Complete = false };
            return new(path, record, held);
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <summary>Says that the file is whole.</summary>
    /// <param name="leftOut">The names of items that are not in it.</param>
    public void Complete(IReadOnlyList<string> leftOut)
    {
        if (_record is null) return;
        var content = _record.Items is null ? ShardRecord.DigestOfFile(Path) : null;
        (_record with { Complete = true, Content = content, LeftOut = leftOut }).Write(Path);
    }

    public void Dispose() => _lock?.Dispose();

    /// <summary>Schedulers start a task again before the first is dead; a process that is killed holds nothing.</summary>
    private static FileStream Hold(string path)
    {
        try
        {
            return new(path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 1, FileOptions.DeleteOnClose);
        }
        catch (IOException e)
        {
            throw new IOException($"{path}: another process is writing this shard. ({e.Message})", e);
        }
    }
}
