namespace MLNet.VisionLanguage;

public static partial class TrainersCatalog
{
    /// <summary>A trainer that learns to answer questions about images.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="model">The model: ViLBERT, LXMERT or VL-BERT.</param>
    /// <param name="answersColumnName">
    /// The column of the row's answers, such as "Answers": Text, Vector&lt;Text&gt;, or a key or keys with texts as KeyValues.
    /// </param>
    /// <param name="answerScoresColumnName">The column of each answer's soft score 0..1, Vector&lt;Single&gt;; null scores every answer 1.</param>
    /// <param name="initialWeights">A checkpoint to start from; null starts from fresh weights.</param>
    /// <param name="epochs">Passes over the training rows.</param>
    /// <param name="batchSize">Rows of a batch.</param>
    /// <param name="learningRate">Learning rate of the trunk.</param>
    /// <param name="headLearningRate">Learning rate of the classifier; null takes <paramref name="learningRate"/>.</param>
    /// <param name="seed">Makes weights, batch order and dropout repeatable; null takes the MLContext's, and 1 when that has none.</param>
    /// <param name="scoreColumnName">The column of probabilities that the trained transformer adds.</param>
    /// <param name="predictedLabelColumnName">The column of the likeliest answer that the trained transformer adds.</param>
    /// <exception cref="ArgumentException">An argument has an impossible value; the message names it.</exception>
    public static VisualQuestionAnsweringTrainer VisualQuestionAnswering(
        this VisionLanguageTrainersCatalog catalog, VisionLanguageModel model, string answersColumnName,
        string? answerScoresColumnName = "AnswerScores", string? initialWeights = null, int epochs = 20, int batchSize = 128,
        double learningRate = 4e-5, double? headLearningRate = 1e-4, int? seed = null,
        string scoreColumnName = "Score", string predictedLabelColumnName = "PredictedLabel") =>
        VisualQuestionAnswering(catalog, Named<VisualQuestionAnsweringOptions>(
            model, initialWeights, epochs, batchSize, learningRate, headLearningRate, seed, options =>
            {
                (options.AnswersColumnName, options.AnswerScoresColumnName) = (answersColumnName, answerScoresColumnName);
                (options.ScoreColumnName, options.PredictedLabelColumnName) = (scoreColumnName, predictedLabelColumnName);
            }));

    /// <summary>As the overload with named arguments, with every option.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options; null takes the defaults.</param>
    /// <exception cref="ArgumentException">An option has an impossible value; the message names it.</exception>
    public static VisualQuestionAnsweringTrainer VisualQuestionAnswering(
        this VisionLanguageTrainersCatalog catalog, VisualQuestionAnsweringOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new VisualQuestionAnsweringTrainer(catalog.Context, options ?? new VisualQuestionAnsweringOptions());
    }
}
