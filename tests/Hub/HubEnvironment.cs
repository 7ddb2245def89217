namespace MLNet.VisionLanguage.Tests.Hub;

/// <summary>The variables that the hub's own library reads, for a test of <see cref="Tool.EnvironmentCollection"/>.</summary>
internal sealed class HubEnvironment : IDisposable
{
    private static readonly string[] Names = ["HF_HUB_CACHE", "HF_ENDPOINT", "HF_HUB_OFFLINE", "HF_TOKEN"];

    private readonly Dictionary<string, string?> _before = Names.ToDictionary(name => name, Environment.GetEnvironmentVariable);

    public HubEnvironment(string cache, Uri endpoint)
    {
        foreach (var name in Names) Environment.SetEnvironmentVariable(name, null);
        Environment.SetEnvironmentVariable("HF_HUB_CACHE", cache);
        Environment.SetEnvironmentVariable("HF_ENDPOINT", endpoint.ToString());
    }

    public void Dispose()
    {
        foreach (var (name, value) in _before) Environment.SetEnvironmentVariable(name, value);
    }
}
