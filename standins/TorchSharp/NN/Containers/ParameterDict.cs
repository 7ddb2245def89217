using System.Collections;
using System.Diagnostics.CodeAnalysis;
using TorchSharp.Modules;

namespace TorchSharp.Modules
{
    /// <summary>Parameters under names. Fill it before its owner registers its components.</summary>
    public class ParameterDict : torch.nn.Module, IEnumerable<(string, Parameter)>
    {
        private readonly NamedList<Parameter> _entries = new();
        private bool _registered;

        public ParameterDict() : base(nameof(ParameterDict)) { }

        protected override void RegisterComponents()
        {
            if (_registered) return;
            foreach (var (name, parameter) in _entries) register_parameter(name, parameter);
            _registered = true;
        }

        internal override void OnReplaced(string name, Parameter parameter) => _entries[name] = parameter;

        public Parameter this[string key]
        {
            get => _entries[key];
            set => _entries[key] = value;
        }

        public (string, Parameter) this[int index] => _entries[index];
        public int Count => _entries.Count;
        public ICollection<string> Keys => _entries.Names;
        public ICollection<Parameter> Values => _entries.Values;
        public IEnumerable<string> keys() => _entries.Names;
        public IEnumerable<Parameter> values() => _entries.Values;
        public IEnumerator<(string, Parameter)> items() => GetEnumerator();
        public void Add(string key, Parameter value) => _entries.Add(key, value);
        public void Add((string, Parameter) item) => _entries.Add(item.Item1, item.Item2);
        public bool ContainsKey(string key) => _entries.TryGet(key, out _);
        public bool TryGetValue(string key, [MaybeNullWhen(false)] out Parameter value) => _entries.TryGet(key, out value);
        public bool Remove(string key) => _entries.Remove(key);
        public void Clear() => _entries.Clear();
        public void clear() => _entries.Clear();
        public IEnumerator<(string, Parameter)> GetEnumerator() => _entries.GetEnumerator();
        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static ParameterDict ParameterDict(params (string, Parameter)[] parameters)
            {
                var made = new ParameterDict();
                foreach (var parameter in parameters) made.Add(parameter);
                return made;
            }
        }
    }
}
