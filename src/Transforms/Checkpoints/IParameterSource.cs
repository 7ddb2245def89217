namespace MLNet.VisionLanguage.Checkpoints;

/// <summary>What an engine takes its weights from, under the names of the model (whatever the file calls them).</summary>
internal interface IParameterSource
{
    /// <summary>Whether there is a value for the parameter.</summary>
    bool Contains(string name);

    /// <summary>The shape of the parameter.</summary>
    IReadOnlyList<long> ShapeOf(string name);

    /// <summary>The values in row-major order; each call reads anew, so that a large model is never held twice.</summary>
    float[] Read(string name);
}
