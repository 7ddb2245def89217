using System.Buffers;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Files;

/// <summary>
/// Texts in JSON as Python reads them: half of a surrogate pair ("\ud83d", as a text cut inside an emoji has it), on which .NET's own
/// reader stops, is one char.
/// </summary>
internal static class JsonText
{
    /// <summary>The text of a string.</summary>
    /// <exception cref="InvalidOperationException">It is no UTF-8, or no string.</exception>
    public static string Of(JsonElement value) => value.ValueKind == JsonValueKind.String
        ? Of(JsonMarshal.GetRawUtf8Value(value)[1..^1])
        : throw new InvalidOperationException($"a string is expected but it is {value.ValueKind}");

    /// <summary>The name of a member.</summary>
    /// <exception cref="InvalidOperationException">It is no UTF-8.</exception>
    public static string NameOf(JsonProperty member) => Of(JsonMarshal.GetRawUtf8PropertyName(member));

    /// <summary>The text of what stands between the quotes.</summary>
    /// <exception cref="InvalidOperationException">It is no UTF-8.</exception>
    public static string Of(ReadOnlySpan<byte> raw)
    {
        if (!Utf8.IsValid(raw)) throw new InvalidOperationException(TextBytes.Invalid(raw));
        var text = TextEncoding.UTF8.GetString(raw);
        if (!text.Contains('\\', StringComparison.Ordinal)) return text;
        var result = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                result.Append(text[i]);
                continue;
            }

            i++;
            result.Append(text[i] switch
            {
                'b' => '\b',
                'f' => '\f',
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'u' => (char)ushort.Parse(text.AsSpan(i + 1, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                var same => same,
            });
            if (text[i] == 'u') i += 4;
        }

        return result.ToString();
    }

    /// <summary>Writes a string that <see cref="Of(JsonElement)"/> reads back, half pairs included.</summary>
    public static void Write(Utf8JsonWriter writer, string text)
    {
        if (!HasHalfPair(text))
        {
            writer.WriteStringValue(text);
            return;
        }

        var json = new StringBuilder("\"");
        foreach (var c in text)
        {
            var isPlain = c is >= ' ' and < '\u007F' and not ('"' or '\\');
            json.Append(isPlain ? c.ToString() : $"\\u{(int)c:x4}");
        }

        writer.WriteRawValue(json.Append('"').ToString(), skipInputValidation: true);
    }

    private static bool HasHalfPair(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out var length) != OperationStatus.Done) return true;
            text = text[length..];
        }

        return false;
    }
}
