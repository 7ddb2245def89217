using Microsoft.ML.Data;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>Question answering as a task of the batch scorer.</summary>
internal static class AnswerScorer
{
    public const string Component = "VisualQuestionAnswering";

    private const string Prefix = AnswerInputsDestination.Prefix;

    /// <summary>The x1 of a box that pads: the graph takes boxes left of -1.5 for no regions.</summary>
    private const float PaddingBox = -2;

    public static BatchScorer Create(AnswerModelSettings settings, OnnxModelFolder model) => new(
        Component,
        () => model.Open(new OnnxRunnerOptions { Threads = settings.Threads }),
        [
            BatchInput.Sequence<long>(Prefix + AnswerGraph.InputIds, settings.InputIdsColumnName),
            BatchInput.Sequence<long>(Prefix + AnswerGraph.AttentionMask, settings.AttentionMaskColumnName),
            BatchInput.Sequence<long>(Prefix + AnswerGraph.TokenTypeIds, settings.TokenTypeIdsColumnName),
            BatchInput.Items<float>(Prefix + AnswerGraph.RegionFeatures, settings.RegionFeaturesColumnName, settings.Model.RegionFeatureSize),
            BatchInput.Items(Prefix + AnswerGraph.RegionBoxes, settings.RegionBoxesColumnName, 4, PaddingBox),
            BatchInput.Fixed<float>(Prefix + AnswerGraph.ImageSize, settings.ImageSizeColumnName, 2),
        ],
        Check(new AnswerRowCheck(settings)),
        [BestAnswerSource.ScoreColumn],
        [Scores(settings), Best(settings)]);

    private static RowCheck Check(AnswerRowCheck check) => (inputs, slot) => check.Find(
        Integers(inputs[0])[slot], Integers(inputs[1])[slot], Integers(inputs[2])[slot],
        Singles(inputs[3])[slot], Singles(inputs[4])[slot], Singles(inputs[5])[slot]);

    private static BufferedVectors<long> Integers(BufferedColumn column) => (BufferedVectors<long>)column;

    private static BufferedVectors<float> Singles(BufferedColumn column) => (BufferedVectors<float>)column;

    private static OutputColumn<VBuffer<float>> Scores(AnswerModelSettings settings) => new(
        settings.ScoreColumnName,
        new VectorDataViewType(NumberDataViewType.Single, settings.Answers.Count),
        OutputColumn.Texts(AnswerColumns.SlotNames, settings.Answers),
        (BatchScores scores, int row, ref VBuffer<float> value) =>
        {
            var found = scores.Singles(BestAnswerSource.ScoreColumn, row);
            var editor = VBufferEditor.Create(ref value, found.Length);
            found.CopyTo(editor.Values);
            value = editor.Commit();
        });

    private static OutputColumn<uint> Best(AnswerModelSettings settings) => new(
        settings.PredictedLabelColumnName,
        new KeyDataViewType(typeof(uint), settings.Answers.Count),
        OutputColumn.Texts(AnswerColumns.KeyValues, settings.Answers),

        // Keys count from 1; 0 is a missing one.
        (BatchScores scores, int row, ref uint value) =>
            value = (uint)(BestAnswerFactory.IndexOfBest(scores.Singles(BestAnswerSource.ScoreColumn, row)) + 1));
}
