namespace MLNet.VisionLanguage;

/// <summary>
/// Where published models are fetched from and kept. The defaults are those of the Hugging Face hub's own library, whose environment variables
/// they follow, so that both share what is there.
/// </summary>
public sealed class HubOptions
{
    private const string UsualEndpoint = "https://huggingface.co";

    /// <summary>
    /// The folder of the cache: HF_HUB_CACHE, else "hub" in HF_HOME, else ~/.cache/huggingface/hub (XDG_CACHE_HOME in place of ~/.cache).
    /// </summary>
    public string CacheFolder { get; set; } = UsualFolder();

    /// <summary>Where repositories are: HF_ENDPOINT, else the hub's own address.</summary>
    public Uri Endpoint { get; set; } = new(Variable("HF_ENDPOINT") ?? UsualEndpoint);

    /// <summary>Whether only what is in the cache is used: HF_HUB_OFFLINE is 1 or true.</summary>
    public bool Offline { get; set; } = Variable("HF_HUB_OFFLINE")?.ToLowerInvariant() is "1" or "true";

    /// <summary>What opens repositories that are not public: HF_TOKEN; it is sent to <see cref="Endpoint"/> alone. Null for none.</summary>
    public string? Token { get; set; } = Variable("HF_TOKEN");

    /// <summary>How often a request is tried again that brought nothing; one that brought a part goes on from there and counts anew.</summary>
    public int Retries { get; set; } = 5;

    /// <summary>The wait before the first repetition; it doubles each time. A server that tells how long to wait (Retry-After) is heeded.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a server may send nothing.</summary>
    public TimeSpan StallTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>A file with entries besides the catalog's own, or a folder of such files (*.json); null for none.</summary>
    public string? OwnEntries { get; set; }

    /// <exception cref="ArgumentException">An option has an impossible value.</exception>
    internal void Validate()
    {
        if (string.IsNullOrWhiteSpace(CacheFolder)) throw new ArgumentException($"{nameof(HubOptions)}.{nameof(CacheFolder)} is empty.");
        if (Endpoint is not { IsAbsoluteUri: true, Scheme: "http" or "https" })
            throw new ArgumentException($"{nameof(HubOptions)}.{nameof(Endpoint)}: '{Endpoint}' is no address that starts with http:// or https://.");
        if (Retries < 0) throw new ArgumentException($"{nameof(HubOptions)}.{nameof(Retries)}: {Retries} is less than 0.");
        if (RetryDelay < TimeSpan.Zero) throw new ArgumentException($"{nameof(HubOptions)}.{nameof(RetryDelay)}: {RetryDelay} is less than 0.");
        if (StallTimeout <= TimeSpan.Zero) throw new ArgumentException($"{nameof(HubOptions)}.{nameof(StallTimeout)}: {StallTimeout} is not above 0.");
    }

    private static string UsualFolder()
    {
        if (Variable("HF_HUB_CACHE") is { } cache) return cache;
        var home = Variable("HF_HOME") ?? Path.Combine(
            Variable("XDG_CACHE_HOME") ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache"), "huggingface");
        return Path.Combine(home, "hub");
    }

    private static string? Variable(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
