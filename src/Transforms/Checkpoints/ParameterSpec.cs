using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage;

/// <summary>The name and shape of one parameter that a model expects to find in a checkpoint.</summary>
/// <param name="Name">The parameter's name, with the parts of the reference's modules separated by dots.</param>
/// <param name="Shape">The extent of each dimension, outermost first; empty for a scalar.</param>
public sealed record ParameterSpec(string Name, IReadOnlyList<long> Shape)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Name} {TensorElements.Describe(Shape)}";
}
