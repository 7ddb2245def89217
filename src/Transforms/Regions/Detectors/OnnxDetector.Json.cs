using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLNet.VisionLanguage;

public sealed partial record OnnxDetector
{
    private const string Component = "OnnxDetector";

    private static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        PropertyNameCaseInsensitive = true,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true,
        Converters = { new JsonStringEnumConverter() },
    };

    /// <summary>Reads a description from a file of JSON with the names of these properties.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no such JSON, or an option makes no sense.</exception>
    public static OnnxDetector Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        return FromJson(File.ReadAllText(path), $"'{path}'");
    }

    /// <summary>Reads a description of JSON with the names of these properties.</summary>
    /// <param name="json">The text.</param>
    /// <exception cref="InvalidDataException">It is no such JSON, or an option makes no sense.</exception>
    public static OnnxDetector FromJson(string json)
    {
        ArgumentNullException.ThrowIfNull(json);
        return FromJson(json, "the text");
    }

    /// <summary>The JSON that <see cref="FromJson(string)"/> reads.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Json);

    private static OnnxDetector FromJson(string json, string place)
    {
        try
        {
            var detector = JsonSerializer.Deserialize<OnnxDetector>(json, Json) ?? throw new JsonException("null is no detector");
            detector.Validate(Component);
            return detector;
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new InvalidDataException($"{place} describes no ONNX detector: {e.Message}", e);
        }
    }
}
