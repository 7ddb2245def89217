using System.Collections;
using System.Diagnostics.CodeAnalysis;
using TorchSharp.Modules;

namespace TorchSharp.Modules
{
    /// <summary>Modules under names. Fill it before its owner registers its components.</summary>
    public class ModuleDict<T> : torch.nn.Module, IEnumerable<(string, T)> where T : torch.nn.Module
    {
        private readonly NamedList<T> _entries = new();
        private bool _registered;

        public ModuleDict() : base(nameof(ModuleDict<T>)) { }

        protected override void RegisterComponents()
        {
            if (_registered) return;
            foreach (var (name, module) in _entries) register_module(name, module);
            _registered = true;
        }

        public T this[string key]
        {
            get => _entries[key];
            set => _entries[key] = value;
        }

        public (string, T) this[int index] => _entries[index];
        public int Count => _entries.Count;
        public ICollection<string> Keys => _entries.Names;
        public ICollection<T> Values => _entries.Values;
        public IEnumerable<string> keys() => _entries.Names;
        public IEnumerable<T> values() => _entries.Values;
        public IEnumerator<(string, T)> items() => GetEnumerator();
        public void Add(string key, T value) => _entries.Add(key, value);
        public void Add((string, T) item) => _entries.Add(item.Item1, item.Item2);
        public bool ContainsKey(string key) => _entries.TryGet(key, out _);
        public bool TryGetValue(string key, [MaybeNullWhen(false)] out T value) => _entries.TryGet(key, out value);
        public bool Remove(string key) => _entries.Remove(key);
        public void Clear() => _entries.Clear();
        public void clear() => _entries.Clear();
        public IEnumerator<(string, T)> GetEnumerator() => _entries.GetEnumerator();
        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static ModuleDict<Module> ModuleDict(params (string, Module)[] modules) => ModuleDict<Module>(modules);

            public static ModuleDict<T> ModuleDict<T>(params (string, T)[] modules) where T : Module
            {
                var made = new ModuleDict<T>();
                foreach (var module in modules) made.Add(module);
                return made;
            }
        }
    }
}
