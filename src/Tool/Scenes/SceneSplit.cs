namespace MLNet.VisionLanguage.Tool.Scenes;

/// <summary>One part of the data set on disk: files in the formats of the public data sets. No scene is in two parts.</summary>
internal sealed record SceneSplit(string Folder, string Name)
{
    public string Images => Path.Combine(Folder, "images");

    public string Questions => Path.Combine(Folder, $"{Name}_questions.json");

    public string Annotations => Path.Combine(Folder, $"{Name}_annotations.json");

    /// <summary>COCO's captions, two a picture.</summary>
    public string Captions => Path.Combine(Folder, $"{Name}_captions.json");

    /// <summary>RefCOCO's references, a pickle.</summary>
    public string Expressions => Path.Combine(Folder, $"{Name}_refs.p");

    /// <summary>The boxes of objects with their shapes and colours, COCO's instances with attributes.</summary>
    public string Instances => Path.Combine(Folder, $"{Name}_instances.json");

    /// <summary>SNLI-VE's pairs of a picture and a sentence, three a picture.</summary>
    public string Entailment => Path.Combine(Folder, $"{Name}_entailment.jsonl");

    /// <summary>VCR's questions with answers and reasons to choose from.</summary>
    public string Choices => Path.Combine(Folder, $"{Name}_choices.jsonl");

    /// <summary>NLVR2's statements about two pictures.</summary>
    public string Pairs => Path.Combine(Folder, $"{Name}_pairs.json");

    /// <summary>The pictures of <see cref="Pairs"/> under NLVR2's names.</summary>
    public string PairImages => Path.Combine(Folder, "pairs");

    /// <summary>The file that declares the tasks of both parts.</summary>
    public string Tasks => Path.Combine(Folder, "tasks.yml");

    /// <summary>All files and folders.</summary>
    public IEnumerable<string> Contents =>
        [Questions, Annotations, Images, Captions, Expressions, Instances, Entailment, Choices, Pairs, PairImages, Tasks];

    /// <summary>Whether a file of <see cref="PairImages"/> is called so.</summary>
    public bool IsPairImage(string name) =>
        name.StartsWith($"{Name}-", StringComparison.Ordinal) && name.Contains("-img", StringComparison.Ordinal)
        && name.EndsWith(".png", StringComparison.Ordinal);

    /// <summary>The parts of the data set in a folder: to train on, and to measure with.</summary>
    public static IReadOnlyList<SceneSplit> All(string folder) => [new(folder, "train"), new(folder, "val")];
}
