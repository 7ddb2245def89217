namespace MLNet.VisionLanguage.Training;

/// <summary>One training row; its regions lie in the <see cref="RegionStore"/>, once for all rows that share them.</summary>
/// <param name="Text">The values of the text's columns, in their order.</param>
/// <param name="Block">Number of the region block.</param>
/// <param name="Answers">Indices of the answers, in the run's own answer table.</param>
/// <param name="Scores">The soft score of each answer.</param>
internal sealed record AnswerRow(long[][] Text, int Block, int[] Answers, float[] Scores);
