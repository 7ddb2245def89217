using TorchSharp.Modules;

namespace TorchSharp.Modules
{
    /// <summary>Modules that feed one another, named 0, 1, 2 ... unless names are given.</summary>
    public class Sequential : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private readonly List<torch.nn.IModule<torch.Tensor, torch.Tensor>> _steps = [];

        internal Sequential() : base(nameof(Sequential)) { }

        public int Count => _steps.Count;

        public torch.nn.IModule<torch.Tensor, torch.Tensor> this[int index] => _steps[index];

        public Sequential append(torch.nn.IModule<torch.Tensor, torch.Tensor> module) => append($"{_steps.Count}", module);

        public Sequential append(string name, torch.nn.IModule<torch.Tensor, torch.Tensor> module)
        {
            register_module(name, (torch.nn.Module)module);
            _steps.Add(module);
            return this;
        }

        public override torch.Tensor forward(torch.Tensor tensor)
        {
            if (_steps.Count == 0) return tensor.alias();
            var last = tensor;
            foreach (var step in _steps)
            {
                var result = step.call(last);
                // What lies between two steps belongs to nobody; the graph keeps what the backward pass needs.
                if (!ReferenceEquals(last, tensor) && !ReferenceEquals(last, result)) last.Dispose();
                last = result;
            }
            return last;
        }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Sequential Sequential() => new();

            public static Sequential Sequential(params (string name, Module<Tensor, Tensor> submodule)[] modules)
            {
                var made = new Sequential();
                foreach (var (name, module) in modules) made.append(name, module);
                return made;
            }

            public static Sequential Sequential(params Module<Tensor, Tensor>[] modules)
            {
                var made = new Sequential();
                foreach (var module in modules) made.append(module);
                return made;
            }
        }
    }
}
