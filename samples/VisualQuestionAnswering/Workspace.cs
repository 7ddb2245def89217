namespace MLNet.VisionLanguage.Samples.VisualQuestionAnswering;

/// <summary>Where the sample keeps its files.</summary>
internal sealed record Workspace(string Folder)
{
    public string Data => Path.Combine(Folder, "data");

    public string Vocabulary => Path.Combine(Folder, "vocabulary.txt");

    public string Model => Path.Combine(Folder, "vqa.zip");

    public string Record => Path.Combine(Folder, "training.json");

    public string Report => Path.Combine(Folder, "report.html");
}
