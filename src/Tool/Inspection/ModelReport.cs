using Microsoft.ML;
using MLNet.VisionLanguage.Regions;
using MLNet.VisionLanguage.Text;
using MLNet.VisionLanguage.Tool.Models;

namespace MLNet.VisionLanguage.Tool.Inspection;

/// <summary>What a saved model holds.</summary>
internal static class ModelReport
{
    public static FileReport Create(string path)
    {
        using var model = AnswerModelFile.LoadAny(path);
        var parts = model.Parts.ToList();
        var answering = parts.OfType<VisualQuestionAnsweringTransformer>().LastOrDefault();
        var tokens = parts.OfType<TokenizeTextTransformer>().FirstOrDefault();
        var columns = model.InputSchema?.Where(column => !column.IsHidden) ?? [];
        return new FileReport(
            [
                new("file", path),
                new("kind", "model"),
                new("format", "ML.NET zip"),
                new("answers", answering?.Answers.Count),
                new("vocabulary", tokens?.Vocabulary.Count),
                new("maxLength", tokens?.MaxLength),
                new("model", answering?.Model.Kind),
                new("hiddenSize", answering?.Model.TextSize),
                new("regionFeatureSize", answering?.Model.RegionFeatureSize),
                new("textLayers", (answering?.Model as ViLbertConfig)?.TextLayers),
                new("imageLayers", (answering?.Model as ViLbertConfig)?.ImageLayers),
                new("bytes", new FileInfo(path).Length),
            ],
            [
                new ReportList("inputs", ["name", "type"], [.. columns.Select(column => Row(column.Name, column.Type.ToString()))]),
                new ReportList("transformers", ["name", "description"], [.. parts.Select(part => Row(part.GetType().Name, Describe(part)))]),
                new ReportList("answerList", ["answer"], [.. (answering?.Answers ?? []).Select(answer => Row(answer))]),
            ]);
    }

    private static object?[] Row(params object?[] cells) => cells;

    private static string Describe(ITransformer part) => part switch
    {
        TokenizeTextTransformer tokenize => $"reads {tokenize.TextColumnName}{(tokenize.PairColumnName is { } pair ? " and " + pair : "")}",
        ExtractGridFeaturesTransformer grid => $"reads {grid.ImageColumnName}: {grid.RegionCount} regions of {grid.FeatureSize} values",
        LoadRegionFeaturesTransformer load => $"reads {load.ImageIdColumnName}: {string.Join(", ", load.Paths)}",
        VisualQuestionAnsweringTransformer answer =>
            $"{answer.Model.Kind}, {answer.Answers.Count} answers, {answer.BatchSize} rows at a time",
        _ => "",
    };
}
