namespace MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Training;

/// <summary>How much is learned, and how.</summary>
/// <param name="TrainScenes">Scenes of the training part.</param>
/// <param name="ValidationScenes">Scenes that choose the best epoch.</param>
/// <param name="TestScenes">Scenes that only the final figures see.</param>
/// <param name="Epochs">Passes over the training part.</param>
/// <param name="BatchSize">Rows of an update.</param>
/// <param name="LearningRate">The highest rate.</param>
/// <param name="Seed">Makes everything repeatable.</param>
internal sealed record TrainingSettings(
    int TrainScenes, int ValidationScenes, int TestScenes, int Epochs, int BatchSize, double LearningRate, int Seed);
