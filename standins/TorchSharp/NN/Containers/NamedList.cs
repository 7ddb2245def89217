using System.Diagnostics.CodeAnalysis;

namespace TorchSharp.Modules;

/// <summary>What ModuleDict and ParameterDict share: entries in the order of insertion, found by name.</summary>
internal sealed class NamedList<T> where T : class
{
    private readonly List<(string, T)> _entries = [];

    internal int Count => _entries.Count;

    internal (string, T) this[int index] => _entries[index];

    internal T this[string name]
    {
        get => TryGet(name, out var value) ? value : throw new KeyNotFoundException($"There is no entry '{name}'.");
        set
        {
            var at = Find(name);
            if (at < 0) throw new KeyNotFoundException($"There is no entry '{name}'.");
            _entries[at] = (name, value);
        }
    }

    internal List<string> Names => _entries.ConvertAll(e => e.Item1);

    internal List<T> Values => _entries.ConvertAll(e => e.Item2);

    internal void Add(string name, T value)
    {
        if (Find(name) >= 0) throw new ArgumentException($"There is an entry '{name}' already.");
        _entries.Add((name, value));
    }

    internal bool TryGet(string name, [MaybeNullWhen(false)] out T value)
    {
        var at = Find(name);
        value = at < 0 ? null : _entries[at].Item2;
        return at >= 0;
    }

    internal bool Remove(string name) => _entries.RemoveAll(e => e.Item1 == name) > 0;

    internal void Clear() => _entries.Clear();

    public IEnumerator<(string, T)> GetEnumerator() => _entries.GetEnumerator();

    private int Find(string name) => _entries.FindIndex(e => e.Item1 == name);
}
