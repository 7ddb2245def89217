using System.Globalization;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Scenes;

/// <summary>Writes a tasks file about the scenes, ready for <c>vl train multi-task</c>. Its paths start from its folder.</summary>
internal static class TasksFileWriter
{
    /// <summary>Learnt well by a small model from nothing, for which the reference's rates are too low.</summary>
    private const double LearningRate = 0.001;

    private const int Epochs = 2;

    private static readonly Entry[] Entries =
    [
        new(1, "VQA", 23, 64, split => split.Images, split => [split.Questions, split.Annotations]),
        new(5, "VCR_Q-A", 60, 16, split => split.Images, split => [split.Choices]),
        new(6, "VCR_QA-R", 60, 16, split => split.Images, split => [split.Choices]),
        new(7, "RetrievalCOCO", 30, 16, split => split.Images, split => [split.Captions]),
        new(9, "refcoco", 20, 32, split => split.Images, split => [split.Expressions, split.Instances]),
        new(12, "NLVR2", 40, 32, split => split.PairImages, split => [split.Pairs]),
        new(13, "VisualEntailment", 56, 64, split => split.Images, split => [split.Entailment]),
    ];

    /// <summary>Writes the file.</summary>
    /// <param name="splits">The parts of the data set, of which the first is trained on and the second measured on.</param>
    public static void Write(IReadOnlyList<SceneSplit> splits) => File.WriteAllLines(splits[0].Tasks, Entries.SelectMany(entry => Lines(entry, splits)));

    private static IEnumerable<string> Lines(Entry entry, IReadOnlyList<SceneSplit> splits)
    {
        var (task, declaration) = ToolTasks.All.SelectMany(task => task.Declarations.Select(declaration => (task, declaration)))
            .First(pair => pair.declaration.Name == entry.Name);
        (string Key, object Value)[] values =
        [
            ("name", declaration.Name), ("type", declaration.Type), ("loss", declaration.Loss), ("process", declaration.Process), ("task_id", entry.Number),
            ("dataroot", "."), ("features_h5path1", "''"), ("features_h5path2", "''"), ("images", Path.GetFileName(entry.Images(splits[0]))),
            .. splits.SelectMany(split => task.Files.Zip(entry.Files(split), (file, path) => (file.KeyOf(split.Name), (object)Path.GetFileName(path)))),
            ("max_seq_length", entry.MaxLength), ("batch_size", entry.BatchSize),
            ("train_split", splits[0].Name), ("val_split", splits[1].Name), ("lr", LearningRate), ("num_epoch", Epochs),
        ];
        return values.Select(pair => string.Create(CultureInfo.InvariantCulture, $"  {pair.Key}: {pair.Value}")).Prepend($"TASK{entry.Number}:");
    }

    /// <param name="Number">The reference's number of the task.</param>
    /// <param name="Name">Its name.</param>
    /// <param name="MaxLength">The most tokens of a text.</param>
    /// <param name="BatchSize">Rows of a batch.</param>
    /// <param name="Images">The folder of its images.</param>
    /// <param name="Files">Its files, as <see cref="ToolTask.Files"/>.</param>
    private sealed record Entry(
        int Number, string Name, int MaxLength, int BatchSize, Func<SceneSplit, string> Images, Func<SceneSplit, IReadOnlyList<string>> Files);
}
