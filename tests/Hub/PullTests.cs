using MLNet.VisionLanguage.Hub;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Hub;

/// <summary>Fetching from servers that are right, slow, wrong or gone.</summary>
public sealed class PullTests
{
    private const string Store = "/store/model";

    [Fact]
    public async Task Files_come_once_and_lie_as_the_hubs_library_lays_them()
    {
        using var world = new HubWorld();
        var models = world.Models();
        Assert.False(models.IsHere(HubWorld.Name));
        var files = await models.PullAsync(HubWorld.Name);
        Assert.Equal(["answers", "weights"], files.Keys.Order());
        Assert.Equal(world.Weights, File.ReadAllBytes(files["weights"]));
        Assert.Equal(world.Answers, File.ReadAllBytes(files["answers"]));
        var repository = Path.Combine(world.Cache, "models--someone--some-model");
        Assert.Equal(HubWorld.Commit, File.ReadAllText(Path.Combine(repository, "refs", "main")));
        Assert.Equal(Path.Combine(repository, "snapshots", HubWorld.Commit, "weights", "model.bin"), files["weights"]);
        Assert.Equal(Path.Combine("..", "..", "..", "blobs", world.Sha256), new FileInfo(files["weights"]).LinkTarget);
        Assert.True(models.IsHere(HubWorld.Name));
        Assert.Empty(await models.VerifyAsync(HubWorld.Name));

        var requests = world.Server.Seen.Count;
        Assert.Equal(files, await models.PullAsync(HubWorld.Name));
        Assert.Equal(files, await world.PullAsync(options => options.Offline = true));
        Assert.Equal(requests, world.Server.Seen.Count);
        Assert.True(await models.RemoveAsync(HubWorld.Name) >= world.Weights.Length);
        Assert.False(models.IsHere(HubWorld.Name));
        Assert.All(Directory.EnumerateFiles(world.Cache, "*", SearchOption.AllDirectories), file => Assert.EndsWith(".lock", file));
    }

    [Fact]
    public async Task A_connection_that_ends_anywhere_is_gone_on_from()
    {
        int[] cuts = [0, 1, 63, 65_535, 65_536, 65_537, 131_072, 199_999];
        var cut = 0;
        using var right = new HubWorld();
        using var broken = new HubWorld(request => request is { Method: "GET", Path: Store } && cut < cuts.Length
            ? right.Right(request) with { CutAfter = cuts[cut++] - request.From }
            : null);
        var files = await broken.PullAsync();
        Assert.Equal(broken.Weights, File.ReadAllBytes(files["weights"]));
        Assert.Equal([0, 0, .. cuts[1..]], broken.Server.Seen.Where(request => request is { Method: "GET", Path: Store }).Select(request => request.From));
        Assert.Empty(Directory.EnumerateFiles(broken.Cache, "*" + Download.Ending, SearchOption.AllDirectories));
    }

    /// <summary>Where nothing more comes at all the part stays for the next command, here of another process's making.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(70_000)]
    [InlineData(199_999)]
    [InlineData(200_000)]
    public async Task A_part_of_an_earlier_command_is_gone_on_from(int bytes)
    {
        using var world = new HubWorld();
        Directory.CreateDirectory(Path.GetDirectoryName(world.Blob)!);
        File.WriteAllBytes(world.Blob + Download.Ending, world.Weights[..bytes]);
        var files = await world.PullAsync();
        Assert.Equal(world.Weights, File.ReadAllBytes(files["weights"]));
        var asked = world.Server.Seen.Where(request => request is { Method: "GET", Path: Store }).ToList();
        if (bytes < 200_000) Assert.Equal(bytes, Assert.Single(asked).From);
        else Assert.Empty(asked);
    }

