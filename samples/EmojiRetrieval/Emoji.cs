using System.Text.Json;

namespace EmojiRetrieval;

/// <summary>What emoji are called, and the pictures that vendors draw of them.</summary>
/// <param name="packages">The folder that eng/packages.sh fills.</param>
internal sealed class Emoji(string packages)
{
    private static readonly Dictionary<string, string> Folders = new()
    {
        ["noto"] = "noto-16.0.0/img/google/64",
        ["twemoji"] = "twemoji-16.0.0/img/twitter/64",
        ["fluent"] = "fluent-1.1.0/assets",
    };

    /// <summary>Shades of skin are no concepts of their own.</summary>
    private static readonly string[] Shades = ["1f3fb", "1f3fc", "1f3fd", "1f3fe", "1f3ff"];

    /// <summary>Code points and text (the label and its tags) of each, in the order of the code points: 1,906.</summary>
    public IReadOnlyList<(string Code, string Text)> Concepts { get; } = Read(packages);

    /// <summary>A vendor's pictures: the number of the concept, and the file.</summary>
    public IReadOnlyList<(int Concept, string Path)> Pictures(string vendor)
    {
        var files = Directory.EnumerateFiles(Path.Combine(packages, Folders[vendor])).OrderBy(file => file.Length).ThenBy(file => file, StringComparer.Ordinal)
            .GroupBy(file => Bare(Path.GetFileNameWithoutExtension(file))).ToDictionary(same => same.Key, same => same.First());
        return [.. Concepts.Select((concept, number) => (number, files.GetValueOrDefault(concept.Code)!)).Where(picture => picture.Item2 is not null)];
    }

    private static IReadOnlyList<(string Code, string Text)> Read(string packages)
    {
        using var names = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(packages, "emojibase-17.0.0/en/data.json")));
        using var drawn = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(packages, "noto-16.0.0/emoji.json")));
        var texts = names.RootElement.EnumerateArray().ToDictionary(
            emoji => Bare(emoji.GetProperty("hexcode").GetString()!),
            emoji => string.Join(", ", Tags(emoji).Prepend(emoji.GetProperty("label").GetString())));
        return
        [
            .. drawn.RootElement.EnumerateArray().Select(emoji => Bare(emoji.GetProperty("unified").GetString()!))
                .Where(code => !Shades.Contains(code)).Order(StringComparer.Ordinal).Select(code => (code, texts[code])),
        ];
    }

    private static IEnumerable<string?> Tags(JsonElement emoji) =>
        emoji.TryGetProperty("tags", out var tags) ? tags.EnumerateArray().Select(tag => tag.GetString()) : [];

    /// <summary>Without the sign that asks for a picture, which vendors' files have here and there.</summary>
    private static string Bare(string code) => code.ToLowerInvariant().Replace("-fe0f", "");
}
