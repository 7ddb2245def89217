using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Op NormalInPlaceOp = new("normal_"), UniformInPlaceOp = new("uniform_"),
            BernoulliInPlaceOp = new("bernoulli_", "float"), BernoulliOp = new("bernoulli"), MultinomialOp = new("multinomial"),
            RandLikeOp = new("rand_like"), RandnLikeOp = new("randn_like"), ZerosLikeOp = new("zeros_like"),
            OnesLikeOp = new("ones_like"), EmptyLikeOp = new("empty_like"), FullLikeOp = new("full_like");

        public Tensor normal_(double mean = 0.0, double std = 1.0, Generator? generator = null) =>
            NormalInPlaceOp.Change(this, this, mean, std, generator);

        public Tensor uniform_(double from, double to, Generator? generator = null) =>
            UniformInPlaceOp.Change(this, this, from, to, generator);
        public Tensor bernoulli_(double p = 0.5, Generator? generator = null) => BernoulliInPlaceOp.Change(this, this, p, generator);
        public Tensor bernoulli(Generator? generator = null) => BernoulliOp.Call(this, generator);

        public Tensor multinomial(long num_samples, bool replacement = false, Generator? generator = null) =>
            MultinomialOp.Call(this, num_samples, replacement, generator);

        public Tensor zeros_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Made(ZerosLikeOp.Call(this, dtype, Arg.None, device), requires_grad);

        public Tensor ones_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Made(OnesLikeOp.Call(this, dtype, Arg.None, device), requires_grad);

        public Tensor empty_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Made(EmptyLikeOp.Call(this, dtype, Arg.None, device), requires_grad);

        public Tensor full_like(Scalar value, ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Made(FullLikeOp.Call(this, value, dtype, Arg.None, device), requires_grad);

        public Tensor rand_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Made(RandLikeOp.Call(this, dtype, Arg.None, device), requires_grad);

        public Tensor randn_like(ScalarType? dtype = null, Device? device = null, bool requires_grad = false) =>
            Made(RandnLikeOp.Call(this, dtype, Arg.None, device), requires_grad);
    }

    private static Tensor Made(Tensor made, bool requires_grad) => requires_grad ? made.requires_grad_() : made;
}
