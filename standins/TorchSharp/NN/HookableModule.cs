namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Runs functions before and after forward. The base classes differ between versions: do not name them.</summary>
        public class HookableModule<TPreHook, TPostHook> : Module
        {
            protected Dictionary<string, TPreHook> pre_hooks = [];
            protected Dictionary<string, TPostHook> post_hooks = [];
            private int _issued;

            protected HookableModule(string name) : base(name) { }

            public HookRemover register_forward_hook(TPostHook hook) => Added(post_hooks, hook);
            public HookRemover register_forward_pre_hook(TPreHook hook) => Added(pre_hooks, hook);

            private HookRemover Added<THook>(Dictionary<string, THook> hooks, THook hook)
            {
                var key = $"hook{_issued++}";
                hooks.Add(key, hook);
                return new HookRemover(this, key);
            }

            private void Remove(string key)
            {
                pre_hooks.Remove(key);
                post_hooks.Remove(key);
            }

            public class HookRemover
            {
                private readonly HookableModule<TPreHook, TPostHook> _module;
                private readonly string _key;

                public HookRemover(HookableModule<TPreHook, TPostHook> module, string key)
                {
                    _module = module;
                    _key = key;
                }

                public void remove() => _module.Remove(_key);
            }
        }
    }
}
