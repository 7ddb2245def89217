using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLNet.VisionLanguage.Tool.Detecting;

/// <summary>A box of an image.</summary>
/// <param name="Text">Of what it is.</param>
/// <param name="Score">How sure the detector is.</param>
/// <param name="Box">x1, y1, x2, y2 in pixels; x2 and y2 are where the box ends.</param>
/// <param name="Number">The text's number, from 0.</param>
internal sealed record FoundBox(
    [property: JsonPropertyName("text")] string Text,
    [property: JsonPropertyName("score")] float Score,
    [property: JsonPropertyName("box")] float[] Box,
    [property: JsonIgnore] int Number)
{
    /// <summary>The colour that it is drawn in.</summary>
    [JsonPropertyName("colour")]
    public string Colour => BoxPainter.NameOf(Number);
}

/// <summary>What was found in an image, the best first.</summary>
internal sealed record FoundBoxes(
    [property: JsonPropertyName("image")] string Image,
    [property: JsonPropertyName("width")] int Width,
    [property: JsonPropertyName("height")] int Height,
    [property: JsonPropertyName("found")] IReadOnlyList<FoundBox> Found)
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>One line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, Plain);
}
