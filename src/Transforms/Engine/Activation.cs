namespace MLNet.VisionLanguage.Engine;

/// <summary>Activation functions by their names in the reference configurations.</summary>
internal enum Activation
{
    /// <summary>x/2 (1 + erf(x/sqrt 2)), never the tanh approximation.</summary>
    Gelu,
    Relu,

    /// <summary>x sigmoid(x).</summary>
    Swish,
    Tanh,
    Sigmoid,

    /// <summary>(x + 3)/6, held between 0 and 1.</summary>
    HardSigmoid,
}

internal static class Activations
{
    /// <summary>Reads an activation as the reference configurations spell it.</summary>
    /// <exception cref="ArgumentException">The name is none of gelu, relu, swish.</exception>
    public static Activation Parse(string option, string name) => name switch
    {
        "gelu" => Activation.Gelu,
        "relu" => Activation.Relu,
        "swish" => Activation.Swish,
        _ => throw new ArgumentException($"Option '{option}': '{name}' is no activation known here; expected gelu, relu or swish."),
    };
}
