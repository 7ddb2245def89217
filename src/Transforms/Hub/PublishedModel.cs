using System.Text.Json.Serialization;

namespace MLNet.VisionLanguage;

/// <summary>
/// A published model as the catalog tells of it. What could not be verified, such as the size of a file, is null; it is recorded when the file is first
/// fetched.
/// </summary>
public sealed record PublishedModel
{
    /// <summary>What it is called here: "lxmert-vqa".</summary>
    [JsonRequired]
    public string Name { get; init; } = "";

    /// <summary>What it is, for people.</summary>
    [JsonRequired]
    public string Title { get; init; } = "";

    /// <summary>
    /// Its architecture: a kind of <see cref="VisionLanguageModel.Kinds"/>, or "faster-rcnn", "fiber-detector", "bert", "roberta" or "swin".
    /// </summary>
    [JsonRequired]
    public string Architecture { get; init; } = "";

    /// <summary>What it was trained for: "vqa", "gqa", "nlvr2", "retrieval", "captioning", "grounding", "detection", "pretraining" or "initial".</summary>
    [JsonRequired]
    public string Task { get; init; } = "";

    /// <summary>Its files.</summary>
    [JsonRequired]
    public IReadOnlyList<PublishedFile> Files { get; init; } = [];

    /// <summary>Where people read about it.</summary>
    [JsonRequired]
    public Uri? Page { get; init; }

    /// <summary>The paper to cite.</summary>
    [JsonRequired]
    public string Citation { get; init; } = "";

    /// <summary>Its licence; null where it is not known here.</summary>
    public string? Licence { get; init; }

    /// <summary>The member of the checkpoint that has the weights; null for the usual.</summary>
    public string? StateDictionary { get; init; }

    /// <summary>The published model that finds the regions it reads, for models that are given regions; null for others.</summary>
    public string? Regions { get; init; }

    /// <summary>Options of its configuration in the reference's names, where no file has them, as JSON.</summary>
    public IReadOnlyDictionary<string, System.Text.Json.JsonElement>? Configuration { get; init; }

    /// <summary>What its authors measured.</summary>
    public IReadOnlyList<PublishedFigure> Figures { get; init; } = [];

    /// <summary>What else a user should know; null for nothing.</summary>
    public string? Note { get; init; }

    /// <summary>The file of a role, or null.</summary>
    /// <param name="role">Such as "weights".</param>
    public PublishedFile? Find(string role) => Files.FirstOrDefault(file => file.Role == role);
}

/// <summary>A file of a published model.</summary>
public sealed record PublishedFile
{
    /// <summary>What it is for: one of <see cref="Roles"/>.</summary>
    [JsonRequired]
    public string Role { get; init; } = "";

    /// <summary>The hub's repository that has it, "organisation/name"; null where <see cref="Url"/> tells, or where only people can fetch it.</summary>
    public string? Repository { get; init; }

    /// <summary>The branch, tag or commit of the repository.</summary>
    public string Revision { get; init; } = "main";

    /// <summary>Its name, in the repository or as it is kept.</summary>
    [JsonRequired]
    public string Path { get; init; } = "";

    /// <summary>Its address outside of the hub.</summary>
    public Uri? Url { get; init; }

    /// <summary>Its bytes; null where not verified.</summary>
    public long? Size { get; init; }

    /// <summary>Its SHA-256 in hexadecimal digits; null where not verified.</summary>
    public string? Sha256 { get; init; }

    /// <summary>What files are for.</summary>
    public static IReadOnlyList<string> Roles { get; } =
        ["weights", "configuration", "vocabulary", "merges", "answers", "preprocessing", "classes", "attributes"];
}

/// <summary>A figure that a model's authors state.</summary>
/// <param name="Data">The data set.</param>
/// <param name="Split">Its part.</param>
/// <param name="Metric">What was measured.</param>
/// <param name="Value">The figure, as it is stated.</param>
/// <param name="Source">Where it is stated.</param>
public sealed record PublishedFigure(string Data, string Split, string Metric, double Value, string Source);
