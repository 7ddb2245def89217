using TorchSharp.Interop;

namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Op EqOp = new("eq", "Tensor"), EqScalarOp = new("eq", "Scalar"), NeOp = new("ne", "Tensor"),
            NeScalarOp = new("ne", "Scalar"), LtOp = new("lt", "Tensor"), LtScalarOp = new("lt", "Scalar"), LeOp = new("le", "Tensor"),
            LeScalarOp = new("le", "Scalar"), GtOp = new("gt", "Tensor"), GtScalarOp = new("gt", "Scalar"), GeOp = new("ge", "Tensor"),
            GeScalarOp = new("ge", "Scalar"), LogicalNotOp = new("logical_not"), LogicalAndOp = new("logical_and"),
            LogicalOrOp = new("logical_or"), LogicalXorOp = new("logical_xor"), BitwiseAndOp = new("bitwise_and", "Tensor"),
            BitwiseOrOp = new("bitwise_or", "Tensor"), BitwiseXorOp = new("bitwise_xor", "Tensor"), BitwiseNotOp = new("bitwise_not"),
            IsnanOp = new("isnan"), IsfiniteOp = new("isfinite"), IsinfOp = new("isinf"), AllcloseOp = new("allclose"),
            MaximumOp = new("maximum"), MinimumOp = new("minimum");

        public Tensor eq(Tensor target) => EqOp.Call(this, target);
        public Tensor eq(Scalar target) => EqScalarOp.Call(this, target);
        public Tensor ne(Tensor target) => NeOp.Call(this, target);
        public Tensor ne(Scalar target) => NeScalarOp.Call(this, target);
        public Tensor lt(Tensor target) => LtOp.Call(this, target);
        public Tensor lt(Scalar target) => LtScalarOp.Call(this, target);
        public Tensor le(Tensor target) => LeOp.Call(this, target);
        public Tensor le(Scalar target) => LeScalarOp.Call(this, target);
        public Tensor gt(Tensor target) => GtOp.Call(this, target);
        public Tensor gt(Scalar target) => GtScalarOp.Call(this, target);
        public Tensor ge(Tensor target) => GeOp.Call(this, target);
        public Tensor ge(Scalar target) => GeScalarOp.Call(this, target);
        public Tensor logical_not() => LogicalNotOp.Call(this);
        public Tensor logical_and(Tensor other) => LogicalAndOp.Call(this, other);
        public Tensor logical_or(Tensor other) => LogicalOrOp.Call(this, other);
        public Tensor logical_xor(Tensor other) => LogicalXorOp.Call(this, other);
        public Tensor bitwise_and(Tensor other) => BitwiseAndOp.Call(this, other);
        public Tensor bitwise_or(Tensor other) => BitwiseOrOp.Call(this, other);
        public Tensor bitwise_xor(Tensor other) => BitwiseXorOp.Call(this, other);
        public Tensor bitwise_not() => BitwiseNotOp.Call(this);
        public Tensor isnan() => IsnanOp.Call(this);
        public Tensor isfinite() => IsfiniteOp.Call(this);
        public Tensor isinf() => IsinfOp.Call(this);
        public Tensor maximum(Tensor other) => MaximumOp.Call(this, other);
        public Tensor minimum(Tensor other) => MinimumOp.Call(this, other);

        public bool allclose(Tensor target, double rtol = 1e-05, double atol = 1e-08, bool equal_nan = false) =>
            AllcloseOp.Test(this, target, rtol, atol, equal_nan);

        public static Tensor operator ==(Tensor left, Tensor right) => left.eq(right);
        public static Tensor operator ==(Tensor left, Scalar right) => left.eq(right);
        public static Tensor operator ==(Scalar left, Tensor right) => right.eq(left);
        public static Tensor operator !=(Tensor left, Tensor right) => left.ne(right);
        public static Tensor operator !=(Tensor left, Scalar right) => left.ne(right);
        public static Tensor operator !=(Scalar left, Tensor right) => right.ne(left);
        public static Tensor operator <(Tensor left, Tensor right) => left.lt(right);
        public static Tensor operator <(Tensor left, Scalar right) => left.lt(right);
        public static Tensor operator <(Scalar left, Tensor right) => right.gt(left);
        public static Tensor operator <=(Tensor left, Tensor right) => left.le(right);
        public static Tensor operator <=(Tensor left, Scalar right) => left.le(right);
        public static Tensor operator <=(Scalar left, Tensor right) => right.ge(left);
        public static Tensor operator >(Tensor left, Tensor right) => left.gt(right);
        public static Tensor operator >(Tensor left, Scalar right) => left.gt(right);
        public static Tensor operator >(Scalar left, Tensor right) => right.lt(left);
        public static Tensor operator >=(Tensor left, Tensor right) => left.ge(right);
        public static Tensor operator >=(Tensor left, Scalar right) => left.ge(right);
        public static Tensor operator >=(Scalar left, Tensor right) => right.le(left);
        public static Tensor operator &(Tensor left, Tensor right) => left.bitwise_and(right);
        public static Tensor operator |(Tensor left, Tensor right) => left.bitwise_or(right);
        public static Tensor operator ^(Tensor left, Tensor right) => left.bitwise_xor(right);
        public static Tensor operator ~(Tensor left) => left.bitwise_not();
    }
}
