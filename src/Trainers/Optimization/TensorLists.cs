using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Optimization;

/// <summary>
/// libtorch's operations on lists of tensors, which TorchSharp has no methods for: a small model has two hundred parameters, and a call for
/// each operation on each costs more than the arithmetic. They are reached as TorchScript. Numbers travel in a tensor and become numbers
/// there, and every function returns 0, because the lists that a function returns would not be freed.
/// </summary>
internal static class TensorLists
{
    private const string Source = """
        def adamw(weight: List[Tensor], gradient: List[Tensor], mean: List[Tensor], square: List[Tensor], numbers: Tensor) -> int:
            step = numbers[0].to(weight[0])
            steps = [step for _ in range(len(weight))]
            torch._fused_adamw_(
                weight, gradient, mean, square, [], steps, lr=float(numbers[1]), beta1=float(numbers[2]), beta2=float(numbers[3]),
                weight_decay=float(numbers[4]), eps=float(numbers[5]), amsgrad=False, maximize=False)
            return 0

        def moments(mean: List[Tensor], square: List[Tensor], gradient: List[Tensor], numbers: Tensor) -> int:
            beta1 = float(numbers[0])
            beta2 = float(numbers[1])
            torch._foreach_mul_(mean, beta1)
            torch._foreach_mul_(square, beta2)
            torch._foreach_add_(mean, gradient, alpha=1 - beta1)
            torch._foreach_addcmul_(square, gradient, gradient, 1 - beta2)
            return 0

        def add(target: List[Tensor], other: List[Tensor], numbers: Tensor) -> int:
            torch._foreach_add_(target, other, alpha=float(numbers[0]))
            return 0

        def blend(target: List[Tensor], other: List[Tensor], numbers: Tensor) -> int:
            stays = float(numbers[0])
            torch._foreach_mul_(target, stays)
            torch._foreach_add_(target, other, alpha=1 - stays)
            return 0

        def zero(target: List[Tensor], numbers: Tensor) -> int:
            torch._foreach_zero_(target)
            return 0

        def limit_norm(target: List[Tensor], numbers: Tensor) -> int:
            norm = torch.stack(torch._foreach_norm(target, 2)).norm()
            factor = float(numbers[0]) / (float(norm) + 1e-6)
            if factor < 1.0:
                torch._foreach_mul_(target, factor)
            return 0

        """;

    private static readonly Lazy<jit.CompilationUnit> Functions = new(() => jit.compile(Source));

    /// <summary>mean := β₁ mean + (1 - β₁) gradient, square := β₂ square + (1 - β₂) gradient².</summary>
    public static void Moments(Tensor[] mean, Tensor[] square, Tensor[] gradient, double beta1, double beta2) =>
        Invoke("moments", [beta1, beta2], mean, square, gradient);

    /// <summary>
    /// <see cref="Moments"/>, then weight := (1 - rate · decay) weight - rate · mean / c₁ / (√square / √c₂ + ε) with cᵢ = 1 - βᵢ^step, all in
    /// one pass over the numbers.
    /// </summary>
    public static void AdamW(
        Tensor[] weight, Tensor[] gradient, Tensor[] mean, Tensor[] square, double beta1, double beta2, double step, double rate, double decay,
        double epsilon) => Invoke("adamw", [step, rate, beta1, beta2, decay, epsilon], weight, gradient, mean, square);

    /// <summary>target += factor · other.</summary>
    public static void Add(Tensor[] target, Tensor[] other, double factor) => Invoke("add", [factor], target, other);

    /// <summary>target := stays · target + (1 - stays) · other.</summary>
    public static void Blend(Tensor[] target, Tensor[] other, double stays) => Invoke("blend", [stays], target, other);

    public static void Zero(Tensor[] target) => Invoke("zero", [0], target);

    /// <summary>Scales all down so that their joint Euclidean norm is at most this.</summary>
    public static void LimitNorm(Tensor[] target, double norm) => Invoke("limit_norm", [norm], target);

    private static void Invoke(string function, double[] numbers, params Tensor[][] lists)
    {
        if (lists[0].Length == 0) return;
        using var scope = NewDisposeScope();
        Functions.Value.invoke(function, [.. lists, torch.tensor(numbers, dtype: ScalarType.Float64)]);
    }
}
