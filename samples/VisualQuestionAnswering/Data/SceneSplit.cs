using MLNet.VisionLanguage.Datasets;

namespace MLNet.VisionLanguage.Samples.VisualQuestionAnswering.Data;

/// <summary>One part of the data set on disk: files in the format of VQA v2. No scene is in two parts.</summary>
internal sealed record SceneSplit(string Folder, string Name)
{
    public string Images => Path.Combine(Folder, "images");

    public string Questions => Path.Combine(Folder, $"{Name}_questions.json");

    public string Annotations => Path.Combine(Folder, $"{Name}_annotations.json");

    public static SceneSplit Train(string folder) => new(folder, "train");

    public static SceneSplit Validation(string folder) => new(folder, "validation");

    public static SceneSplit Test(string folder) => new(folder, "test");

    public VqaDataset Load() => VqaDataset.Load(Questions, Annotations, Images);
}
