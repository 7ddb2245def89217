using System.Text.Json;
using System.Text.RegularExpressions;

namespace MLNet.VisionLanguage.Hub;

/// <summary>The catalog of published models: models.json in this assembly, and a user's own files of the same form.</summary>
internal static partial class PublishedModels
{
    private const string Resource = "models.json";

    private static readonly string[] OtherArchitectures = ["faster-rcnn", "fiber-detector", "bert", "roberta", "swin"];

    private static readonly string[] Tasks =
        ["vqa", "gqa", "nlvr2", "retrieval", "captioning", "grounding", "detection", "multi-task", "pretraining", "initial"];

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>The catalog's own entries.</summary>
    public static IReadOnlyList<PublishedModel> Own { get; } = ReadOwn();

    /// <summary>These and a user's, whose entries go before those of the same name.</summary>
    /// <param name="path">A file, or a folder of *.json; null for none.</param>
    /// <exception cref="FileNotFoundException">There is no such file or folder.</exception>
    /// <exception cref="InvalidDataException">A file is not in the form; the message names file and entry.</exception>
    public static IReadOnlyList<PublishedModel> With(string? path)
    {
        if (path is null) return Own;
        string[] files = Directory.Exists(path) ? [.. Directory.EnumerateFiles(path, "*.json").Order(StringComparer.Ordinal)] : [path];
        List<PublishedModel> own = [.. files.SelectMany(file => Parse(Files.TextFile.ReadAllText(file), file))];
        if (own.GroupBy(model => model.Name, StringComparer.OrdinalIgnoreCase).FirstOrDefault(same => same.Count() > 1) is { } twice)
            throw new InvalidDataException($"{path}: '{twice.Key}' is there twice.");
        var names = own.Select(model => model.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        return [.. own, .. Own.Where(model => !names.Contains(model.Name))];
    }

    /// <summary>Reads a list of entries.</summary>
    public static IReadOnlyList<PublishedModel> Parse(string json, string source)
    {
        IReadOnlyList<PublishedModel>? models;
        try
        {
            models = JsonSerializer.Deserialize<IReadOnlyList<PublishedModel>>(json, Json);
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{source}: a JSON list of published models is expected: {e.Message}", e);
        }

        foreach (var model in models ?? throw new InvalidDataException($"{source}: a JSON list of published models is expected, found null."))
            if (ProblemOf(model) is { } problem) throw new InvalidDataException($"{source}: '{model.Name}': {problem}.");
        return models;
    }

    private static string? ProblemOf(PublishedModel model)
    {
        if (!Name().IsMatch(model.Name)) return "its name must be of letters, digits, '-', '_' and '.'";
        if (!VisionLanguageModel.Kinds.Contains(model.Architecture) && !OtherArchitectures.Contains(model.Architecture))
            return $"'{model.Architecture}' is no architecture known here; known are {string.Join(", ", VisionLanguageModel.Kinds.Concat(OtherArchitectures))}";
        if (!Tasks.Contains(model.Task)) return $"'{model.Task}' is no task of the catalog; they are {string.Join(", ", Tasks)}";
        if (model.Page is not { IsAbsoluteUri: true }) return "its page must be an address";
        if (model.Find("weights") is null) return "it has no file of the role weights";
        if (model.Files.GroupBy(file => file.Role).FirstOrDefault(same => same.Count() > 1) is { } twice) return $"it has two files of the role {twice.Key}";
        return model.Files.Select(ProblemOf).FirstOrDefault(problem => problem is not null);
    }

    private static string? ProblemOf(PublishedFile file)
    {
        var name = $"its file '{file.Path}'";
        if (!PublishedFile.Roles.Contains(file.Role)) return $"{name} has the role '{file.Role}'; roles are {string.Join(", ", PublishedFile.Roles)}";
        if (file.Path.Length == 0 || System.IO.Path.IsPathRooted(file.Path) || file.Path.Split('/', '\\').Any(part => part is "" or "." or ".."))
            return $"{name} must be a path within the model";
        if (file.Repository is not null && file.Url is not null) return $"{name} has a repository and an address; one is expected";
        if (file.Repository is not null && !Repository().IsMatch(file.Repository)) return $"{name}: '{file.Repository}' is not of the form organisation/name";
        if (!Name().IsMatch(file.Revision)) return $"{name}: the revision '{file.Revision}' is none";
        if (file.Url is { } url && (!url.IsAbsoluteUri || url.Scheme is not ("http" or "https"))) return $"{name}: '{url}' is no web address";
        if (file.Size is < 0) return $"{name} cannot have {file.Size} bytes";
        return file.Sha256 is { } hash && (hash.Length != 64 || !hash.All(char.IsAsciiHexDigit)) ? $"{name}: '{hash}' is no SHA-256" : null;
    }

    private static IReadOnlyList<PublishedModel> ReadOwn()
    {
        using var stream = typeof(PublishedModels).Assembly.GetManifestResourceStream(Resource)!;
        using var reader = new StreamReader(stream);
        return Parse(reader.ReadToEnd(), Resource);
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]*$")]
    private static partial Regex Name();

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)?$")]
    private static partial Regex Repository();
}
