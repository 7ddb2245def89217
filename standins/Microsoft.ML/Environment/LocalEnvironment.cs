using System.Collections.Concurrent;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The one environment behind an MLContext: hands out hosts and channels and delivers their messages.</summary>
internal sealed class LocalEnvironment : IHostEnvironmentInternal
{
    private readonly ConcurrentDictionary<string, object> _options = new();
    private readonly Random _rand;

    public LocalEnvironment(int? seed)
    {
        Seed = seed;
        _rand = seed.HasValue ? new Random(seed.Value) : new Random();
    }

    /// <summary>Called with the channel's full name and the message.</summary>
    public event Action<string, ChannelMessage> Message;

    public int? Seed { get; }

    public string TempFilePath { get; set; } = Path.GetTempPath();

    public bool FallbackToCpu { get; set; }

    public int? GpuDeviceId { get; set; }

    public ComponentCatalog ComponentCatalog { get; } = new();

    public string ContextDescription => "HostEnvironment";

    public TException Process<TException>(TException ex)
        where TException : Exception => ex;

    public IHost Register(string name, int? seed = null, bool? verbose = null) => new LocalHost(this, null, name, NextRandom(_rand, seed));

    public IChannel Start(string name) => new LocalChannel(this, null, name);

    public IPipe<TMessage> StartPipe<TMessage>(string name) => new SilentPipe<TMessage>(this);

    public IProgressChannel StartProgressChannel(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        return new SilentProgress();
    }

    public bool TryAddOption<T>(string name, T value) => _options.TryAdd(CheckName(name), value);

    public void SetOption<T>(string name, T value) => _options[CheckName(name)] = value;

    public bool TryGetOption<T>(string name, out T value)
    {
        if (_options.TryGetValue(CheckName(name), out var found) && found is T typed)
        {
            value = typed;
            return true;
        }

        value = default;
        return false;
    }

    public T GetOptionOrDefault<T>(string name) => TryGetOption<T>(name, out var value) ? value : default;

    public bool RemoveOption(string name) => _options.TryRemove(CheckName(name), out _);

    internal void Deliver(string source, ChannelMessage message) => Message?.Invoke(source, message);

    internal static Random NextRandom(Random parent, int? seed)
    {
        if (seed.HasValue)
            return new Random(seed.Value);
        lock (parent)
            return new Random(parent.Next());
    }

    internal static string Join(string parent, string name) => string.IsNullOrEmpty(parent) ? name : $"{parent}; {name}";

    private static string CheckName(string name) =>
        string.IsNullOrWhiteSpace(name) ? throw new ArgumentNullException(nameof(name)) : name;
}

internal sealed class LocalHost : IHost, IHostEnvironmentInternal
{
    private readonly LocalEnvironment _root;
    private readonly LocalHost _parent;
    private readonly string _fullName;

    public LocalHost(LocalEnvironment root, LocalHost parent, string name, Random rand)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        _root = root;
        _parent = parent;
        _fullName = LocalEnvironment.Join(parent?._parent?._fullName, name);
        Rand = rand;
        TempFilePath = parent?.TempFilePath ?? root.TempFilePath;
        GpuDeviceId = parent == null ? root.GpuDeviceId : parent.GpuDeviceId;
        FallbackToCpu = parent?.FallbackToCpu ?? root.FallbackToCpu;
    }

    public Random Rand { get; }

    public int? Seed => _root.Seed;

    public string TempFilePath { get; set; }

    public bool FallbackToCpu { get; set; }

    public int? GpuDeviceId { get; set; }

    public ComponentCatalog ComponentCatalog => _root.ComponentCatalog;

    public string ContextDescription => _fullName;

    public TException Process<TException>(TException ex)
        where TException : Exception => ex;

    public IHost Register(string name, int? seed = null, bool? verbose = null) =>
        new LocalHost(_root, this, name, LocalEnvironment.NextRandom(Rand, seed));

    public IChannel Start(string name) => new LocalChannel(_root, _fullName, name);

    public IPipe<TMessage> StartPipe<TMessage>(string name) => new SilentPipe<TMessage>(this);

    public IProgressChannel StartProgressChannel(string name) => _root.StartProgressChannel(name);

    public bool TryAddOption<T>(string name, T value) => _root.TryAddOption(name, value);

    public void SetOption<T>(string name, T value) => _root.SetOption(name, value);

    public bool TryGetOption<T>(string name, out T value) => _root.TryGetOption(name, out value);

    public T GetOptionOrDefault<T>(string name) => _root.GetOptionOrDefault<T>(name);

    public bool RemoveOption(string name) => _root.RemoveOption(name);
}
