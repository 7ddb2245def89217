namespace MLNet.VisionLanguage.Hub;

/// <summary>Brings the files of published models into the cache, and knows which are there.</summary>
internal sealed class ModelStore(HubOptions options)
{
    private readonly HubCache _cache = new(options.CacheFolder);

    /// <summary>A file that is here; null where it is not.</summary>
    public string? Find(PublishedModel model, PublishedFile file) => _cache.Find(model.Name, file);

    /// <summary>The hash of a file as the catalog or the first fetch has it; null where neither does.</summary>
    public string? HashOf(PublishedModel model, PublishedFile file) => file.Sha256 ?? _cache.RecordOf(model.Name, file)?.Sha256;

    /// <summary>Brings a file, unless it is here.</summary>
    /// <exception cref="HubException">It cannot be fetched.</exception>
    public async Task<string> BringAsync(
        PublishedModel model, PublishedFile file, IProgress<PullProgress>? progress, CancellationToken cancellation)
    {
        if (Find(model, file) is { } there) return await CheckedAsync(model, file, there, cancellation).ConfigureAwait(false);
        var address = AddressOf(model, file);
        if (options.Offline)
        {
            throw new HubException(
                $"{model.Name}: '{file.Path}' is not in the cache '{options.CacheFolder}', and HF_HUB_OFFLINE forbids fetching it. "
                + $"Unset it and run 'vl models pull {model.Name}', or copy the cache from another machine.");
        }

        try
        {
            Directory.CreateDirectory(options.CacheFolder);
            using var alone = await FolderLock.TakeAsync(
                _cache.LockPath(file.Repository is null ? model.Name : "models--" + file.Repository), cancellation).ConfigureAwait(false);

            // Another process may have brought it while this one waited.
            return Find(model, file) ?? await FetchAsync(model, file, address, progress, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is UnauthorizedAccessException || (e is IOException and not HubException && IsReadOnly(e)))
        {
            throw new HubException(
                $"The cache '{options.CacheFolder}' cannot be written: {e.Message} Set HF_HOME to a folder that can.", e);
        }
    }

    /// <summary>What is wrong with a file that is here; null for nothing.</summary>
    public async Task<string?> ProblemOfAsync(PublishedModel model, PublishedFile file, CancellationToken cancellation) =>
        Find(model, file) is { } path ? await ProblemOfAsync(model, file, path, cancellation).ConfigureAwait(false) : "it is not here";

    /// <summary>Removes what is here of a model, but not what other models use of the same repositories.</summary>
    /// <returns>How many bytes.</returns>
    public async Task<long> RemoveAsync(PublishedModel model, IReadOnlyList<PublishedModel> others, CancellationToken cancellation)
    {
        var shared = others.Where(other => other.Name != model.Name).SelectMany(other => other.Files).Select(file => file.Repository).ToHashSet();
        string[] folders =
        [
            _cache.ModelFolder(model.Name),
            .. model.Files.Select(file => file.Repository).OfType<string>().Distinct().Where(repository => !shared.Contains(repository))
                .Select(_cache.RepositoryFolder),
        ];
        var bytes = 0L;
        foreach (var folder in folders.Where(Directory.Exists))
        {
            using var alone = await FolderLock.TakeAsync(_cache.LockPath(Path.GetFileName(folder)), cancellation).ConfigureAwait(false);
            bytes += Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(file => new FileInfo(file))
                .Where(file => file.LinkTarget is null).Sum(file => file.Length);
            Directory.Delete(folder, recursive: true);
        }

        return bytes;
    }

    /// <summary>
    /// A file that is as it was when it was fetched. Its hash is computed where its size or time of change is another than then, and where this library
    /// sees it for the first time: another may have fetched it, or a person put it there.
    /// </summary>
    /// <exception cref="HubException">It has been changed.</exception>
    private async Task<string> CheckedAsync(PublishedModel model, PublishedFile file, string path, CancellationToken cancellation)
    {
        var info = Target(path);
        var record = _cache.RecordOf(model.Name, file);
        if (record is not null && record.Size == info.Length && record.Modified == info.LastWriteTimeUtc) return path;
        if (await ProblemOfAsync(model, file, path, cancellation).ConfigureAwait(false) is { } problem)
        {
            throw new HubException(
                $"{path}: {problem}. It was changed after it was fetched, and is not used: run 'vl models remove {model.Name}', then "
                + $"'vl models pull {model.Name}'.");
        }

        var sha256 = HashOf(model, file) ?? await Download.Sha256Async(path, cancellation).ConfigureAwait(false);
        Record(model, file, path, sha256);
        return path;
    }

    private async Task<string?> ProblemOfAsync(PublishedModel model, PublishedFile file, string path, CancellationToken cancellation)
    {
        var info = Target(path);
        if ((file.Size ?? _cache.RecordOf(model.Name, file)?.Size) is { } size && info.Length != size)
            return $"it has {info.Length} bytes where {size} are expected";
        var remote = new RemoteFile(model.Page!, null, info.Name, null);
        var (expected, found) = HashOf(model, file) is { } known ? (known, await Download.Sha256Async(path, cancellation).ConfigureAwait(false))
            : remote.IsSha256 ? (info.Name, await Download.Sha256Async(path, cancellation).ConfigureAwait(false))
            : remote.IsGitSha1 ? (info.Name, await Download.GitSha1Async(path, cancellation).ConfigureAwait(false))
            : ("", "");
        return string.Equals(found, expected, StringComparison.OrdinalIgnoreCase) ? null : $"its hash is {found} where {expected} is expected";
    }

    /// <summary>Notes what a file is; where the cache cannot be written, such as one that several machines share, nothing is noted.</summary>
    private void Record(PublishedModel model, PublishedFile file, string path, string sha256)
    {
        var info = Target(path);
        try
        {
            _cache.Record(model.Name, file, new(AddressOf(model, file, isRecord: true), info.Length, sha256, info.LastWriteTimeUtc, DateTimeOffset.UtcNow));
        }
        catch (Exception e) when (e is UnauthorizedAccessException or IOException)
        {
        }
    }

    /// <summary>The file behind a link.</summary>
    private static FileInfo Target(string path) =>
        File.ResolveLinkTarget(path, returnFinalTarget: true) is FileInfo target ? target : new FileInfo(path);

    private async Task<string> FetchAsync(
        PublishedModel model, PublishedFile file, Uri address, IProgress<PullProgress>? progress, CancellationToken cancellation)
    {
        using var client = new HubClient(options);
        var remote = await client.AskAsync(address, cancellation).ConfigureAwait(false);
        var download = new Download(client);
        var known = (file.Size, HashOf(model, file));
        if (file.Repository is null)
        {
            var path = _cache.PlainPath(model.Name, file);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            Record(model, file, path, await download.ToAsync(remote, path, known, progress, cancellation).ConfigureAwait(false));
            return path;
        }

        var mark = remote.ETag is { } etag && (remote.IsSha256 || remote.IsGitSha1) ? etag : throw new HubException(
            $"{address}: the server names no hash of the file, as the hub does (X-Linked-Etag or ETag); is HF_ENDPOINT right?");
        var commit = remote.Commit ?? throw new HubException($"{address}: the server names no commit, as the hub does (X-Repo-Commit); is HF_ENDPOINT right?");
        var blob = _cache.BlobPath(file.Repository, mark);
        Directory.CreateDirectory(Path.GetDirectoryName(blob)!);
        if (!File.Exists(blob))
            Record(model, file, blob, await download.ToAsync(remote, blob, known, progress, cancellation).ConfigureAwait(false));
        return _cache.Link(file, commit, mark);
    }

    private Uri AddressOf(PublishedModel model, PublishedFile file, bool isRecord = false)
    {
        if (file.Url is { } url) return url;
        if (file.Repository is { } repository)
        {
            var root = options.Endpoint.AbsoluteUri.TrimEnd('/');
            var path = string.Join('/', file.Path.Split('/').Select(Uri.EscapeDataString));
            return new($"{root}/{repository}/resolve/{Uri.EscapeDataString(file.Revision)}/{path}");
        }

        if (isRecord) return model.Page!;
        throw new HubException(
            $"{model.Name}: '{file.Path}' can be fetched by people alone, at {model.Page}. Put it at '{_cache.PlainPath(model.Name, file)}', "
            + "where it is then found.");
    }

    /// <summary>Linux's EROFS and EACCES.</summary>
    private static bool IsReadOnly(Exception e) => (e.HResult & 0xFFFF) is 30 or 13;
}