    [Fact]
    public async Task A_part_of_other_content_is_not_used()
    {
        using var world = new HubWorld();
        Directory.CreateDirectory(Path.GetDirectoryName(world.Blob)!);
        File.WriteAllBytes(world.Blob + Download.Ending, new byte[1000]); // as many zeros
        var problem = await Assert.ThrowsAsync<HubException>(() => world.PullAsync());
        Assert.Contains("its hash is", problem.Message);
        Assert.False(File.Exists(world.Blob));
        Assert.Equal(world.Weights, File.ReadAllBytes((await world.PullAsync())["weights"]));
    }

    /// <summary>Of a file that no hash names, a part of an earlier version is not gone on from; of the same version it is.</summary>
    [Theory]
    [InlineData("plain-mark", 5)]
    [InlineData("earlier", 0)]
    [InlineData(null, 0)]
    public async Task A_part_of_an_earlier_version_is_not_used(string? version, int from)
    {
        using var world = new HubWorld();
        var path = Path.Combine(world.Cache, "mlnet-vision-language", HubWorld.Name, "answers.json" + Download.Ending);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, world.Answers[..5]);
        if (version is not null) File.WriteAllText(path + ".version", version);
        Assert.Equal(world.Answers, File.ReadAllBytes((await world.PullAsync())["answers"]));
        Assert.Equal(from, world.Server.Seen.Single(request => request is { Method: "GET", Path: "/plain/answers.json" }).From);
        Assert.Equal(["answers.json", "answers.json.fetched.json"], Directory.EnumerateFiles(Path.GetDirectoryName(path)!).Select(Path.GetFileName).Order());
    }

    /// <summary>A server that cannot begin within a file sends all of it.</summary>
    [Fact]
    public async Task A_server_without_ranges_sends_all_again()
    {
        var isFirst = true;
        using var right = new HubWorld();
        using var world = new HubWorld(request =>
        {
            if (request is not { Method: "GET", Path: Store }) return null;
            var cut = isFirst ? 5000 : (int?)null;
            isFirst = false;
            return new Answer(200) { Body = right.Weights, CutAfter = cut };
        });
        Assert.Equal(world.Weights, File.ReadAllBytes((await world.PullAsync())["weights"]));
    }

    [Theory]
    [InlineData(404, "there is no such file", 1)]
    [InlineData(401, "set HF_TOKEN", 1)]
    [InlineData(403, "set HF_TOKEN", 1)]
    [InlineData(429, "has had too many requests", 4)]
    [InlineData(503, "the server has a problem", 4)]
    public async Task A_refusal_says_what_to_do(int status, string advice, int times)
    {
        using var world = new HubWorld(request => request.Path.StartsWith("/someone", StringComparison.Ordinal) ? new(status) : null);
        var problem = await Assert.ThrowsAsync<HubException>(() => world.PullAsync());
        Assert.Contains(advice, problem.Message);
        Assert.Contains(world.Server.Address.ToString(), problem.Message);
        Assert.Equal(times, world.Server.Seen.Count);
        Assert.False(world.Models().IsHere(HubWorld.Name));
    }

    [Fact]
    public async Task A_server_that_asks_to_wait_is_heeded()
    {
        var refused = 0;
        using var world = new HubWorld(request =>
            request.Path.StartsWith("/someone", StringComparison.Ordinal) && refused++ < 2 ? new(429, ("Retry-After", refused == 1 ? "1" : "0")) : null);
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await world.PullAsync();
        Assert.InRange(clock.Elapsed.TotalSeconds, 0.9, 30);
        using var patient = new HubWorld(_ => new(429, ("Retry-After", "3600")));
        Assert.Contains("60 minutes", (await Assert.ThrowsAsync<HubException>(() => patient.PullAsync())).Message);
    }

    [Fact]
    public async Task A_server_that_falls_silent_is_left()
    {
        using var world = new HubWorld();
        using var silent = new HubWorld(request => request is { Method: "GET", Path: Store } ? world.Right(request) with { CutAfter = request.From == 0 ? 100 : 0, Stalls = true } : null);
        var problem = await Assert.ThrowsAsync<HubException>(() => silent.PullAsync(options =>
        {
            options.StallTimeout = TimeSpan.FromMilliseconds(200);
            options.Retries = 1;
        }));
        Assert.Contains("sent nothing for 0.2 seconds", problem.Message);
        Assert.Contains("goes on from it", problem.Message);

        Assert.Equal(100, new FileInfo(silent.Blob + Download.Ending).Length);
    }

    [Fact]
    public async Task Less_than_was_told_of_is_no_file()
    {
        using var right = new HubWorld();
        using var world = new HubWorld(request => request is { Method: "GET", Path: Store } ? new Answer(200) { Body = right.Weights[..100_000] } : null);
        var problem = await Assert.ThrowsAsync<HubException>(() => world.PullAsync());
        Assert.Contains("the connection ended after 100000 of 200000 bytes", problem.Message);
        Assert.False(File.Exists(world.Blob));
    }

    [Fact]
    public async Task More_than_was_told_of_is_not_used()
    {
        using var world = new HubWorld(request => request is { Method: "GET", Path: Store } ? new Answer(200) { Body = new byte[300_000] } : null);
        Assert.Contains("more than the 200000 bytes", (await Assert.ThrowsAsync<HubException>(() => world.PullAsync())).Message);
        Assert.False(File.Exists(world.Blob));
    }

    [Fact]
    public async Task Another_content_is_not_used()
    {
        using var world = new HubWorld(request => request is { Method: "GET", Path: Store } ? new Answer(200) { Body = new byte[200_000] } : null);
        var problem = await Assert.ThrowsAsync<HubException>(() => world.PullAsync());
        Assert.Contains($"where {world.Sha256} is expected", problem.Message);
        Assert.False(File.Exists(world.Blob));
        Assert.False(File.Exists(world.Blob + Download.Ending));
    }

    [Fact]
    public async Task The_catalogs_hash_and_size_are_held()
    {
        using var world = new HubWorld(sha256: new string('a', 64));
        Assert.Contains("where aaaa", (await Assert.ThrowsAsync<HubException>(() => world.PullAsync())).Message);
        using var other = new HubWorld(listedSize: 5);
        Assert.Contains("the catalog's has 5", (await Assert.ThrowsAsync<HubException>(() => other.PullAsync())).Message);
    }

    [Theory]
    [InlineData("/a", "passed on more than 10 times")]
    [InlineData("file:///etc/passwd", "is no web address")]
    public async Task Redirects_end(string to, string reason)
    {
        using var world = new HubWorld(_ => new(302, ("Location", to)));
        Assert.Contains(reason, (await Assert.ThrowsAsync<HubException>(() => world.PullAsync())).Message);
    }

    /// <summary>The token opens the hub's repositories, and is not told to the store that the hub passes on to.</summary>
    [Fact]
    public async Task The_token_goes_to_the_hub_alone()
    {
        using var store = new HubWorld();
        using var world = new HubWorld(request =>
            request.Path.StartsWith("/someone", StringComparison.Ordinal) && request.Headers.GetValueOrDefault("authorization") != "Bearer secret" ? new(401)
            : request.Path.StartsWith("/someone", StringComparison.Ordinal)
                ? store.Right(request) with { Headers = [.. store.Right(request).Headers.Where(header => header.Name != "Location"), ("Location", $"{store.Server.Address}store/model")] }
                : null);
        await Assert.ThrowsAsync<HubException>(() => world.PullAsync());
        await world.PullAsync(options => options.Token = "secret");
        Assert.NotEmpty(store.Server.Seen);
        Assert.All(store.Server.Seen, request => Assert.False(request.Headers.ContainsKey("authorization")));
        Assert.Contains("may not read it", (await Assert.ThrowsAsync<HubException>(() => new HubWorld(_ => new(403)).PullAsync(o => o.Token = "x"))).Message);
    }

    [Fact]
    public async Task Without_the_network_what_is_here_is_used_and_what_is_not_is_named()
    {
        using var world = new HubWorld();
        var problem = await Assert.ThrowsAsync<HubException>(() => world.PullAsync(options => options.Offline = true));
        Assert.Contains("HF_HUB_OFFLINE forbids", problem.Message);
        Assert.Empty(world.Server.Seen);
        Assert.False(Directory.Exists(world.Cache));

        // What the hub's own library fetched is known.
        await world.PullAsync();
        Directory.Delete(Path.Combine(world.Cache, "mlnet-vision-language", HubWorld.Name, "weights"), recursive: true);
        Assert.Equal(world.Weights, File.ReadAllBytes((await world.PullAsync(options => options.Offline = true))["weights"]));
    }

    [Fact]
    public async Task A_file_that_was_changed_is_not_used()
    {
        using var world = new HubWorld();
        var files = await world.PullAsync();
        foreach (var role in (string[])["weights", "answers"])
        {
            var path = role == "weights" ? world.Blob : files[role];
            var bytes = File.ReadAllBytes(path);
            bytes[3] ^= 1;
            File.WriteAllBytes(path, bytes);
            var problem = await Assert.ThrowsAsync<HubException>(() => world.PullAsync());
            Assert.Contains("It was changed after it was fetched, and is not used", problem.Message);
            Assert.Contains("its hash is", Assert.Single(await world.Models().VerifyAsync(HubWorld.Name)));
            bytes[3] ^= 1;
            File.WriteAllBytes(path, bytes);
            await world.PullAsync();
        }
    }

    [Fact]
    public async Task Two_that_pull_at_once_fetch_once()
    {
        using var world = new HubWorld(size: 3_000_000);
        var both = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => world.PullAsync())));
        Assert.All(both, files => Assert.Equal(world.Weights, File.ReadAllBytes(files["weights"])));
        Assert.Single(world.Server.Seen, request => request is { Method: "GET", Path: Store });
    }

    /// <summary>A file in the cache's place refuses everybody.</summary>
    [Fact]
    public async Task A_cache_that_is_a_file_is_named()
    {
        using var world = new HubWorld();
        File.WriteAllText(world.Cache, "");
        var problem = await Assert.ThrowsAnyAsync<IOException>(() => world.PullAsync());
        Assert.Contains(world.Cache, problem.Message);
    }

    [SkippableFact]
    public async Task A_full_disk_keeps_what_is_there()
    {
        Skip.IfNot(File.Exists("/dev/full"), "needs Linux's device that is always full");
        using var world = new HubWorld();
        Directory.CreateDirectory(Path.GetDirectoryName(world.Blob)!);
        File.CreateSymbolicLink(world.Blob + Download.Ending, "/dev/full");
        var problem = await Assert.ThrowsAsync<HubException>(() => world.PullAsync());
        Assert.Contains("the disk is full", problem.Message);
        Assert.Contains("HF_HOME", problem.Message);
        File.Delete(world.Blob + Download.Ending);
        await world.PullAsync();
    }

    [Fact]
    public async Task A_server_that_is_gone_is_named()
    {
        using var world = new HubWorld();
        var problem = await Assert.ThrowsAsync<HubException>(() => world.PullAsync(options => options.Endpoint = new("http://127.0.0.1:9/")));
        Assert.Contains("the server cannot be reached", problem.Message);
        Assert.Contains("Tried 4 times", problem.Message);
    }

    [Fact]
    public async Task A_name_that_is_none_is_told_with_those_that_are()
    {
        using var world = new HubWorld();
        Assert.Contains("lxmert-vqa", (await Assert.ThrowsAsync<ArgumentException>(() => world.Models().PullAsync("lxmert"))).Message);
        Assert.Throws<ArgumentException>(() => world.Models(options => options.Retries = -1));
        Assert.Throws<ArgumentException>(() => world.Models(options => options.Endpoint = new("ftp://x/")));
    }
}
