using TorchSharp.Interop;
using TorchSharp.Modules;
using TorchSharp.Utils;

namespace TorchSharp.Modules
{
    public sealed class Embedding : torch.nn.Module<torch.Tensor, torch.Tensor>
    {
        private static readonly Op Lookup = new("embedding");

        [ComponentName(Name = "weight")] private readonly Parameter _weight;
        private readonly long _padding;
        private readonly bool _scaleByFrequency;
        private readonly bool _sparse;

        internal Embedding(torch.Tensor weight, bool freeze, long? padding_idx, bool scale_grad_by_freq, bool sparse)
            : base(nameof(Embedding))
        {
            _weight = Owned.Parameter(weight, !freeze);
            _padding = padding_idx is { } row ? row < 0 ? row + _weight.shape[0] : row : -1;
            _scaleByFrequency = scale_grad_by_freq;
            _sparse = sparse;
            RegisterComponents();
        }

        public Parameter? weight => _weight;

        /// <summary>The rows of the ids; the padding row gets no gradient.</summary>
        public override torch.Tensor forward(torch.Tensor input) => Lookup.Call(_weight, input, _padding, _scaleByFrequency, _sparse);
    }
}

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            public static Embedding Embedding(long num_embeddings, long embedding_dims, long? padding_idx = null, double? max_norm = null,
                double norm_type = 2.0, bool scale_grad_by_freq = false, bool sparse = false, Device? device = null,
                ScalarType? dtype = null)
            {
                RefuseMaxNorm(max_norm);
                var weight = empty(num_embeddings, embedding_dims, dtype, device);
                var made = new Embedding(weight, false, padding_idx, scale_grad_by_freq, sparse);
                init.normal_(made.weight!);
                if (padding_idx is not { } row) return made;
                using var quiet = no_grad();
                using var scope = NewDisposeScope();
                made.weight!.select(0, row).fill_(0);
                return made;
            }

            public static Embedding Embedding_from_pretrained(Tensor embeddings, bool freeze = true, long? padding_idx = null,
                double? max_norm = null, double norm_type = 2.0, bool scale_grad_by_freq = false, bool sparse = false,
                Device? device = null, ScalarType? dtype = null)
            {
                RefuseMaxNorm(max_norm);
                var weight = embeddings.detach().to(dtype ?? embeddings.dtype, device ?? embeddings.device, disposeAfter: true);
                return new Embedding(weight, freeze, padding_idx, scale_grad_by_freq, sparse);
            }

            private static void RefuseMaxNorm(double? max_norm)
            {
                if (max_norm.HasValue) throw new NotSupportedException("The stand-in's Embedding has no max_norm.");
            }
        }
    }
}
