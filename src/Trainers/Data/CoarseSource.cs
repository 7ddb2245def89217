using MLNet.VisionLanguage.Checkpoints;

namespace MLNet.VisionLanguage.Data;

/// <summary>A coarse checkpoint under the names of a detector.</summary>
/// <param name="checkpoint">The checkpoint.</param>
/// <param name="names">The coarse name of each parameter that there is one for.</param>
internal sealed class CoarseSource(Checkpoint checkpoint, IReadOnlyDictionary<string, string> names) : IParameterSource
{
    public bool Contains(string name) => names.ContainsKey(name);

    public IReadOnlyList<long> ShapeOf(string name) => checkpoint[names[name]].Shape;

    public float[] Read(string name) => checkpoint[names[name]].ToSingles();
}
