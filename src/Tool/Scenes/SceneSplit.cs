namespace MLNet.VisionLanguage.Tool.Scenes;

/// <summary>One part of the data set on disk: files in the format of VQA v2. No scene is in two parts.</summary>
internal sealed record SceneSplit(string Folder, string Name)
{
    public string Images => Path.Combine(Folder, "images");

    public string Questions => Path.Combine(Folder, $"{Name}_questions.json");

    public string Annotations => Path.Combine(Folder, $"{Name}_annotations.json");

    /// <summary>The parts of the data set in a folder: to train on, and to measure with.</summary>
    public static IReadOnlyList<SceneSplit> All(string folder) => [new(folder, "train"), new(folder, "val")];
}
