using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage.Architectures;

/// <summary>Names and shapes of the parameters that the usual modules own, as PyTorch stores them.</summary>
internal static class Specs
{
    public static ParameterSpec[] Linear(string name, int inputs, int outputs) =>
        [new(name + ".weight", [outputs, inputs]), new(name + ".bias", [outputs])];

    public static ParameterSpec[] LayerNorm(string name, int size) =>
        [new(name + ".weight", [size]), new(name + ".bias", [size])];

    public static ParameterSpec Table(string name, int rows, int size) => new(name + ".weight", [rows, size]);

    /// <summary>dense, activation, LayerNorm: BERT's "prediction head transform".</summary>
    public static ParameterSpec[] Transform(string name, int size) =>
        [.. Linear(name + ".dense", size, size), .. LayerNorm(name + ".LayerNorm", size)];
}
