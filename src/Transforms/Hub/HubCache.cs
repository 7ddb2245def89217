using System.Text.Json;

namespace MLNet.VisionLanguage.Hub;

/// <summary>
/// The files that are here. Those of the hub's repositories lie as its own library lays them: models--organisation--name with blobs named by their marks,
/// refs that say which commit a branch is, and snapshots of commits whose files are links to blobs; so both share what is there. Files of other addresses
/// lie in a folder a model, beside what was recorded of them at the first fetch.
/// </summary>
/// <param name="folder">The cache.</param>
internal sealed class HubCache(string folder)
{
    private const string Others = "mlnet-vision-language";
    private const string RecordEnding = ".fetched.json";

    /// <summary>The folder of a repository.</summary>
    public string RepositoryFolder(string repository) => Path.Combine(folder, "models--" + repository.Replace("/", "--", StringComparison.Ordinal));

    /// <summary>The folder of a model's files from other addresses.</summary>
    public string ModelFolder(string model) => Path.Combine(folder, Others, model);

    /// <summary>Where a file of another address lies, or would.</summary>
    public string PlainPath(string model, PublishedFile file) => Path.Combine(ModelFolder(model), file.Path);

    /// <summary>Where a file's content lies in a repository.</summary>
    public string BlobPath(string repository, string mark) => Path.Combine(RepositoryFolder(repository), "blobs", mark);

    /// <summary>A lock's file; its folder is made.</summary>
    public string LockPath(string name)
    {
        var locks = Path.Combine(folder, ".locks");
        Directory.CreateDirectory(locks);
        return Path.Combine(locks, name.Replace("/", "--", StringComparison.Ordinal) + ".lock");
    }

    /// <summary>A file that is here whole; null where it is not.</summary>
    public string? Find(string model, PublishedFile file)
    {
        if (file.Repository is null)
        {
            var plain = PlainPath(model, file);
            return File.Exists(plain) ? plain : null;
        }

        var root = RepositoryFolder(file.Repository);
        var reference = Path.Combine(root, "refs", file.Revision);
        var commit = File.Exists(reference) ? File.ReadAllText(reference).Trim() : file.Revision;
        var path = Path.Combine(root, "snapshots", commit, file.Path);

        // A link to a blob that is gone is no file.
        return File.Exists(path) ? path : null;
    }

    /// <summary>Puts a blob into a commit's snapshot, and the commit behind the branch's name.</summary>
    /// <returns>The file in the snapshot.</returns>
    public string Link(PublishedFile file, string commit, string mark)
    {
        var root = RepositoryFolder(file.Repository!);
        var path = Path.Combine(root, "snapshots", commit, file.Path);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var target = Path.GetRelativePath(Path.GetDirectoryName(path)!, BlobPath(file.Repository!, mark));
        var pending = $"{path}.{Environment.ProcessId}.link";
        try
        {
            File.CreateSymbolicLink(pending, target);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException && OperatingSystem.IsWindows())
        {
            // Windows lets only some users make links.
            File.Copy(BlobPath(file.Repository!, mark), pending, overwrite: true);
        }

        File.Move(pending, path, overwrite: true);
        if (file.Revision == commit) return path;
        var reference = Path.Combine(root, "refs", file.Revision);
        Directory.CreateDirectory(Path.GetDirectoryName(reference)!);
        Checkpoints.AtomicFile.WriteText(reference, commit);
        return path;
    }

    /// <summary>What was recorded of a file at its first fetch; null where nothing was.</summary>
    public FetchRecord? RecordOf(string model, PublishedFile file)
    {
        var path = RecordPath(model, file);
        if (!File.Exists(path)) return null;
        try
        {
            return JsonSerializer.Deserialize<FetchRecord>(File.ReadAllText(path));
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: it is damaged: {e.Message} Remove it; it is made anew.", e);
        }
    }

    public void Record(string model, PublishedFile file, FetchRecord record)
    {
        var path = RecordPath(model, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Checkpoints.AtomicFile.WriteText(path, JsonSerializer.Serialize(record));
    }

    private string RecordPath(string model, PublishedFile file) => Path.Combine(ModelFolder(model), file.Path + RecordEnding);
}

/// <summary>What a file was when it was first fetched.</summary>
/// <param name="Url">From where.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Sha256">Its hash.</param>
/// <param name="Modified">When it was last written, UTC.</param>
/// <param name="Fetched">When this was noted.</param>
internal sealed record FetchRecord(Uri Url, long Size, string Sha256, DateTime Modified, DateTimeOffset Fetched);
