using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage.Tool.Sharding;

/// <summary>What lies beside the file of a shard and tells what it is a part of; by it restarts and merging know what is there.</summary>
internal sealed record ShardRecord
{
    private const string Extension = ".shard.json";

    private const int CurrentVersion = 1;

    private static readonly JsonSerializerOptions Readable = new() { WriteIndented = true };

    public int Version { get; init; } = CurrentVersion;

    /// <summary>The command and what else decides what is written.</summary>
    public required string Work { get; init; }

    public required int Index { get; init; }

    public required int Count { get; init; }

    /// <summary>How many items all shards have.</summary>
    public required int Total { get; init; }

    /// <summary>SHA-256 of the names of all shards' items.</summary>
    public required string List { get; init; }

    /// <summary>Whether the file is whole.</summary>
    public bool Complete { get; init; }

    /// <summary>SHA-256 of the file, where it is one file that is written in one go.</summary>
    public string? Content { get; init; }

    /// <summary>The shard's items by name, where the file is one of region features.</summary>
    public IReadOnlyList<string>? Items { get; init; }

    /// <summary>Those of them that are not in the file: images without regions, or that cannot be read.</summary>
    public IReadOnlyList<string> LeftOut { get; init; } = [];

    /// <summary>Whether features are stored in 16 bits.</summary>
    public bool Float16 { get; init; }

    /// <summary>The record of a shard's file.</summary>
    public static string FileOf(string path) => path + Extension;

    /// <summary>A list of names as a short text.</summary>
    public static string Digest(IEnumerable<string> names)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var name in names) hash.AppendData(Encoding.UTF8.GetBytes(name + "\n"));
        return Convert.ToHexString(hash.GetHashAndReset());
    }

    /// <summary>A file's content as a short text.</summary>
    public static string DigestOfFile(string path)
    {
        using var stream = File.OpenRead(path);
        return Convert.ToHexString(SHA256.HashData(stream));
    }

    /// <summary>Reads the record of a shard's file; null when there is none.</summary>
    /// <exception cref="InvalidDataException">It is no record.</exception>
    public static ShardRecord? Read(string path)
    {
        var file = FileOf(path);
        if (!File.Exists(file)) return null;
        try
        {
            var record = JsonSerializer.Deserialize<ShardRecord>(File.ReadAllBytes(file));
            if (record is { Version: CurrentVersion }) return record;
            throw new InvalidDataException($"{file}: version {record?.Version} of a shard's record; {CurrentVersion} is expected.");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{file}: it is no record of a shard: {e.Message}", e);
        }
    }

    public void Write(string path) => AtomicFile.WriteText(FileOf(path), JsonSerializer.Serialize(this, Readable));

    /// <summary>In what this shard is part of something else; null when both are parts of the same.</summary>
    public string? DifferenceFrom(ShardRecord other)
    {
        if (Work != other.Work) return $"'{Work}' there, '{other.Work}' here";
        if (Count != other.Count) return $"{Count} shards there, {other.Count} here";
        if (Total != other.Total) return $"{Total} items there, {other.Total} here";
        if (Float16 != other.Float16) return "features in 16 bits in one alone";
        return List != other.List ? "other items" : null;
    }
}
