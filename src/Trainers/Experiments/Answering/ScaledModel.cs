using System.Text.Json;
using System.Text.Json.Nodes;

namespace MLNet.VisionLanguage.Experiments;

/// <summary>A model in another size and with other dropout, whatever its architecture: by the names that the references' configurations use.</summary>
internal static class ScaledModel
{
    /// <summary>What the names of widths end with.</summary>
    private static readonly string[] Widths = ["hidden_size", "intermediate_size", "visual_size", "embed_dim"];

    /// <param name="model">The model.</param>
    /// <param name="scale">How many times as wide; heads stay as many.</param>
    /// <param name="dropout">All its dropout rates; null leaves them.</param>
    /// <exception cref="ArgumentException">There is no such model.</exception>
    public static VisionLanguageModel Create(VisionLanguageModel model, double scale, double? dropout)
    {
        if (scale == 1 && dropout is null) return model;
        var json = JsonNode.Parse(model.ToJson())!.AsObject();
        foreach (var (name, value) in json.ToList())
        {
            if (value?.GetValueKind() != JsonValueKind.Number) continue;
            if (Widths.Any(width => name.EndsWith(width, StringComparison.OrdinalIgnoreCase))) json[name] = (int)Math.Round(value.GetValue<double>() * scale);
            else if (dropout is not null && name.Contains("dropout", StringComparison.OrdinalIgnoreCase)) json[name] = dropout;
        }

        return VisionLanguageModel.FromJson(model.Kind, json.ToJsonString());
    }
}
