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

    /// <summary>a + b. Sums without a factor get one from TorchSharp, in a scalar that it lets go of too: so the factor is ours.</summary>
    public static Tensor Add(Tensor a, Tensor b) => With(1, one => a.add(b, one));

    /// <summary>x + number; disposes the scalar.</summary>
    public static Tensor Add(Tensor x, Scalar number) => With(number, term => With(1, one => x.add(term, one)));

    /// <summary>0, 1, ... count - 1 as whole numbers, [count].</summary>
    public static Tensor Range(long count, Device device) => With(0, start => With(count, stop => With(
        1, step => torch.arange(start, stop, step, dtype: ScalarType.Int64, device: device))));

    /// <summary>Disposes the scalar.</summary>
    public static Tensor With(Scalar scalar, Func<Scalar, Tensor> operation)
    {
        using (scalar) return operation(scalar);
    }
}
