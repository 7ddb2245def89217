using Microsoft.ML;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage.Tasks.Referring;

/// <summary>Referring expressions: which of an image's regions a text means.</summary>
internal sealed record ReferringSettings : TaskSettings<ReferringSettings, ReferringExpressionsTransformer>
{
    /// <summary>What saved models and messages call the task.</summary>
    public const string Kind = "ReferringExpressions";

    /// <summary>The box of the region with the largest score.</summary>
    public string PredictedBoxColumnName { get; init; } = "PredictedBox";

    internal override string TaskName => Kind;

    internal override TaskHead CreateHead() => new RegionHead(Model.RegionClassifier);

    internal override IReadOnlyList<OutputColumn> Outputs() =>
    [
        new ItemScoresColumn(ScoreColumnName, TaskHead.Score, group: TextEndings.Count),
        new BestItemColumn(PredictedBoxColumnName, TaskHead.Score, RegionHead.Boxes, group: TextEndings.Count),
    ];

    private protected override ReferringExpressionsTransformer Open(MLContext mlContext, OnnxModelFolder model) => new(mlContext, this, model);
}
