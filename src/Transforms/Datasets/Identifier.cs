using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using MLNet.VisionLanguage.Files;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage;

/// <summary>
/// What a data set calls a question, an image or an annotator: a number or a text, exactly as its file writes it. Two are the same
/// when their texts are: the number 16 and the text "16" are, "016" is another. In JSON a number stays a number, of any size, and a
/// text a text.
/// </summary>
[JsonConverter(typeof(Converter))]
public readonly partial struct Identifier : IEquatable<Identifier>
{
    private readonly string? _text;

    /// <summary>Creates an identifier.</summary>
    /// <param name="text">As the file writes it, a text without its quotes.</param>
    /// <param name="isNumber">Whether JSON has it as a number.</param>
    /// <exception cref="ArgumentException">It is to be a number, but is none in JSON.</exception>
    public Identifier(string text, bool isNumber = false)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (isNumber && !JsonNumber().IsMatch(text)) throw new ArgumentException($"'{text}' is no number of JSON.", nameof(text));
        (_text, IsNumber) = (text, isNumber);
    }

    /// <summary>The identifier as the file writes it.</summary>
    public string Text => _text ?? "";

    /// <summary>Whether JSON has it as a number; this makes no other identifier of it.</summary>
    public bool IsNumber { get; private init; }

    /// <summary>A number.</summary>
    /// <param name="number">Any number.</param>
    public static implicit operator Identifier(long number) => new(number.ToString(CultureInfo.InvariantCulture), isNumber: true);

    /// <summary>A text.</summary>
    /// <param name="text">Any text.</param>
    public static implicit operator Identifier(string text) => new(text);

    /// <summary>Whether both have the same text.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator ==(Identifier left, Identifier right) => left.Equals(right);

    /// <summary>Whether the texts differ.</summary>
    /// <param name="left">One.</param>
    /// <param name="right">The other.</param>
    public static bool operator !=(Identifier left, Identifier right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(Identifier other) => Text == other.Text;

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is Identifier other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => Text.GetHashCode(StringComparison.Ordinal);

    /// <summary>The text.</summary>
    public override string ToString() => Text;

    /// <summary>What a reader of JSON found, which need not be checked again.</summary>
    internal static Identifier Found(string text, bool isNumber) => new(text) { IsNumber = isNumber };

    internal void WriteTo(Utf8JsonWriter writer)
    {
        if (IsNumber)
            writer.WriteRawValue(Text, skipInputValidation: true);
        else
            JsonText.Write(writer, Text);
    }

    [GeneratedRegex(@"^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex JsonNumber();

    private sealed class Converter : JsonConverter<Identifier>
    {
        public override Identifier Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
        {
            var isNumber = reader.TokenType == JsonTokenType.Number;
            if (!isNumber && reader.TokenType != JsonTokenType.String)
                throw new JsonException($"An identifier must be a number or a string but is {reader.TokenType}.");
            var raw = reader.HasValueSequence ? reader.ValueSequence.ToArray() : reader.ValueSpan;
            return isNumber ? new(TextEncoding.UTF8.GetString(raw), isNumber: true) : new(JsonText.Of(raw));
        }

        public override void Write(Utf8JsonWriter writer, Identifier value, JsonSerializerOptions options) => value.WriteTo(writer);
    }
}
