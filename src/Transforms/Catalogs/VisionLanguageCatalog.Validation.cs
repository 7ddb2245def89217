using Microsoft.ML;
using MLNet.VisionLanguage.Columns;

namespace MLNet.VisionLanguage;

/// <summary>One fold of a cross-validation; disposing it disposes its model.</summary>
/// <param name="Fold">Its number, from 0.</param>
/// <param name="Model">The model trained on the other folds.</param>
/// <param name="Metrics">How well it answers this fold's questions.</param>
/// <param name="ScoredHoldOutSet">This fold's rows, scored; read while the model is not disposed.</param>
public sealed record VisualQuestionAnsweringFold(
    int Fold, ITransformer Model, VisualQuestionAnsweringMetrics Metrics, IDataView ScoredHoldOutSet) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose() => (Model as IDisposable)?.Dispose();
}

public sealed partial class VisionLanguageCatalog
{
    /// <summary>
    /// Splits rows in two such that all rows of an image are on one side, as questions about a picture that was trained on say little about
    /// new ones.
    /// </summary>
    /// <param name="data">The rows.</param>
    /// <param name="testFraction">About which share of the images is the test side's, 0..1.</param>
    /// <param name="imageColumnName">The column that tells images apart: a text, a number or a key.</param>
    /// <param name="seed">Decides which images go where; null takes the MLContext's.</param>
    /// <exception cref="ArgumentException">There is no such column, or the fraction is not between 0 and 1.</exception>
    /// <exception cref="InvalidDataException">A side would have no rows: there are too few images.</exception>
    public DataOperationsCatalog.TrainTestData TrainTestSplit(
        IDataView data, double testFraction = 0.1, string imageColumnName = nameof(VqaExample.ImageId), int? seed = null)
    {
        RequireImages(data, imageColumnName, nameof(TrainTestSplit));
        var split = Context.Data.TrainTestSplit(data, testFraction, imageColumnName, seed);
        RequireRows(split.TrainSet, nameof(TrainTestSplit), "the training side", imageColumnName);
        RequireRows(split.TestSet, nameof(TrainTestSplit), "the test side", imageColumnName);
        return split;
    }

    /// <summary>
    /// Trains and measures as often as there are folds, each time measuring on the images of one fold what was trained on the others; all
    /// rows of an image are in one fold. Every fold is an independent training, so it takes as long as that many.
    /// </summary>
    /// <param name="data">The rows.</param>
    /// <param name="estimator">The whole pipeline, with the trainer.</param>
    /// <param name="numberOfFolds">How many folds, at least 2.</param>
    /// <param name="imageColumnName">The column that tells images apart: a text, a number or a key.</param>
    /// <param name="answersColumnName">The label's answers, see <see cref="EvaluateVisualQuestionAnswering"/>.</param>
    /// <param name="answerScoresColumnName">Their scores, or null.</param>
    /// <param name="predictedLabelColumnName">The predicted answer.</param>
    /// <param name="seed">Decides which images go where; null takes the MLContext's.</param>
    /// <returns>The folds, each with its model, which the caller disposes with the fold, its measured rows and its metrics.</returns>
    /// <exception cref="ArgumentException">There is no such column, or fewer than two folds.</exception>
    /// <exception cref="InvalidDataException">A fold would have no rows: there are too few images.</exception>
    public IReadOnlyList<VisualQuestionAnsweringFold> CrossValidateVisualQuestionAnswering(
        IDataView data, IEstimator<ITransformer> estimator, int numberOfFolds = 5, string imageColumnName = nameof(VqaExample.ImageId),
        string answersColumnName = "Answers", string? answerScoresColumnName = "AnswerScores",
        string predictedLabelColumnName = "PredictedLabel", int? seed = null)
    {
        ArgumentNullException.ThrowIfNull(estimator);
        ArgumentOutOfRangeException.ThrowIfLessThan(numberOfFolds, 2);
        RequireImages(data, imageColumnName, nameof(CrossValidateVisualQuestionAnswering));
        var folds = Context.Data.CrossValidationSplit(data, numberOfFolds, imageColumnName, seed);
        foreach (var (fold, i) in folds.Select((fold, i) => (fold, i)))
            RequireRows(fold.TestSet, nameof(CrossValidateVisualQuestionAnswering), $"fold {i}", imageColumnName);
        var results = new List<VisualQuestionAnsweringFold>();
        try
        {
            foreach (var fold in folds)
            {
                var model = estimator.Fit(fold.TrainSet);
                var scored = model.Transform(fold.TestSet);
                results.Add(Result(model, scored, results.Count));
            }

            return results;
        }
        catch
        {
            foreach (var result in results) result.Dispose();
            throw;
        }

        VisualQuestionAnsweringFold Result(ITransformer model, IDataView scored, int fold)
        {
            try
            {
                var metrics = EvaluateVisualQuestionAnswering(scored, answersColumnName, answerScoresColumnName, predictedLabelColumnName);
                return new(fold, model, metrics, scored);
            }
            catch
            {
                (model as IDisposable)?.Dispose();
                throw;
            }
        }
    }

    private static void RequireImages(IDataView data, string imageColumnName, string component)
    {
        ArgumentNullException.ThrowIfNull(data);
        ColumnRequirement.Any(component, imageColumnName).Check(data.Schema);
    }

    private static void RequireRows(IDataView view, string component, string side, string imageColumnName)
    {
        using var cursor = view.GetRowCursor([]);
        if (cursor.MoveNext()) return;
        throw new InvalidDataException($"{component}: {side} gets no rows; column '{imageColumnName}' tells too few images apart.");
    }
}
