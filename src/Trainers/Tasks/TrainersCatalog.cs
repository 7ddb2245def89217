namespace MLNet.VisionLanguage;

/// <summary>The trainers of this library, on <c>mlContext.VisionLanguage().Trainers</c>.</summary>
public static class TrainersCatalog
{
    /// <summary>A trainer that learns to answer questions about images.</summary>
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
