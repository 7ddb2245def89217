using System.Text.RegularExpressions;

namespace MLNet.VisionLanguage.Tool;

/// <summary>What the command line calls the options of the library, which its messages name by their members.</summary>
internal static partial class Switches
{
    private static readonly Dictionary<string, string> Names = new(StringComparer.Ordinal)
    {
        [nameof(TrainerOptions.Epochs)] = "--epochs",
        [nameof(TrainerOptions.BatchSize)] = "--batch-size",
        [nameof(TrainerOptions.GradientAccumulation)] = "--gradient-accumulation",
        [nameof(TrainerOptions.LearningRate)] = "--learning-rate",
        [nameof(TrainerOptions.HeadLearningRate)] = "--learning-rate",
        [nameof(TrainerOptions.WarmupProportion)] = "--warmup",
        [nameof(TrainerOptions.ValidationFraction)] = "--validation-fraction",
        [nameof(TrainerOptions.EarlyStoppingPatience)] = "--patience",
        [nameof(TrainerOptions.Seed)] = "--seed",
        [nameof(TrainerOptions.Threads)] = "--threads",
        [nameof(TrainerOptions.Device)] = "--device",
        [nameof(TrainerOptions.CheckpointFolder)] = "--checkpoint-folder",
        [nameof(TrainerOptions.CheckpointEvery)] = "--checkpoint-every",
        [nameof(TrainerOptions.InitialWeights)] = "--init",
        [nameof(TrainerOptions.InitialStateDictionary)] = "--state-dict",
        [nameof(TrainerOptions.Model)] = "--model",
        [nameof(MultiTaskOptions.PausedTaskGap)] = "--paused-gap",
        [nameof(TaskTrainerOptions.TaskNumber)] = "--task-number",
        [nameof(PretrainingOptions.NegativeRegions)] = "--negative-regions",
        [nameof(PretrainingOptions.RegionLossWeight)] = "--region-loss-weight",
        [nameof(PretrainingOptions.RegionTarget)] = "--region-target",
        [nameof(PretrainingOptions.Texts)] = "--texts",
        [nameof(PretrainingOptions.TextBatchSize)] = "--text-batch-size",
        [nameof(PretrainingOptions.TextLength)] = "--text-length",
        [nameof(PretrainingOptions.RegionObjectsColumnName)] = "--region-labels",
        [nameof(PretrainingOptions.RegionAttributesColumnName)] = "--region-labels",
        [nameof(MultipleChoiceOptions.RegionTagsColumnName)] = "--object-tags",
        [nameof(VisualQuestionAnsweringOptions.MinimumAnswerCount)] = "--min-answer-count",
        [nameof(VisualQuestionAnsweringOptions.Answers)] = "--answers",
        [nameof(VisualQuestionAnsweringOptions.InitialAnswers)] = "--checkpoint-answers",
        [nameof(TrainerOptions.Optimizer)] = "--optimizer",
        [nameof(TrainerOptions.Schedule)] = "--schedule",
        [nameof(TrainerOptions.GradientClipping)] = "--gradient-clipping",
        [nameof(TokenizeTextOptions.MaxLength)] = "--max-length",
        [nameof(GridFeatureOptions.Grid)] = "--grid",
        [nameof(GridFeatureOptions.CoarseGrid)] = "--coarse-grid",
        [nameof(GridFeatureOptions.CellSize)] = "--cell-size",
        [nameof(VqaDatasetOptions.ImagePattern)] = "--image-pattern",
        [nameof(VqaDatasetOptions.SkipProblems)] = "--skip-problems",
        [nameof(VqaDatasetOptions.FeatureFiles)] = "--features",
    };

    /// <summary>
    /// The message with the command line's names. A member of several words is known wherever it stands, another only after "Option" or
    /// before "must be": as a word it may be the user's.
    /// </summary>
    public static string Name(string message) => Member().Replace(message, match =>
        Names.TryGetValue(match.Groups[2].Value, out var name)
            && (match.Groups[1].Success || match.Groups[3].Success || IsSeveralWords(match.Groups[2].Value))
            ? name
            : match.Value);

    private static bool IsSeveralWords(string name) => name.Skip(1).Any(char.IsUpper);

    [GeneratedRegex(@"(?<!['""\w/.\\-])(Option )?([A-Z][A-Za-z]+)(?!['""\w/\\])(?=( must be ))?")]
    private static partial Regex Member();
}
