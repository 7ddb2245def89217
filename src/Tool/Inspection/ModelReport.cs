using Microsoft.ML;
using MLNet.VisionLanguage.Tool.Models;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Inspection;

/// <summary>What a saved model holds.</summary>
internal static class ModelReport
{
    public static FileReport Create(string path)
    {
        using var model = ModelFile.Load(path);
        var parts = model.Parts.ToList();
        var found = ToolTasks.Find(parts);
        var facts = found?.Task.Describe(found.Value.Part);
        var list = facts?.ListName ?? "answer";
        var tokens = parts.OfType<TokenizeTextTransformer>().FirstOrDefault();
        var columns = model.InputSchema?.Where(column => !column.IsHidden) ?? [];
        return new FileReport(
            [
                new("file", path),
                new("kind", "model"),
                new("format", "ML.NET zip"),
                new("task", found?.Task.Name),
                new(list + "s", facts?.List.Count),
                new("vocabulary", tokens?.Vocabulary.Count),
                new("maxLength", tokens?.MaxLength),
                new("model", facts?.Model.Kind),
                new("hiddenSize", facts?.Model.TextSize),
                new("regionFeatureSize", facts?.Model.RegionFeatureSize),
                new("textLayers", (facts?.Model as ViLbertConfig)?.TextLayers),
                new("imageLayers", (facts?.Model as ViLbertConfig)?.ImageLayers),
                new("bytes", new FileInfo(path).Length),
            ],
            [
                new ReportList("inputs", ["name", "type"], [.. columns.Select(column => Row(column.Name, column.Type.ToString()))]),
                new ReportList("transformers", ["name", "description"], [.. parts.Select(p => Row(p.GetType().Name, Describe(p)))]),
                new ReportList(list + "List", [list], [.. (facts?.List ?? []).Select(item => Row(item))]),
            ]);
    }

    private static object?[] Row(params object?[] cells) => cells;

    private static string Describe(ITransformer part) => part switch
    {
        TokenizeTextTransformer tokenize => $"reads {tokenize.TextColumnName}{(tokenize.PairColumnName is { } pair ? " and " + pair : "")}",
        ExtractGridFeaturesTransformer grid => $"reads {grid.ImageColumnName}: {grid.RegionCount} regions of {grid.FeatureSize} values",
        ExtractRegionFeaturesTransformer detector => $"reads {detector.ImageColumnName}: {detector}",
        DetectRegionsTransformer detector => $"reads {detector.ImageColumnName}: {detector}",
        LoadRegionFeaturesTransformer load => $"reads {load.ImageIdColumnName}: {string.Join(", ", load.Paths)}",
        _ when ToolTasks.Find([part]) is { } found => Describe(found.Task.Describe(part)),
        _ => "",
    };

    private static string Describe(ModelFacts facts) =>
        $"{facts.Model.Kind}{(facts.ListName is null ? "" : $", {facts.List.Count} {facts.ListName}s")}, {facts.BatchSize} rows at a time";
}
