using System.Net;
using System.Security.Cryptography;

namespace MLNet.VisionLanguage.Hub;

/// <summary>
/// Brings a file. What has arrived lies in a file that ends in .incomplete, from which the next attempt goes on, of this process or another; the file
/// itself is there only when its length and, where known, its hash are right.
/// </summary>
internal sealed class Download(HubClient client)
{
    public const string Ending = ".incomplete";

    private const string MarkEnding = ".version";

    private const int Block = 1 << 16;

    /// <summary>Linux's ENOSPC and EDQUOT, and Windows' ERROR_DISK_FULL and ERROR_HANDLE_DISK_FULL.</summary>
    private static readonly int[] DiskFull = [28, 122, unchecked((int)0x80070070), unchecked((int)0x80070027)];

    /// <summary>Brings a file to its place.</summary>
    /// <param name="remote">What the server says of it.</param>
    /// <param name="target">Where it goes.</param>
    /// <param name="known">Its size and SHA-256 as far as they are known beforehand.</param>
    /// <param name="progress">Receives how far it is.</param>
    /// <param name="cancellation">Ends it; what has arrived stays.</param>
    /// <returns>Its SHA-256, in lower case.</returns>
    /// <exception cref="HubException">It cannot be fetched, or is not what it should be.</exception>
    public async Task<string> ToAsync(
        RemoteFile remote, string target, (long? Size, string? Sha256) known, IProgress<PullProgress>? progress, CancellationToken cancellation)
    {
        var partial = target + Ending;
        if (known.Size is { } size && remote.Size is { } told && size != told)
            throw new HubException($"{remote.Location}: the server's file has {told} bytes; the catalog's has {size}. It has changed, and is not used.");
        try
        {
            Begin(remote, partial);
            var before = -1L;
            await client.TryAsync(remote.Location, async () =>
            {
                before = Length(partial);
                await FetchAsync(remote, partial, progress, cancellation).ConfigureAwait(false);
                return true;
            }, () => Length(partial) > before, cancellation).ConfigureAwait(false);
        }
        catch (IOException e) when (DiskFull.Contains(e.HResult) || DiskFull.Contains(e.HResult & 0xFFFF))
        {
            throw new HubException(
                $"{partial}: the disk is full after {Length(partial)} bytes{(remote.Size is { } all ? $" of {all}" : "")}. Make room, or set HF_HOME to a "
                + "folder on another disk; the same command goes on from what is there.", e);
        }

        return await CheckAsync(remote, partial, target, known.Sha256, cancellation).ConfigureAwait(false);
    }

    /// <summary>The SHA-256 of a file, in lower case.</summary>
    public static async Task<string> Sha256Async(string path, CancellationToken cancellation)
    {
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, Block, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancellation).ConfigureAwait(false));
    }

    /// <summary>Git's name of a file's content.</summary>
    public static async Task<string> GitSha1Async(string path, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA1);
        hash.AppendData(System.Text.Encoding.ASCII.GetBytes($"blob {Length(path)}\0"));
        await using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, Block, FileOptions.SequentialScan);
        var block = new byte[Block];
        for (int read; (read = await stream.ReadAsync(block, cancellation).ConfigureAwait(false)) > 0;) hash.AppendData(block.AsSpan(0, read));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>
    /// A part goes on only in the version that it is of. Content that is named by its hash has one; of other files the version lies beside the part.
    /// </summary>
    private static void Begin(RemoteFile remote, string partial)
    {
        if (remote.IsSha256 || remote.IsGitSha1) return;
        var mark = partial + MarkEnding;
        if (remote.Version is null || !File.Exists(mark) || File.ReadAllText(mark) != remote.Version) File.Delete(partial);
        if (remote.Version is not null) File.WriteAllText(mark, remote.Version);
    }

    private async Task FetchAsync(RemoteFile remote, string partial, IProgress<PullProgress>? progress, CancellationToken cancellation)
    {
        var start = Length(partial);
        if (remote.Size == start && start > 0) return;
        if (start > remote.Size)
        {
            File.Delete(partial);
            start = 0;
        }

        using var response = await client.OpenAsync(remote.Location, start, remote.Version, cancellation).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
        {
            // The part is of a file that was longer, or is whole already; beginning anew is right in both cases.
            File.Delete(partial);
            throw new HubException($"{remote.Location}: the server does not have bytes {start} and after.") { MayPass = true };
        }

        // A server that cannot begin within the file, or whose file has changed, sends all of it.
        var goesOn = response.StatusCode == HttpStatusCode.PartialContent;
        if (goesOn && response.Content.Headers.ContentRange?.From is { } from && from != start)
            throw new HubException($"{remote.Location}: the server sent bytes from {from} on where {start} and after were asked for.") { MayPass = true };
        if (!goesOn) start = 0;
        var total = remote.Size ?? (response.Content.Headers.ContentLength is { } length ? start + length : null);
        using var watch = client.Watch(cancellation);
        await using var stream = await response.Content.ReadAsStreamAsync(watch.Token).ConfigureAwait(false);
        await using var file = new FileStream(partial, goesOn ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.Read, Block);
        var block = new byte[Block];
        var done = start;
        progress?.Report(new(Path.GetFileName(partial[..^Ending.Length]), done, total));
        for (int read; (read = await stream.ReadAsync(block, watch.Token).ConfigureAwait(false)) > 0;)
        {
            client.Touch(watch);
            await file.WriteAsync(block.AsMemory(0, read), cancellation).ConfigureAwait(false);
            done += read;
            if (done > total) throw new HubException($"{remote.Location}: the server sent more than the {total} bytes that it told of; the file is not used.");
            progress?.Report(new(Path.GetFileName(partial[..^Ending.Length]), done, total));
        }

        file.Flush(flushToDisk: true);
        if (done < total) throw new HubException($"{remote.Location}: the connection ended after {done} of {total} bytes.") { MayPass = true };
    }

    /// <summary>A file that is not what it should be is removed, so that nothing goes on from it.</summary>
    private static async Task<string> CheckAsync(RemoteFile remote, string partial, string target, string? known, CancellationToken cancellation)
    {
        var sha256 = await Sha256Async(partial, cancellation).ConfigureAwait(false);
        var (expected, found) = known is not null ? (known, sha256)
            : remote.IsSha256 ? (remote.ETag!, sha256)
            : remote.IsGitSha1 ? (remote.ETag!, await GitSha1Async(partial, cancellation).ConfigureAwait(false))
            : (sha256, sha256);
        if (!string.Equals(expected, found, StringComparison.OrdinalIgnoreCase))
        {
            File.Delete(partial);
            throw new HubException(
                $"{remote.Location}: its hash is {found} where {expected} is expected. The file was damaged on its way or has been changed; it is removed and "
                + "not used. Try again, and if it stays so, ask who published it.");
        }

        File.Move(partial, target, overwrite: true);
        File.Delete(partial + MarkEnding);
        return sha256;
    }

    private static long Length(string path) => File.Exists(path) ? new FileInfo(path).Length : 0;
}
