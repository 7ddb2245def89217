using Microsoft.ML;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage.Tasks.Retrieval;

/// <summary>Retrieval: how well a text and an image suit each other.</summary>
internal sealed record RetrievalSettings : TaskSettings<RetrievalSettings, ImageTextRetrievalTransformer>
{
    /// <summary>What saved models and messages call the task.</summary>
    public const string Kind = "ImageTextRetrieval";

    internal override string TaskName => Kind;

    internal override TaskHead CreateHead() => new RankHead(Model.ClassifierFor(ClassifierUse.Retrieval));

    internal override IReadOnlyList<OutputColumn> Outputs() => [PairColumn.Number(ScoreColumnName, TaskHead.Score)];

    private protected override ImageTextRetrievalTransformer Open(MLContext mlContext, OnnxModelFolder model) => new(mlContext, this, model);
}
