using System.Globalization;

namespace MLNet.VisionLanguage.Datasets;

/// <summary>
/// A user's form of image names: {image_id}, {data_subtype} (the subset of the record or of the file's header) and any member of a record
/// ({coco_split}) are put in; {...:D12} puts zeros before a number.
/// </summary>
internal sealed class ImagePattern
{
    private const string ImageId = "image_id";
    private const string Subset = "data_subtype";
    private const int WidestNumber = 64;

    private readonly List<(string Text, string? Field, int Width)> _parts = [];

    /// <exception cref="ArgumentException">The pattern names nothing that tells images apart, or a placeholder is not closed.</exception>
    public ImagePattern(string pattern)
    {
        for (var i = 0; i < pattern.Length;)
        {
            var open = pattern.IndexOf('{', i);
            var text = open < 0 ? pattern[i..] : pattern[i..open];
            if (open < 0)
            {
                _parts.Add((text, null, 0));
                break;
            }

            var close = pattern.IndexOf('}', open);
            var place = close < 0 ? pattern[open..] : pattern[(open + 1)..close];
            var form = place.IndexOf(':', StringComparison.Ordinal);
            var field = form < 0 ? place : place[..form];
            var width = 0;
            if (close < 0 || field.Length == 0 || field.Any(c => c is '{' or ' ') || (form >= 0 && !IsWidth(place[(form + 1)..], out width)))
            {
                throw new ArgumentException(
                    $"The image pattern '{pattern}' has the unknown placeholder '{place}'; known are {{image_id}}, {{image_id:D12}}, "
                    + "{data_subtype} and members of the record, such as {coco_split}.",
                    nameof(pattern));
            }

            _parts.Add((text, field, Math.Min(width, WidestNumber)));
            i = close + 1;
        }

        Fields = [.. _parts.Select(part => part.Field).OfType<string>().Where(field => field is not (ImageId or Subset)).Distinct()];
        if (!_parts.Any(part => part.Field == ImageId) && Fields.All(SubsetFields.Contains))
            throw new ArgumentException($"The image pattern '{pattern}' has no {{image_id}}.", nameof(pattern));
    }

    /// <summary>The members of a record that name the subset of its image.</summary>
    public static IReadOnlyList<string> SubsetFields { get; } = ["coco_split", Subset, "subset", "split"];

    /// <summary>The members of a record that the pattern names, besides the image's identifier and the subset.</summary>
    public IReadOnlyList<string> Fields { get; }

    /// <summary>The name of a question's image; null, and which member is missing, when the record lacks one.</summary>
    public string? Fill(VqaQuestion question, string? subset, out string? missing)
    {
        var name = "";
        missing = null;
        foreach (var (text, field, width) in _parts)
        {
            name += text;
            if (field is null) continue;
            if (ValueOf(question, field, subset) is { } value)
                name += value.PadLeft(width, '0');
            else
                missing ??= field;
        }

        return missing is null ? name : null;
    }

    private static string? ValueOf(VqaQuestion question, string field, string? subset) => field switch
    {
        ImageId => question.ImageId.Text,
        Subset => subset ?? "",
        _ when question.Fields?.GetValueOrDefault(field) is { } value => value,
        _ => SubsetFields.Contains(field) ? question.Subset : null,
    };

    private static bool IsWidth(string form, out int width)
    {
        width = 0;
        return form.StartsWith('D') && int.TryParse(form.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out width);
    }
}
