using TorchSharp.Modules;
using TorchSharp.Utils;

namespace TorchSharp.Modules
{
    public sealed class Linear : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        [ComponentName(Name = "weight")] private readonly Parameter _weight;
        [ComponentName(Name = "bias")] private readonly Parameter? _bias;

        internal Linear(long inputSize, long outputSize, bool hasBias, torch.Device? device, torch.ScalarType? dtype) : base(nameof(Linear))
        {
            _weight = Owned.Parameter(torch.empty(outputSize, inputSize, dtype, device));
            torch.nn.init.kaiming_uniform_(_weight, Math.Sqrt(5));
            if (hasBias)
            {
                var bound = inputSize > 0 ? 1 / Math.Sqrt(inputSize) : 0;
                _bias = Owned.Parameter(torch.empty(outputSize, dtype, device));
                torch.nn.init.uniform_(_bias, -bound, bound);
            }
            RegisterComponents();
        }

        public Parameter? weight => _weight;

        public Parameter? bias => _bias;

        public override torch.Tensor forward(torch.Tensor tensor) => torch.nn.functional.linear(tensor, _weight, _bias);
    }

    internal static class Owned
    {
        /// <summary>A parameter of a built-in layer: it lives as long as the layer, whatever scope the layer was made in.</summary>
        internal static Parameter Parameter(torch.Tensor data, bool requires_grad = true)
        {
            var parameter = new Parameter(data, requires_grad);
            parameter.DetachFromDisposeScope();
            return parameter;
        }
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Linear Linear(long inputSize, long outputSize, bool hasBias = true, Device? device = null,
                ScalarType? dtype = null) =>
                new(inputSize, outputSize, hasBias, device, dtype);
        }
    }
}
