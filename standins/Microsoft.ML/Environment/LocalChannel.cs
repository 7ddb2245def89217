using System.Diagnostics;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

internal sealed class LocalChannel : IChannel
{
    private readonly LocalEnvironment _root;
    private readonly string _fullName;
    private readonly long _started = Stopwatch.GetTimestamp();
    private bool _disposed;

    public LocalChannel(LocalEnvironment root, string parentName, string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        _root = root;
        _fullName = LocalEnvironment.Join(parentName, name);
        Trace(MessageSensitivity.None, "Channel started");
    }

    public string ContextDescription => _fullName;

    public TException Process<TException>(TException ex)
        where TException : Exception => ex;

    public void Send(ChannelMessage msg) => _root.Deliver(_fullName, msg);

    public void Trace(MessageSensitivity sensitivity, string fmt) => Send(new(ChannelMessageKind.Trace, sensitivity, fmt));

    public void Trace(MessageSensitivity sensitivity, string fmt, params object[] args) =>
        Send(new(ChannelMessageKind.Trace, sensitivity, fmt, args));

    public void Error(MessageSensitivity sensitivity, string fmt) => Send(new(ChannelMessageKind.Error, sensitivity, fmt));

    public void Error(MessageSensitivity sensitivity, string fmt, params object[] args) =>
        Send(new(ChannelMessageKind.Error, sensitivity, fmt, args));

    public void Warning(MessageSensitivity sensitivity, string fmt) => Send(new(ChannelMessageKind.Warning, sensitivity, fmt));

    public void Warning(MessageSensitivity sensitivity, string fmt, params object[] args) =>
        Send(new(ChannelMessageKind.Warning, sensitivity, fmt, args));

    public void Info(MessageSensitivity sensitivity, string fmt) => Send(new(ChannelMessageKind.Info, sensitivity, fmt));

    public void Info(MessageSensitivity sensitivity, string fmt, params object[] args) =>
        Send(new(ChannelMessageKind.Info, sensitivity, fmt, args));

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        Trace(MessageSensitivity.None, "Channel finished. Elapsed {0:c}.", Stopwatch.GetElapsedTime(_started));
        Trace(MessageSensitivity.None, "Channel disposed");
    }
}

/// <summary>A pipe of messages that an MLContext has no listener for.</summary>
internal sealed class SilentPipe<TMessage>(IExceptionContext parent) : IPipe<TMessage>
{
    public string ContextDescription => parent.ContextDescription;

    public TException Process<TException>(TException ex)
        where TException : Exception => ex;

    public void Send(TMessage msg)
    {
    }

    public void Dispose()
    {
    }
}

/// <summary>MLContext.Log shows nothing of progress channels.</summary>
internal sealed class SilentProgress : IProgressChannel
{
    public IProgressChannel StartProgressChannel(string name) => new SilentProgress();

    public void SetHeader(ProgressHeader header, Action<IProgressEntry> fillAction)
    {
    }

    public void Checkpoint(params double?[] values)
    {
    }

    public void Dispose()
    {
    }
}
