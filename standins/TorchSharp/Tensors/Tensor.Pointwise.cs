using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Op AbsOp = new("abs"), NegOp = new("neg"), SqrtOp = new("sqrt"), SqrtInPlaceOp = new("sqrt_"),
            RsqrtOp = new("rsqrt"), ExpOp = new("exp"), LogOp = new("log"), Log1pOp = new("log1p"), SignOp = new("sign"),
            SinOp = new("sin"), CosOp = new("cos"), TanhOp = new("tanh"), SigmoidOp = new("sigmoid"), ReluOp = new("relu"),
            ReluInPlaceOp = new("relu_"), GeluOp = new("gelu"), SiluOp = new("silu"), ErfOp = new("erf"), FloorOp = new("floor"),
            CeilOp = new("ceil"), RoundOp = new("round", "decimals"), ReciprocalOp = new("reciprocal"), ClampOp = new("clamp"),
            ClampInPlaceOp = new("clamp_"), ClampMinOp = new("clamp_min"), ClampMaxOp = new("clamp_max"),
            SoftmaxOp = new("softmax", "int"), LogSoftmaxOp = new("log_softmax", "int");

        public Tensor abs() => AbsOp.Call(this);
        public Tensor neg() => NegOp.Call(this);
        public Tensor negative() => neg();
        public Tensor sqrt() => SqrtOp.Call(this);
        public Tensor sqrt_() => SqrtInPlaceOp.Change(this, this);
        public Tensor rsqrt() => RsqrtOp.Call(this);
        public Tensor exp() => ExpOp.Call(this);
        public Tensor log() => LogOp.Call(this);
        public Tensor log1p() => Log1pOp.Call(this);
        public Tensor sign() => SignOp.Call(this);
        public Tensor sin() => SinOp.Call(this);
        public Tensor cos() => CosOp.Call(this);
        public Tensor tanh() => TanhOp.Call(this);
        public Tensor sigmoid() => SigmoidOp.Call(this);
        public Tensor relu() => ReluOp.Call(this);
        public Tensor relu_() => ReluInPlaceOp.Change(this, this);
        public Tensor gelu() => GeluOp.Call(this);
        public Tensor silu() => SiluOp.Call(this);
        public Tensor erf() => ErfOp.Call(this);
        public Tensor floor() => FloorOp.Call(this);
        public Tensor ceil() => CeilOp.Call(this);
        public Tensor round(long decimals = 0L) => RoundOp.Call(this, decimals);
        public Tensor reciprocal() => ReciprocalOp.Call(this);
        public Tensor clamp(Scalar? min = null, Scalar? max = null) => ClampOp.Call(this, min, max);
        public Tensor clamp_(Scalar? min = null, Scalar? max = null) => ClampInPlaceOp.Change(this, this, min, max);
        public Tensor clip(Scalar? min = null, Scalar? max = null) => clamp(min, max);
        public Tensor clamp_min(Scalar min) => ClampMinOp.Call(this, min);
        public Tensor clamp_max(Scalar max) => ClampMaxOp.Call(this, max);
        public Tensor softmax(long dim, ScalarType? dtype = null) => SoftmaxOp.Call(this, dim, dtype);
        public Tensor log_softmax(long dim, ScalarType? dtype = null) => LogSoftmaxOp.Call(this, dim, dtype);
    }
}
