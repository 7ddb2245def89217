using System.Text.Json;
using System.Text.Json.Nodes;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Hub;
using MLNet.VisionLanguage.Models;

namespace MLNet.VisionLanguage.Tool.Models;

/// <summary>
/// Model files of published models: made of their checkpoints once, by <c>vl convert</c>, and kept beside what was fetched of them.
/// </summary>
/// <param name="catalog">The published models.</param>
/// <param name="cache">The cache's folder.</param>
/// <param name="terminal">Shows what is done.</param>
internal sealed class ReadyModel(PublishedModelsCatalog catalog, string cache, Terminal terminal)
{
    /// <summary>What a model of regions is given where it says nothing else: LXMERT's 36, and 10 to 100 of those that a detector is sure of.</summary>
    private static readonly string[] Fixed = ["--min-regions", "36", "--max-regions", "36"], Sure = ["--choice", "confident"];

    /// <summary>The model file that answers.</summary>
    /// <param name="name">The published model.</param>
    /// <param name="answers">What it tells apart; null for what is published with it.</param>
    /// <param name="mayFetchMuch">Whether the user was asked already.</param>
    /// <exception cref="UsageException">It answers no questions, or its answers are published with no file.</exception>
    public string Answering(string name, string? answers, bool mayFetchMuch)
    {
        var model = catalog.Find(name);
        if (model.Task is not ("vqa" or "gqa" or "multi-task"))
            throw new UsageException($"--model {model.Name}: it is a model of {model.Task}, which answers no questions; 'vl models list' tells which do.");
        var files = PullMeter.Pull(catalog, name, mayFetchMuch, terminal);
        var list = answers ?? files.GetValueOrDefault("answers") ?? throw new UsageException(
            $"--answers is needed: those of {model.Name} are published with no file of their own.{(model.Note is null ? "" : " " + model.Note)}");
        return Made(model, files, "model.zip", [list], zip =>
        [
            "convert", model.Task == "gqa" ? "gqa" : "vqa", "--checkpoint", files["weights"], "--kind", model.Architecture,
            "--config", Configuration(model, files, Path.GetDirectoryName(zip)!), "--vocabulary", files["vocabulary"], "--answers", list, "--output", zip,
            .. model.StateDictionary is { } key ? (string[])["--state-dict", key] : [],
        ]);
    }

    /// <summary>The model file of the detector that finds a model's regions.</summary>
    /// <param name="model">The model of regions.</param>
    /// <param name="mayFetchMuch">Whether the user was asked already.</param>
    /// <exception cref="UsageException">The catalog names none.</exception>
    public string DetectorOf(PublishedModel model, bool mayFetchMuch)
    {
        var detector = catalog.Find(model.Regions ?? throw new UsageException(
            $"--detector is needed: the catalog names none for {model.Name}; it is a model file, or a name that 'vl extract --detector' knows."));
        var files = PullMeter.Pull(catalog, detector.Name, mayFetchMuch, terminal);
        var isFixed = model.Architecture == LxmertConfig.Base.Kind;
        return Made(detector, files, isFixed ? "fixed.zip" : "sure.zip", [], zip =>
        [
            "convert", "detector", "--checkpoint", files["weights"], "--output", zip,
            .. Given("--config", "configuration"), .. Given("--classes", "classes"), .. Given("--attributes", "attributes"), .. isFixed ? Fixed : Sure,
        ]);

        string[] Given(string option, string role) => files.TryGetValue(role, out var path) ? [option, path] : [];
    }

    /// <summary>A model file that is newer than all it is made of; made now if there is none.</summary>
    private string Made(
        PublishedModel model, IReadOnlyDictionary<string, string> files, string name, IReadOnlyList<string> others, Func<string, string[]> convert)
    {
        var folder = new HubCache(cache).ModelFolder(model.Name);
        var zip = Path.Combine(folder, name);
        if (File.Exists(zip) && files.Values.Concat(others).All(file => Written(file) <= File.GetLastWriteTimeUtc(zip))) return zip;
        Directory.CreateDirectory(folder);
        terminal.Note($"{model.Name}: making a model file of its checkpoint, once");
        var code = VlProgram.Run(convert(zip), terminal);
        return code == 0 ? zip : throw new InvalidDataException($"{model.Name}: its checkpoint could not be converted; the reason is above.");
    }

    private static DateTime Written(string path) =>
        File.ResolveLinkTarget(path, returnFinalTarget: true)?.LastWriteTimeUtc ?? File.GetLastWriteTimeUtc(path);

    /// <summary>Its configuration's file, or one of the architecture's published sizes with what the catalog says is other.</summary>
    private static string Configuration(PublishedModel model, IReadOnlyDictionary<string, string> files, string folder)
    {
        if (files.TryGetValue("configuration", out var file)) return file;
        var json = JsonNode.Parse(ModelKinds.Find(model.Architecture).ToJson())!.AsObject();
        foreach (var (name, value) in model.Configuration ?? new Dictionary<string, JsonElement>()) json[name] = JsonNode.Parse(value.GetRawText());
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, "configuration.json");
        AtomicFile.WriteText(path, json.ToJsonString());
        return path;
    }
}
