using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public enum Reduction : long
        {
            None = 0,
            Mean = 1,
            Sum = 2
        }

        public static partial class functional
        {
            private static readonly Op CrossEntropyOp = new("cross_entropy_loss"), NllOp = new("nll_loss_nd"),
                BceLogitsOp = new("binary_cross_entropy_with_logits"), BceOp = new("binary_cross_entropy"), KlDivOp = new("kl_div"),
                MseOp = new("mse_loss"), SmoothL1Op = new("smooth_l1_loss"), HuberOp = new("huber_loss");

            public static Tensor cross_entropy(Tensor input, Tensor target, Tensor? weight = null, long ignore_index = -100,
                Reduction reduction = Reduction.Mean, double label_smoothing = 0.0) =>
                CrossEntropyOp.Call(input, target, weight, reduction, ignore_index, label_smoothing);

            public static Tensor nll_loss(Tensor input, Tensor target, Tensor? weight = null, Reduction reduction = Reduction.Mean) =>
                NllOp.Call(input, target, weight, reduction);

            public static Tensor binary_cross_entropy_with_logits(Tensor input, Tensor target, Tensor? weight = null,
                Reduction reduction = Reduction.Mean, Tensor? pos_weights = null) =>
                BceLogitsOp.Call(input, target, weight, pos_weights, reduction);

            public static Tensor binary_cross_entropy(Tensor input, Tensor target, Tensor? weight = null,
                Reduction reduction = Reduction.Mean) =>
                BceOp.Call(input, target, weight, reduction);

            /// <summary>The target holds logarithms unless log_target is false: TorchSharp's default, not PyTorch's.</summary>
            public static Tensor kl_div(Tensor input, Tensor target, bool log_target = true, Reduction reduction = Reduction.Mean) =>
                KlDivOp.Call(input, target, reduction, log_target);

            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) =>
                MseOp.Call(input, target, reduction);
            public static Tensor smooth_l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean, double beta = 1.0) =>
                SmoothL1Op.Call(input, target, reduction, beta);

            public static Tensor huber_loss(Tensor input, Tensor target, double delta = 1.0, Reduction reduction = Reduction.Mean) =>
                HuberOp.Call(input, target, reduction, delta);
        }
    }
}
