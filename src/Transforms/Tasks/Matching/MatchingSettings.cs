using Microsoft.ML;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage.Tasks.Matching;

/// <summary>Whether a text and an image belong together, by a pre-trained model.</summary>
internal sealed record MatchingSettings : TaskSettings<MatchingSettings, ImageTextMatchingTransformer>
{
    /// <summary>What saved models and messages call the task.</summary>
    public const string Kind = "ImageTextMatching";

    /// <summary>Whether the probability is above one half, Boolean.</summary>
    public string PredictedLabelColumnName { get; init; } = "PredictedLabel";

    internal override string TaskName => Kind;

    internal override TaskHead CreateHead() => new MatchingHead(Model.PairClass);

    internal override IReadOnlyList<OutputColumn> Outputs() =>
        [PairColumn.Number(ScoreColumnName, TaskHead.Score), PairColumn.Label(PredictedLabelColumnName, TaskHead.Score)];

    private protected override ImageTextMatchingTransformer Open(MLContext mlContext, OnnxModelFolder model) => new(mlContext, this, model);
}
