using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace MLNet.VisionLanguage.Models;

/// <summary>The architectures of this library, one line each.</summary>
internal static class ModelKinds
{
    private static readonly IReadOnlyDictionary<string, Func<string, string, VisionLanguageModel>> Readers =
        new SortedDictionary<string, Func<string, string, VisionLanguageModel>>(StringComparer.Ordinal)
        {
            [ViLbertConfig.Base.Kind] = ViLbertConfig.Parse,
            [LxmertConfig.Base.Kind] = LxmertConfig.Parse,
            [VlBertConfig.Base.Kind] = VlBertConfig.Parse,
        };

    /// <summary>What reads a configuration of a kind, given the JSON and what to call it in messages.</summary>
    /// <exception cref="NotSupportedException">There is no such kind.</exception>
    public static Func<string, string, VisionLanguageModel> Find(string kind) => Readers.TryGetValue(kind, out var reader)
        ? reader
        : throw new NotSupportedException($"'{kind}' is no model known here; known are {string.Join(", ", Readers.Keys)}.");
}

/// <summary>A model inside other JSON: its configuration with its kind; one without a kind is a ViLBERT, as files were before there were others.</summary>
internal sealed class VisionLanguageModelConverter : JsonConverter<VisionLanguageModel>
{
    private const string Kind = "kind";

    public override VisionLanguageModel Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        var json = JsonNode.Parse(ref reader) as JsonObject ?? throw new JsonException("A model's configuration is expected to be an object.");
        var kind = json.TryGetPropertyValue(Kind, out var found) ? (string?)found : null;
        return ModelKinds.Find(kind ?? ViLbertConfig.Base.Kind)(json.ToJsonString(), "the saved model");
    }

    public override void Write(Utf8JsonWriter writer, VisionLanguageModel value, JsonSerializerOptions options)
    {
        var json = JsonSerializer.SerializeToNode(value, value.GetType())!.AsObject();
        json.Insert(0, Kind, value.Kind);
        json.WriteTo(writer);
    }
}
