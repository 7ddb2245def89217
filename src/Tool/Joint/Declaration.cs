namespace MLNet.VisionLanguage.Tool.Joint;

/// <summary>A name under which a tasks file declares a task, and what the reference's file says beside it (vilbert_tasks.yml).</summary>
/// <param name="Name">The name.</param>
/// <param name="Type">The kind of its head.</param>
/// <param name="Loss">Its loss; the one the head is trained with.</param>
/// <param name="Process">How the rows of a batch are laid out.</param>
internal sealed record Declaration(string Name, string Type, string Loss, string Process)
{
    public const string BinaryLoss = "BCEWithLogitLoss";
    public const string ChoiceLoss = "CrossEntropyLoss";
}

/// <summary>A file of a task's data set.</summary>
/// <param name="Key">What its keys in a tasks file are called between train_ or val_ and _jsonpath: "annotations".</param>
/// <param name="Option">The option that names it on the command line.</param>
/// <param name="Usual">
/// What it is called in the data set's folder, with {split} for the part's name and {name} for the task's, where the tasks file does not name it.
/// </param>
internal sealed record DeclaredFile(string Key, string Option, params string[] Usual)
{
    public const string Annotations = "annotations";

    /// <summary>The key of a part's file.</summary>
    public string KeyOf(string part) => $"{part}_{Key}_jsonpath";
}
