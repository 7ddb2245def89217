namespace MLNet.VisionLanguage.Models;

/// <summary>
/// Which tensors of a coarse checkpoint become which of a detector (fine_grained/maskrcnn_benchmark/utils/model_serialization.py,
/// align_and_update_state_dicts): the longest name that a parameter's name ends with, of the same shape; all else stays as it starts.
/// </summary>
internal static class CoarseWeights
{
    /// <summary>What coarse names have before the part that both have.</summary>
    private static readonly string[] Towers = [FiberTowers.Text, FiberTowers.Vision];

    /// <summary>Whether names are those of a coarse checkpoint.</summary>
    public static bool IsCoarse(IEnumerable<string> names) => names.Any(name => name.Contains(FiberTowers.Vision, StringComparison.Ordinal));

    /// <summary>The coarse name of each parameter that there is one for.</summary>
    /// <param name="parameters">The detector's.</param>
    /// <param name="coarse">Name and shape of what the checkpoint has.</param>
    public static IReadOnlyDictionary<string, string> Match(IEnumerable<ParameterSpec> parameters, IEnumerable<ParameterSpec> coarse)
    {
        var known = new Dictionary<string, ParameterSpec>(StringComparer.Ordinal);
        foreach (var spec in coarse)
            known.TryAdd(Towers.Aggregate(spec.Name, (name, tower) => name.Replace(tower, "", StringComparison.Ordinal)), spec);
        var matches = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var parameter in parameters)
        {
            // From the whole name on, a character less each time.
            for (var start = 0; start < parameter.Name.Length; start++)
            {
                if (!known.TryGetValue(parameter.Name[start..], out var found)) continue;
                if (found.Shape.SequenceEqual(parameter.Shape)) matches[parameter.Name] = found.Name;
                break;
            }
        }

        return matches;
    }
}
