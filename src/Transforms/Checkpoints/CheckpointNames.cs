namespace MLNet.VisionLanguage;

/// <summary>
/// How names in published checkpoints differ from those of the models: a "module" part left by data-parallel training, gamma and
/// beta for the weight and bias of LayerNorm (TensorFlow's names, in old BERT files), and a trunk prefix more or less.
/// </summary>
public static class CheckpointNames
{
    /// <summary>The name without "module" parts and with gamma and beta as weight and bias.</summary>
    /// <param name="name">A name in a checkpoint.</param>
    /// <returns>The usual name; the same where there is nothing to change.</returns>
    public static string Normalize(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!name.Contains("module", StringComparison.Ordinal) && !name.Contains("gamma", StringComparison.Ordinal)
            && !name.Contains("beta", StringComparison.Ordinal))
        {
            return name;
        }

        var parts = name.Split('.').Where(p => p != "module").Select(p => p switch
        {
            "gamma" => "weight",
            "beta" => "bias",
            _ => p,
        });
        return string.Join('.', parts);
    }

    /// <summary>
    /// The names a normalized name may stand for: itself, with a trunk prefix more, less or exchanged, or another prefix.
    /// </summary>
    internal static IEnumerable<string> Candidates(string normalized, ParameterMatchOptions options)
    {
        var prefixes = options.TrunkPrefixes;
        yield return normalized;
        var rest = normalized;

        // The longest prefix wins: "lxrt_encoder.model.bert." before "bert.".
        foreach (var prefix in prefixes.OrderByDescending(p => p.Length))
        {
            if (!normalized.StartsWith(prefix, StringComparison.Ordinal)) continue;
            rest = normalized[prefix.Length..];
            yield return rest;
            break;
        }

        foreach (var prefix in prefixes)
            yield return prefix + rest;
        foreach (var (from, to) in options.PrefixChanges)
        {
            if (normalized.StartsWith(from, StringComparison.Ordinal)) yield return to + normalized[from.Length..];
        }
    }
}
