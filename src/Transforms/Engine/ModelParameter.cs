using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage.Engine;

/// <summary>What a parameter is for; decides how it starts and whether it is decayed.</summary>
internal enum ParameterRole
{
    /// <summary>A matrix [out, in].</summary>
    Weight,

    /// <summary>Added to the result of a matrix or of a LayerNorm.</summary>
    Bias,

    /// <summary>The factor of a LayerNorm.</summary>
    Gain,

    /// <summary>Rows that are looked up by number.</summary>
    Table,

    /// <summary>Added to the scores of attention: a number for each offset of two tokens and each head.</summary>
    Offsets,

    /// <summary>A matrix that reads a few fractions of an image's size, not the unit-variance values of a hidden state.</summary>
    Location,

    /// <summary>A number that lets a signal in.</summary>
    Gate,

    /// <summary>No parameter: kept in checkpoints, never trained.</summary>
    Buffer,

    /// <summary>Kept in checkpoints, but no forward pass reads it.</summary>
    Unused,
}

/// <summary>What a part of a model says about the parameters in it.</summary>
[Flags]
internal enum ParameterMarks
{
    None = 0,

    /// <summary>Above the trunk: made anew where a checkpoint lacks it.</summary>
    Head = 1,

    /// <summary>A head that learns at the trunk's rate nevertheless.</summary>
    TrunkRate = 2,

    /// <summary>Runs without gradients, so that its parameters stay what they are.</summary>
    Fixed = 4,

    /// <summary>Learns at the rate of what joins the modalities.</summary>
    Cross = 8,

    /// <summary>Stays what it is, although gradients go through what it is used in.</summary>
    Kept = 16,
}

/// <summary>A parameter as <see cref="Lister"/> found it used.</summary>
/// <param name="Name">The reference's name.</param>
/// <param name="Shape">As PyTorch stores it.</param>
/// <param name="Role">What it is for.</param>
internal sealed record ModelParameter(string Name, IReadOnlyList<long> Shape, ParameterRole Role)
{
    public ParameterMarks Marks { get; init; }

    /// <summary>What every entry starts from where the role draws nothing.</summary>
    public double Start { get; init; }

    /// <summary>Whether the reference's training script decays it.</summary>
    public bool IsDecayed { get; init; }

    /// <summary>Whether it is above the trunk.</summary>
    public bool IsHead => Marks.HasFlag(ParameterMarks.Head);

    /// <summary>Whether it learns at the head's rate.</summary>
    public bool HasHeadRate => IsHead && !Marks.HasFlag(ParameterMarks.TrunkRate);

    /// <summary>Whether it learns at the rate of what joins the modalities.</summary>
    public bool HasCrossRate => Marks.HasFlag(ParameterMarks.Cross);

    /// <summary>Whether it never changes.</summary>
    public bool IsFixed => (Marks & (ParameterMarks.Fixed | ParameterMarks.Kept)) != 0 || Role == ParameterRole.Buffer;

    public long Count => Shape.Aggregate(1L, (product, size) => checked(product * size));

    /// <summary>Name and shape, as checkpoints are matched by.</summary>
    public ParameterSpec Spec => new(Name, Shape);
}

internal static class ModelParameterList
{
    /// <summary>Refuses weights that are not those of the list; those that nothing reads need not be there.</summary>
    /// <exception cref="InvalidDataException">A parameter is missing or has another shape.</exception>
    public static void Require(this IEnumerable<ModelParameter> parameters, IParameterSource weights)
    {
        foreach (var parameter in parameters)
        {
            if (!weights.Contains(parameter.Name))
            {
                if (parameter.Role == ParameterRole.Unused) continue;
                throw new InvalidDataException($"Parameter '{parameter.Name}' is missing from the weights; the architecture asks for it.");
            }

            var found = weights.ShapeOf(parameter.Name);
            if (!found.SequenceEqual(parameter.Shape))
            {
                throw new InvalidDataException(
                    $"Parameter '{parameter.Name}' is [{string.Join(", ", found)}]; "
                    + $"the architecture asks for [{string.Join(", ", parameter.Shape)}].");
            }
        }
    }
}
