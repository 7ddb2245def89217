using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Op MatmulOp = new("matmul"), MmOp = new("mm"), BmmOp = new("bmm"), AddmmOp = new("addmm"),
            DotOp = new("dot"), OuterOp = new("outer");

        public Tensor matmul(Tensor target) => MatmulOp.Call(this, target);
        public Tensor mm(Tensor target) => MmOp.Call(this, target);
        public Tensor bmm(Tensor batch2) => BmmOp.Call(this, batch2);
        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1, float alpha = 1) => AddmmOp.Call(this, mat1, mat2, beta, alpha);
        public Tensor dot(Tensor target) => DotOp.Call(this, target);
        public Tensor outer(Tensor vec2) => OuterOp.Call(this, vec2);
    }
}
