using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace MLNet.VisionLanguage.Persistence;

/// <summary>
/// Turns the state text that travels in a column into an object once. ML.NET hands every row the same string object, so the
/// object is kept beside that string and goes when the model goes. Safe for the several threads that ML.NET maps rows on.
/// </summary>
internal sealed class StateCache<TState>(Func<string, TState> parse)
    where TState : class
{
    private readonly ConditionalWeakTable<string, Lazy<TState>> _states = [];
    private volatile string? _lastCopy;

    public TState Get(ReadOnlyMemory<char> text)
    {
        if (!MemoryMarshal.TryGetString(text, out var key, out var start, out var length) || start != 0 || length != key.Length)
            key = Intern(text);
        return _states.GetValue(key, k => new Lazy<TState>(() => parse(k))).Value;
    }

    /// <summary>A view that does not hand out the string itself (a cache, a file) would otherwise parse the state on every row.</summary>
    private string Intern(ReadOnlyMemory<char> text)
    {
        var last = _lastCopy;
        if (last is not null && text.Span.SequenceEqual(last)) return last;
        return _lastCopy = text.ToString();
    }
}
