namespace MLNet.VisionLanguage;

/// <summary>Experiments on <c>mlContext.VisionLanguage()</c>.</summary>
public static class ExperimentExtensions
{
    /// <summary>An experiment: trials with different parameters, of which the best is kept. What it needs is set on it.</summary>
    /// <param name="catalog">The catalog.</param>
    public static VisionLanguageExperiment CreateExperiment(this VisionLanguageCatalog catalog)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new(catalog.Context);
    }

    /// <summary>An experiment on visual question answering that runs at once, in the manner of ML.NET's older experiments.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="settings">When it ends, and what it tries.</param>
    public static VisualQuestionAnsweringExperiment CreateVisualQuestionAnsweringExperiment(
        this VisionLanguageCatalog catalog, VisualQuestionAnsweringExperimentSettings settings)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(settings);
        return new(catalog.Context, settings);
    }

    /// <summary>As the overload with settings.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="maxExperimentTimeInSeconds">Its time.</param>
    public static VisualQuestionAnsweringExperiment CreateVisualQuestionAnsweringExperiment(
        this VisionLanguageCatalog catalog, uint maxExperimentTimeInSeconds) =>
        catalog.CreateVisualQuestionAnsweringExperiment(
            new VisualQuestionAnsweringExperimentSettings { MaxExperimentTimeInSeconds = maxExperimentTimeInSeconds });
}
