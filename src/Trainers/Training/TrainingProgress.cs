namespace MLNet.VisionLanguage;

/// <summary>How far a training run is.</summary>
/// <param name="Epoch">The current epoch, from 1.</param>
/// <param name="Epochs">Epochs of the whole run.</param>
/// <param name="Update">Updates done.</param>
/// <param name="Updates">Updates of the whole run.</param>
/// <param name="Loss">Mean loss a row since the last report; at an epoch's end over the epoch.</param>
/// <param name="LearningRate">The trunk's learning rate at the last update.</param>
/// <param name="RowsPerSecond">Rows trained a second since the last report.</param>
/// <param name="TrainingScore">Mean score of the rows since the last report (for visual question answering the soft accuracy, 0..1).</param>
/// <param name="ValidationScore">The score on the validation rows; given at an epoch's end, and only when there are such rows.</param>
/// <param name="EpochEnded">Whether this report closes an epoch.</param>
public sealed record TrainingProgress(
    int Epoch,
    int Epochs,
    long Update,
    long Updates,
    double Loss,
    double LearningRate,
    double RowsPerSecond,
    double TrainingScore,
    double? ValidationScore,
    bool EpochEnded);
