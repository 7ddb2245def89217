using System.Security.Cryptography;
using Microsoft.ML;
using MLNet.VisionLanguage.Tests.Support;

namespace MLNet.VisionLanguage.Tests.Hub;

/// <summary>A model of two files, one in a repository of the hub and one at another address, on a server of this process.</summary>
internal sealed class HubWorld : IDisposable
{
    public const string Name = "own-model", Repository = "someone/some-model", Commit = "0123456789abcdef0123456789abcdef01234567";

    private readonly TemporaryFolder _folder = new();

    /// <param name="script">Answers in place of the right answer; null for that.</param>
    /// <param name="size">Bytes of the large file.</param>
    /// <param name="sha256">What the catalog has of the other address's file; null for nothing.</param>
    /// <param name="listedSize">The same of its size.</param>
    public HubWorld(Func<SeenRequest, Answer?>? script = null, int size = 200_000, string? sha256 = null, long? listedSize = null)
    {
        Weights = new byte[size];
        new Random(1).NextBytes(Weights);
        Answers = "[\"yes\", \"no\"]"u8.ToArray();
        Server = new(request => script?.Invoke(request) ?? Right(request));
        var entries = $$"""
            [{ "name": "{{Name}}", "title": "A model", "architecture": "vilbert", "task": "vqa", "page": "{{Server.Address}}page", "citation": "none", "files": [
               { "role": "weights", "repository": "{{Repository}}", "path": "weights/model.bin" },
               { "role": "answers", "url": "{{Server.Address}}plain/answers.json", "path": "answers.json",
                 "sha256": {{(sha256 is null ? "null" : $"\"{sha256}\"")}}, "size": {{listedSize?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "null"}} }] }]
            """;
        Entries = _folder.Write("own.json", System.Text.Encoding.UTF8.GetBytes(entries));
        Cache = _folder.File("cache");
    }

    public byte[] Weights { get; }

    public byte[] Answers { get; }

    public ScriptedServer Server { get; }

    public string Entries { get; }

    public string Cache { get; }

    public string Sha256 => Convert.ToHexStringLower(SHA256.HashData(Weights));

    public string Blob => Path.Combine(Cache, "models--someone--some-model", "blobs", Sha256);

    public HubOptions Options() => new()
    {
        CacheFolder = Cache,
        Endpoint = Server.Address,
        Offline = false,
        Token = null,
        Retries = 3,
        RetryDelay = TimeSpan.FromMilliseconds(5),
        StallTimeout = TimeSpan.FromSeconds(5),
        OwnEntries = Entries,
    };

    public PublishedModelsCatalog Models(Action<HubOptions>? change = null)
    {
        var options = Options();
        change?.Invoke(options);
        return new MLContext().VisionLanguage().Models.With(options);
    }

    public Task<IReadOnlyDictionary<string, string>> PullAsync(Action<HubOptions>? change = null) => Models(change).PullAsync(Name);

    /// <summary>The hub's address of the large file passes on to a store, as the hub does.</summary>
    public Answer Right(SeenRequest request) => request.Path switch
    {
        $"/{Repository}/resolve/main/weights/model.bin" => new(
            302, ("Location", "/store/model"), ("X-Repo-Commit", Commit), ("X-Linked-Etag", $"\"{Sha256}\""),
            ("X-Linked-Size", Weights.Length.ToString(System.Globalization.CultureInfo.InvariantCulture))),
        "/store/model" => ScriptedServer.File(request, Weights, "store-mark"),
        "/plain/answers.json" => ScriptedServer.File(request, Answers, "plain-mark"),
        _ => new(404),
    };

    public void Dispose()
    {
        Server.Dispose();
        _folder.Dispose();
    }
}
