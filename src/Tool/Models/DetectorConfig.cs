using System.Globalization;
using System.Text.Json.Nodes;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Models;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace MLNet.VisionLanguage.Tool.Models;

/// <summary>A detector's configuration file: JSON, or YAML as the transformers library has it.</summary>
internal static class DetectorConfig
{
    /// <summary>Options nest so deep at most; deeper is no configuration.</summary>
    private const int Deepest = 8;

    /// <exception cref="InvalidDataException">The file is neither, or an option is of the wrong kind.</exception>
    /// <exception cref="ArgumentException">An option has an impossible value.</exception>
    public static FasterRcnnConfig Load(string path)
    {
        var text = TextFile.ReadAllText(path);
        return DetectronOptions.Read(text.AsSpan().TrimStart().StartsWith("{") ? text : ToJson(path, text), path);
    }

    private static string ToJson(string path, string yaml)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new Parser(new StringReader(yaml)));
            return stream.Documents is [var document]
                ? Node(path, document.RootNode, 0)?.ToJsonString() ?? "null"
                : throw new InvalidDataException($"{path}: one YAML document is expected.");
        }
        catch (Exception e) when (e is YamlException or InvalidOperationException)
        {
            throw new InvalidDataException($"{path}: neither JSON nor YAML: {e.Message.TrimEnd('.')}.", e);
        }
    }

    private static JsonNode? Node(string path, YamlNode node, int depth)
    {
        if (depth > Deepest) throw new InvalidDataException($"{path}:{node.Start.Line}: options do not nest so deep.");
        switch (node)
        {
            case YamlMappingNode mapping:
                var members = new JsonObject();
                foreach (var (key, value) in mapping.Children)
                {
                    var name = (key as YamlScalarNode)?.Value
                        ?? throw new InvalidDataException($"{path}:{key.Start.Line}: an option's name is expected.");
                    members[name] = Node(path, value, depth + 1);
                }

                return members;
            case YamlSequenceNode sequence:
                return new JsonArray([.. sequence.Children.Select(child => Node(path, child, depth + 1))]);
            default:
                return Scalar((YamlScalarNode)node);
        }
    }

    private static JsonNode? Scalar(YamlScalarNode node)
    {
        var text = node.Value ?? "";
        if (node.Style is not (ScalarStyle.Plain or ScalarStyle.Any)) return JsonValue.Create(text);
        return text.ToUpperInvariant() switch
        {
            "TRUE" => JsonValue.Create(true),
            "FALSE" => JsonValue.Create(false),
            "" or "~" or "NULL" => null,
            _ when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) => JsonValue.Create(whole),
            _ when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && double.IsFinite(number) =>
                JsonValue.Create(number),
            _ => JsonValue.Create(text),
        };
    }
}
