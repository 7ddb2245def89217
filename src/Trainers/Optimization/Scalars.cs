using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Optimization;

/// <summary>
/// Numbers as operands of tensors. A <see cref="Scalar"/> frees its native value when it is collected, and TorchSharp's operations let go of
/// theirs before the native call returns: a collection in between, and the call reads what is no number any more. So whoever passes a number
/// passes it through here, where it lives until the call is over.
/// </summary>
internal static class Scalars
{
    public static Tensor With(double number, Func<Scalar, Tensor> operation) => With(number.ToScalar(), operation);

    public static Tensor With(long number, Func<Scalar, Tensor> operation) => With(number.ToScalar(), operation);

    /// <summary>Disposes the scalar.</summary>
    public static Tensor With(Scalar scalar, Func<Scalar, Tensor> operation)
    {
        using (scalar) return operation(scalar);
    }
}
