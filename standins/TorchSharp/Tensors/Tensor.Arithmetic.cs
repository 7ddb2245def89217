using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public enum RoundingMode
    {
        None, trunc, floor
    }

    public partial class Tensor
    {
        private static readonly Op AddOp = new("add", "Tensor"), AddScalarOp = new("add", "Scalar"),
            AddInPlaceOp = new("add_", "Tensor"), AddScalarInPlaceOp = new("add_", "Scalar"), SubOp = new("sub", "Tensor"),
            SubScalarOp = new("sub", "Scalar"), SubInPlaceOp = new("sub_", "Tensor"), SubScalarInPlaceOp = new("sub_", "Scalar"),
            MulOp = new("mul", "Tensor"), MulScalarOp = new("mul", "Scalar"), MulInPlaceOp = new("mul_", "Tensor"),
            MulScalarInPlaceOp = new("mul_", "Scalar"), DivOp = new("div", "Tensor"), DivScalarOp = new("div", "Scalar"),
            DivInPlaceOp = new("div_", "Tensor"), DivScalarInPlaceOp = new("div_", "Scalar"), RemainderOp = new("remainder", "Tensor"),
            RemainderScalarOp = new("remainder", "Scalar"), PowOp = new("pow", "Tensor_Tensor"),
            PowScalarOp = new("pow", "Tensor_Scalar"), AddcmulOp = new("addcmul"), AddcmulInPlaceOp = new("addcmul_"),
            AddcdivOp = new("addcdiv"), AddcdivInPlaceOp = new("addcdiv_"), LerpOp = new("lerp", "Tensor"),
            LerpInPlaceOp = new("lerp_", "Tensor"), FloorDivideOp = new("floor_divide"), FillInPlaceOp = new("fill_", "Scalar"),
            DivModeOp = new("div", "Tensor_mode"), DivScalarModeOp = new("div", "Scalar_mode");

        public Tensor add(Tensor target) => AddOp.Call(this, target);
        public Tensor add(Tensor target, Scalar alpha) => AddOp.Call(this, target, alpha);
        public Tensor add(Scalar scalar) => AddScalarOp.Call(this, scalar);
        public Tensor add_(Tensor target) => AddInPlaceOp.Change(this, this, target);
        public Tensor add_(Tensor target, Scalar alpha) => AddInPlaceOp.Change(this, this, target, alpha);
        public Tensor add_(Scalar scalar) => AddScalarInPlaceOp.Change(this, this, scalar);
        public Tensor sub(Tensor target) => SubOp.Call(this, target);
        public Tensor sub(Scalar target) => SubScalarOp.Call(this, target);
        public Tensor subtract(Tensor target) => sub(target);
        public Tensor subtract(Scalar target) => sub(target);
        public Tensor sub_(Tensor target) => SubInPlaceOp.Change(this, this, target);
        public Tensor sub_(Scalar target) => SubScalarInPlaceOp.Change(this, this, target);
        public Tensor mul(Tensor target) => MulOp.Call(this, target);
        public Tensor mul(Scalar target) => MulScalarOp.Call(this, target);
        public Tensor multiply(Tensor target) => mul(target);
        public Tensor multiply(Scalar target) => mul(target);
        public Tensor mul_(Tensor target) => MulInPlaceOp.Change(this, this, target);
        public Tensor mul_(Scalar target) => MulScalarInPlaceOp.Change(this, this, target);

        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None ? DivOp.Call(this, target) : DivModeOp.Call(this, target, rounding_mode.ToString());

        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None
                ? DivScalarOp.Call(this, target)
                : DivScalarModeOp.Call(this, target, rounding_mode.ToString());

        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None ? DivInPlaceOp.Change(this, this, target) : copy_(div(target, rounding_mode));

        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None ? DivScalarInPlaceOp.Change(this, this, target) : copy_(div(target, rounding_mode));

        public Tensor floor_divide(Tensor other) => FloorDivideOp.Call(this, other);
        public Tensor remainder(Tensor target) => RemainderOp.Call(this, target);
        public Tensor remainder(Scalar scalar) => RemainderScalarOp.Call(this, scalar);
        public Tensor pow(Tensor exponent) => PowOp.Call(this, exponent);
        public Tensor pow(Scalar exponent) => PowScalarOp.Call(this, exponent);
        public Tensor square() => pow(2);

        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) => AddcmulOp.Call(this, tensor1, tensor2, value);
        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            AddcmulInPlaceOp.Change(this, this, tensor1, tensor2, value);
        public Tensor addcdiv(Tensor tensor1, Tensor tensor2, Scalar value) => AddcdivOp.Call(this, tensor1, tensor2, value);
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) =>
            AddcdivInPlaceOp.Change(this, this, tensor1, tensor2, value);
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2) => AddcdivInPlaceOp.Change(this, this, tensor1, tensor2);
        public Tensor lerp(Tensor end, Tensor weight) => LerpOp.Call(this, end, weight);
        public Tensor lerp_(Tensor end, Tensor weight) => LerpInPlaceOp.Change(this, this, end, weight);
        public Tensor fill_(Scalar value) => FillInPlaceOp.Change(this, this, value);

        public static Tensor operator -(Tensor tensor) => tensor.neg();
        public static Tensor operator +(Tensor left, Tensor right) => left.add(right);
        public static Tensor operator +(Tensor left, Scalar right) => left.add(right);
        public static Tensor operator +(Scalar left, Tensor right) => right.add(left);
        public static Tensor operator +(Tensor left, int right) => AddScalarOp.Call(left, right);
        public static Tensor operator +(Tensor left, long right) => AddScalarOp.Call(left, right);
        public static Tensor operator +(Tensor left, float right) => AddScalarOp.Call(left, right);
        public static Tensor operator +(Tensor left, double right) => AddScalarOp.Call(left, right);
        public static Tensor operator +(int left, Tensor right) => AddScalarOp.Call(right, left);
        public static Tensor operator +(long left, Tensor right) => AddScalarOp.Call(right, left);
        public static Tensor operator +(float left, Tensor right) => AddScalarOp.Call(right, left);
        public static Tensor operator +(double left, Tensor right) => AddScalarOp.Call(right, left);
        public static Tensor operator *(Tensor left, Tensor right) => left.mul(right);
        public static Tensor operator *(Tensor left, Scalar right) => left.mul(right);
        public static Tensor operator *(Scalar left, Tensor right) => right.mul(left);
        public static Tensor operator *(Tensor left, int right) => MulScalarOp.Call(left, right);
        public static Tensor operator *(Tensor left, long right) => MulScalarOp.Call(left, right);
        public static Tensor operator *(Tensor left, float right) => MulScalarOp.Call(left, right);
        public static Tensor operator *(Tensor left, double right) => MulScalarOp.Call(left, right);
        public static Tensor operator *(int left, Tensor right) => MulScalarOp.Call(right, left);
        public static Tensor operator *(long left, Tensor right) => MulScalarOp.Call(right, left);
        public static Tensor operator *(float left, Tensor right) => MulScalarOp.Call(right, left);
        public static Tensor operator *(double left, Tensor right) => MulScalarOp.Call(right, left);
        public static Tensor operator -(Tensor left, Tensor right) => left.sub(right);
        public static Tensor operator -(Tensor left, Scalar right) => left.sub(right);
        public static Tensor operator -(Scalar left, Tensor right) => right.neg().add(left);
        public static Tensor operator -(Tensor left, int right) => SubScalarOp.Call(left, right);
        public static Tensor operator -(Tensor left, long right) => SubScalarOp.Call(left, right);
        public static Tensor operator -(Tensor left, float right) => SubScalarOp.Call(left, right);
        public static Tensor operator -(Tensor left, double right) => SubScalarOp.Call(left, right);
        public static Tensor operator -(int left, Tensor right) => right.neg().add(left);
        public static Tensor operator -(long left, Tensor right) => right.neg().add(left);
        public static Tensor operator -(float left, Tensor right) => right.neg().add(left);
        public static Tensor operator -(double left, Tensor right) => right.neg().add(left);
        public static Tensor operator /(Tensor left, Tensor right) => left.div(right);
        public static Tensor operator /(Tensor left, Scalar right) => left.div(right);
        public static Tensor operator /(Scalar left, Tensor right) => right.reciprocal().mul(left);
        public static Tensor operator /(Tensor left, int right) => DivScalarOp.Call(left, right);
        public static Tensor operator /(Tensor left, long right) => DivScalarOp.Call(left, right);
        public static Tensor operator /(Tensor left, float right) => DivScalarOp.Call(left, right);
        public static Tensor operator /(Tensor left, double right) => DivScalarOp.Call(left, right);
        public static Tensor operator /(int left, Tensor right) => right.reciprocal().mul(left);
        public static Tensor operator /(long left, Tensor right) => right.reciprocal().mul(left);
        public static Tensor operator /(float left, Tensor right) => right.reciprocal().mul(left);
        public static Tensor operator /(double left, Tensor right) => right.reciprocal().mul(left);
        public static Tensor operator %(Tensor left, Tensor right) => left.remainder(right);
        public static Tensor operator %(Tensor left, Scalar right) => left.remainder(right);
        public static Tensor operator %(Tensor left, int right) => left.remainder(right);
        public static Tensor operator %(Tensor left, long right) => left.remainder(right);
        public static Tensor operator %(Tensor left, float right) => left.remainder(right);
        public static Tensor operator %(Tensor left, double right) => left.remainder(right);
    }
}
