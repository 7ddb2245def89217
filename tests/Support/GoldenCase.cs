using System.Text.Json;

namespace MLNet.VisionLanguage.Tests.Support;

/// <summary>One folder of reference numbers: case.json and the tensors beside it, opened when first asked for.</summary>
internal sealed class GoldenCase : IDisposable
{
    private readonly Dictionary<string, Checkpoint> _open = [];
    private readonly JsonDocument _document;

    public GoldenCase(string folder)
    {
        Folder = folder;
        _document = JsonDocument.Parse(File.ReadAllBytes(FilePath("case.json")));
        Name = Json.TryGetProperty("name", out var name) ? name.GetString()! : Path.GetFileName(folder);
        System = Json.GetProperty("system").GetString()!;
        var dash = Name.LastIndexOf('-');
        Variant = dash > 0 ? Name[..dash] : Name;
        Kind = Json.TryGetProperty("kind", out var kind) ? kind.GetString()! : Variant;
    }

    public string Folder { get; }

    /// <summary>The name with its suffix: "task-vqa-a".</summary>
    public string Name { get; }

    /// <summary>The reference: "vilbert", "lxmert", "vlbert", "fiber" or "frcnn".</summary>
    public string System { get; }

    /// <summary>The name without its suffix (what follows the last dash): "task-vqa".</summary>
    public string Variant { get; }

    /// <summary>"kind" of case.json ("task"), or the variant where case.json has none.</summary>
    public string Kind { get; }

    /// <summary>All of case.json.</summary>
    public JsonElement Json => _document.RootElement;

    /// <summary>The reference's own configuration fields.</summary>
    public JsonElement Config => Json.GetProperty("config");

    /// <summary>"options" of case.json; an undefined element where there are none.</summary>
    public JsonElement Options => Json.TryGetProperty("options", out var options) ? options : default;

    /// <summary>"scalars" of case.json: losses and the like.</summary>
    public IReadOnlyDictionary<string, double> Scalars => Json.GetProperty("scalars").EnumerateObject()
        .Where(p => p.Value.ValueKind == JsonValueKind.Number)
        .ToDictionary(p => p.Name, p => p.Value.GetDouble());

    /// <summary>The largest absolute difference allowed: "max_abs".</summary>
    public double Tolerance => ToleranceNumber("max_abs") ?? 1e-4;

    public Checkpoint Inputs => Open("inputs.safetensors");

    public Checkpoint Outputs => Open("outputs.safetensors");

    public Checkpoint Weights => Open("weights.safetensors");

    public Checkpoint Grads => Open("grads.safetensors");

    public bool Has(string file) => File.Exists(FilePath(file));

    public string FilePath(string file) => Path.Combine(Folder, file);

    /// <summary>A number of "tolerances", such as loss_rel or grad_max_relative; null where the case has none.</summary>
    public double? ToleranceNumber(string key) =>
        Json.TryGetProperty("tolerances", out var all) && all.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Number
            ? value.GetDouble()
            : null;

    /// <summary>
    /// The tolerance of one output: its entry in "max_abs_by_output"; "max_abs_of_noisy_outputs" where the case lists it as one that
    /// float32 itself does not give more closely; else <see cref="Tolerance"/>.
    /// </summary>
    public double ToleranceOf(string output)
    {
        if (Json.TryGetProperty("tolerances", out var all) && all.TryGetProperty("max_abs_by_output", out var byOutput)
            && byOutput.TryGetProperty(output, out var value)) return value.GetDouble();
        return Json.TryGetProperty("noisy_outputs_float32_vs_float64", out var noisy) && noisy.TryGetProperty(output, out _)
            ? ToleranceNumber("max_abs_of_noisy_outputs") ?? Tolerance
            : Tolerance;
    }

    /// <summary>Whether "exclude_suffixes" leaves this name out of the comparison.</summary>
    public bool IsExcluded(string name) =>
        Json.TryGetProperty("tolerances", out var all) && all.TryGetProperty("exclude_suffixes", out var suffixes)
        && suffixes.EnumerateArray().Any(s => name.EndsWith(s.GetString()!, StringComparison.Ordinal));

    public void Dispose()
    {
        foreach (var checkpoint in _open.Values)
            checkpoint.Dispose();
        _document.Dispose();
    }

    public override string ToString() => $"{System}/{Name}";

    private Checkpoint Open(string file)
    {
        if (!_open.TryGetValue(file, out var checkpoint)) _open[file] = checkpoint = Checkpoint.Open(FilePath(file));
        return checkpoint;
    }
}
