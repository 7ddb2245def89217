namespace MLNet.VisionLanguage.Checkpoints;

/// <summary>What an engine takes its weights from, under the names of the model (whatever the file calls them).</summary>
internal interface IParameterSource
{
    /// <summary>Whether there is a value for the parameter.</summary>
    bool Contains(string name);

    /// <summary>The shape of the parameter.</summary>
    IReadOnlyList<long> ShapeOf(string name);

    /// <summary>
    /// The type that a written model stores the values in: Float32, Float16, or Int8 with a factor a row for what has more than one axis.
    /// </summary>
    TensorElementType TypeOf(string name) => TensorElementType.Float32;

    /// <summary>
    /// Whether a linear layer multiplies by a weight of type Int8 as it is stored, and so rounds what it reads to 8 bits too; else it
    /// multiplies by floats.
    /// </summary>
    bool IsMultipliedInInt8(string name) => false;

    /// <summary>The values in row-major order; each call reads anew, so that a large model is never held twice.</summary>
    float[] Read(string name);
}
