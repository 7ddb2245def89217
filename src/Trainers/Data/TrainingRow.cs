namespace MLNet.VisionLanguage.Data;

/// <summary>One training row; its regions lie in the <see cref="RegionStore"/>, once for all rows that share them.</summary>
/// <param name="Texts">The values of the columns of the row's texts, in the order of the inputs.</param>
/// <param name="Blocks">The numbers of the region blocks of its images.</param>
/// <param name="Label">What the row is to teach.</param>
internal sealed record TrainingRow<TLabel>(long[][] Texts, int[] Blocks, TLabel Label);
