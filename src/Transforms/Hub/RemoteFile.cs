namespace MLNet.VisionLanguage.Hub;

/// <summary>What a server says of a file.</summary>
/// <param name="Location">Where it is, after all redirects.</param>
/// <param name="Size">Its bytes; null when not told.</param>
/// <param name="ETag">What changes with its content, without quotes, as the hub says where it passes on; null when not told.</param>
/// <param name="Commit">The commit of the repository it is of; null outside of one.</param>
internal sealed record RemoteFile(Uri Location, long? Size, string? ETag, string? Commit)
{
    /// <summary>The same as its last place says, which is what a request for the rest of it is about.</summary>
    public string? Version { get; init; }

    private const int Sha256Digits = 64, Sha1Digits = 40;

    /// <summary>Whether the mark is the content's SHA-256, as the hub has it of large files.</summary>
    public bool IsSha256 => IsHex(Sha256Digits);

    /// <summary>Whether it is git's SHA-1, as the hub has it of small ones.</summary>
    public bool IsGitSha1 => IsHex(Sha1Digits);

    private bool IsHex(int digits) => ETag?.Length == digits && ETag.All(char.IsAsciiHexDigitLower);
}
