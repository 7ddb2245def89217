using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace MLNet.VisionLanguage.Models;

/// <summary>The architectures of this library, one line each.</summary>
internal static class ModelKinds
{
    private static readonly VisionLanguageModel[] All =
    [
        LxmertConfig.Base,
        ViLbertConfig.Base,
        VlBertConfig.Base,
        FiberConfig.Base,
    ];

    private static readonly VisionLanguageModel[] Small = [LxmertConfig.Tiny, ViLbertConfig.Tiny, VlBertConfig.Tiny, FiberConfig.Tiny];

    /// <summary>What messages call a detector, which answers nothing.</summary>
    public const string Detector = "Faster R-CNN";

    /// <summary>Signs of models that are known only to be told apart.</summary>
    private static readonly (string Sign, string Title)[] Others =
    [
        ("language_backbone.", "FIBER"), ("roi_heads.", Detector), ("bimodal_attention.", AllenNlp),
    ];

    /// <summary>allennlp/modules/backbones/vilbert_backbone.py; its names for layers are others, too.</summary>
    private const string AllenNlp = "AllenNLP's ViLBERT";

    /// <summary>What a network has that bears a model's name and is another: it cannot be scored as that model.</summary>
    private static readonly Dictionary<string, string> Differences = new()
    {
        [AllenNlp] = "another network than ViLBERT, with parameters that have no counterpart there: "
            + "image_embeddings.embeddings.location_embeddings.weight reads four numbers of a box without a bias (ViLBERT: five, with a bias), "
            + "and _heads.vqa.classifier tells answers by one linear (ViLBERT: two linears with a LayerNorm)",
    };

    private static readonly string[] Bert =
    [
        "embeddings.word_embeddings.weight", "embeddings.token_type_embeddings.weight", "encoder.layer.0.attention.self.query.weight",
    ];

    public static IReadOnlyList<string> Names { get; } = [.. All.Select(model => model.Kind)];

    /// <summary>A model of a kind.</summary>
    /// <exception cref="NotSupportedException">There is no such kind.</exception>
    public static VisionLanguageModel Find(string kind) => Array.Find(All, model => model.Kind == kind)
        ?? throw new NotSupportedException(
            $"'{kind}' is no model known here; known are {string.Join(", ", Names)}.");

    /// <summary>The small model of a kind, which learns from nothing in minutes.</summary>
    /// <inheritdoc cref="Find"/>
    public static VisionLanguageModel FindSmall(string kind) => Array.Find(Small, model => model.Kind == Find(kind).Kind)!;

    /// <summary>What made a checkpoint, for messages: as <see cref="Guess"/>, and how that differs from a model of the same name.</summary>
    public static string? Describe(IEnumerable<string> names) => VisionLanguageModel.Guess(names) is { } title
        ? Differences.TryGetValue(title, out var difference) ? $"{title}, {difference}" : title
        : null;

    /// <summary>The kind of the model that made a checkpoint, as far as its names tell.</summary>
    /// <param name="names">The names of its tensors.</param>
    public static string? KindOf(IEnumerable<string> names) =>
        VisionLanguageModel.Guess(names) is { } title ? Array.Find(All, model => model.Title == title)?.Kind : null;

    /// <inheritdoc cref="VisionLanguageModel.Guess"/>
    public static string? Guess(IReadOnlyList<string> names)
    {
        var signs = All.SelectMany(model => model.NameSigns.Select(sign => (Sign: sign, model.Title))).Concat(Others);
        var titles = signs.Where(pair => names.Any(name => name.Contains(pair.Sign, StringComparison.Ordinal)))
            .Select(pair => pair.Title).Distinct().ToList();
        if (titles.Count > 0) return titles.Count == 1 ? titles[0] : null;
        return Bert.All(part => names.Any(name => name == part || name.EndsWith("bert." + part, StringComparison.Ordinal))) ? "BERT" : null;
    }
}

/// <summary>
/// A model inside other JSON: its configuration with its kind. One without a kind is a ViLBERT, as files were before there were others.
/// </summary>
internal sealed class VisionLanguageModelConverter : JsonConverter<VisionLanguageModel>
{
    private const string Kind = "kind";

    public override VisionLanguageModel Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var json = JsonNode.Parse(ref reader) as JsonObject
            ?? throw new JsonException("A model's configuration is expected to be an object.");
        var kind = json.TryGetPropertyValue(Kind, out var found) ? (string?)found : null;
        return ModelKinds.Find(kind ?? ViLbertConfig.Base.Kind).Read(json.ToJsonString(), "the saved model");
    }

    public override void Write(Utf8JsonWriter writer, VisionLanguageModel value, JsonSerializerOptions options)
    {
        var json = JsonSerializer.SerializeToNode(value, value.GetType())!.AsObject();
        json.Insert(0, Kind, value.Kind);
        json.WriteTo(writer);
    }
}
