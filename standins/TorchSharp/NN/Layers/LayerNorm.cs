using TorchSharp.Modules;
using TorchSharp.Utils;

namespace TorchSharp.Modules
{
    public sealed class LayerNorm : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        [ComponentName(Name = "weight")] private readonly Parameter? _weight;
        [ComponentName(Name = "bias")] private readonly Parameter? _bias;
        private readonly long[] _shape;
        private readonly double _eps;

        internal LayerNorm(long[] normalized_shape, double eps, bool elementwise_affine, bool bias, torch.Device? device,
            torch.ScalarType? dtype)
            : base(nameof(LayerNorm))
        {
            _shape = normalized_shape;
            _eps = eps;
            if (elementwise_affine) _weight = Owned.Parameter(torch.ones(normalized_shape, dtype, device));
            if (elementwise_affine && bias) _bias = Owned.Parameter(torch.zeros(normalized_shape, dtype, device));
            RegisterComponents();
        }

        public Parameter weight => _weight!;

        public Parameter? bias => _bias;

        public override torch.Tensor forward(torch.Tensor tensor) => torch.nn.functional.layer_norm(tensor, _shape, _weight, _bias, _eps);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static LayerNorm LayerNorm(long[] normalized_shape, double eps = 1e-05, bool elementwise_affine = true, bool bias = true,
                Device? device = null, ScalarType? dtype = null) =>
                new(normalized_shape, eps, elementwise_affine, bias, device, dtype);

            public static LayerNorm LayerNorm(long normalized_shape, double eps = 1e-05, bool elementwise_affine = true, bool bias = true,
                Device? device = null, ScalarType? dtype = null) =>
                new([normalized_shape], eps, elementwise_affine, bias, device, dtype);
        }
    }
}
