using MLNet.VisionLanguage.Regions;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Data;

/// <summary>What the command line calls LXMERT's own JSON.</summary>
internal static class LxmertLayout
{
    public const string Name = "lxmert";
}

/// <summary>A data set in LXMERT's own JSON: files that are read as one.</summary>
/// <param name="open">Opens one of them.</param>
/// <param name="facts">What is told of a row.</param>
/// <param name="rowsName">What rows are called.</param>
internal sealed class LxmertLayout<TRow>(OpenDataset<TRow> open, Func<TRow, RowFacts> facts, string rowsName)
    where TRow : class
{
    /// <summary>The rows of all files. As in the reference those whose images have no features are left out, and counted.</summary>
    /// <param name="files">The files.</param>
    /// <param name="images">The folder of the images; null for names alone.</param>
    /// <param name="features">Files of features; empty where rows are not looked for in them.</param>
    /// <param name="options">How images are found.</param>
    /// <param name="terminal">Takes the count.</param>
    public IEnumerable<TRow> Open(
        IReadOnlyList<string> files, string? images, IReadOnlyList<string> features, DatasetOptions options, Terminal terminal)
    {
        var regions = features.Count == 0 ? null : new RegionFeatureFiles(features);
        var left = new List<string>();
        foreach (var row in files.SelectMany(file => open(file, images, options)))
        {
            if (regions is null || facts(row).Images.All(image => regions.Find(image.Id) is not null)) yield return row;
            else left.Add(facts(row).Name);
        }

        if (left.Count > 0) terminal.Note($"left out {left.Count} {rowsName} whose image is missing, the first: {left[0]}");
    }
}
