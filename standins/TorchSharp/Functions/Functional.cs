using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            private static readonly Op LinearOp = new("linear"), DropoutOp = new("dropout"), DropoutInPlaceOp = new("dropout_"),
                LayerNormOp = new("layer_norm"), LeakyReluOp = new("leaky_relu"), SoftplusOp = new("softplus"),
                OneHotOp = new("one_hot"), PadOp = new("constant_pad_nd");

            public static Tensor linear(Tensor input, Tensor weights, Tensor? bias = null) => LinearOp.Call(input, weights, bias);
            public static Tensor gelu(Tensor x) => x.gelu();
            public static Tensor relu(Tensor x, bool inplace = false) => inplace ? x.relu_().alias() : x.relu();
            public static Tensor silu(Tensor x, bool inplace = false) => Kept(x, x.silu(), inplace);
            public static Tensor tanh(Tensor x, bool inplace = false) => Kept(x, x.tanh(), inplace);
            public static Tensor sigmoid(Tensor x) => x.sigmoid();
            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);
            public static Tensor log_softmax(Tensor x, long dim) => x.log_softmax(dim);

            public static Tensor leaky_relu(Tensor input, double negative_slope = 0.01, bool inplace = false) =>
                Kept(input, LeakyReluOp.Call(input, negative_slope), inplace);

            public static Tensor softplus(Tensor x, double beta = 1.0, double threshold = 20.0) => SoftplusOp.Call(x, beta, threshold);

            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false) =>
                (inplace ? DropoutInPlaceOp : DropoutOp).Call(input, p, training);

            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor? weight = null, Tensor? bias = null,
                double eps = 1e-5) =>
                LayerNormOp.Call(input, normalized_shape, weight, bias, eps);

            public static Tensor one_hot(Tensor x, long num_classes = -1) => OneHotOp.Call(x, num_classes);

            public static Tensor pad(Tensor input, long[] pad, PaddingModes mode = PaddingModes.Constant, double value = 0) =>
                mode == PaddingModes.Constant
                    ? PadOp.Call(input, pad, value)
                    : throw new ArgumentException($"The stand-in pads with constants only, not {mode}.", nameof(mode));

            public static Tensor scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor? attn_mask = null,
                double p = 0.0, bool is_casual = false)
            {
                ArgumentOutOfRangeException.ThrowIfNegative(p);
                if (is_casual && attn_mask is not null) throw new ArgumentException("Casual attention masking cannot pass a mask.");
                var scores = query.matmul(key.transpose(-2, -1)) / Math.Sqrt(query.size(-1));
                var mask = is_casual ? ones(query.size(-2), key.size(-2), ScalarType.Bool, query.device).tril() : attn_mask;
                if (mask is not null)
                    scores = mask.dtype == ScalarType.Bool ? scores.masked_fill(~mask, float.NegativeInfinity) : scores + mask;
                return dropout(scores.softmax(-1), p).matmul(value);
            }

            private static Tensor Kept(Tensor x, Tensor result, bool inplace) => inplace ? x.copy_(result).alias() : result;
        }
    }
}

public enum PaddingModes
{
    Zeros = 0,
    Reflect = 1,
    Replicate = 2,
    Circular = 3,
    Constant = 4
}
