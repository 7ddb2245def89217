namespace MLNet.VisionLanguage.Metrics;

/// <summary>A caption as CIDEr compares it.</summary>
/// <param name="Weights">Of each run of one to four words.</param>
/// <param name="Norms">The lengths of those vectors.</param>
/// <param name="Length">The number of pairs of words.</param>
internal sealed record WeighedCaption(Dictionary<string, double>[] Weights, double[] Norms, int Length);
