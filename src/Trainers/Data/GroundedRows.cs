using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Images;

namespace MLNet.VisionLanguage.Data;

/// <summary>The columns of a detector's training rows.</summary>
/// <param name="Image">Images, as LoadImages makes them.</param>
/// <param name="Text">What is said; null where classes are named.</param>
/// <param name="Boxes">Vector of Single, four a box.</param>
/// <param name="Labels">Vector of Text, one a box; null where the whole text means every box.</param>
internal sealed record GroundedColumns(string Image, string? Text, string Boxes, string? Labels);

/// <summary>Reads a detector's training rows.</summary>
internal static class GroundedRows
{
    /// <exception cref="ArgumentException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidDataException">There is no row, or one with as many boxes as labels is expected.</exception>
    public static List<GroundedRow> Read(string component, IDataView view, GroundedColumns columns)
    {
        var schema = view.Schema;
        DataViewSchema.Column Find(string name) => schema.GetColumnOrNull(name)
            ?? throw new ArgumentException($"{component}: there is no column '{name}'.", nameof(view));
        var (image, boxes) = (Find(columns.Image), Find(columns.Boxes));
        DataViewSchema.Column? text = columns.Text is null ? null : Find(columns.Text), labels = columns.Labels is null ? null : Find(columns.Labels);
        DataViewSchema.Column[] active = [image, boxes, .. new[] { text, labels }.OfType<DataViewSchema.Column>()];
        using var cursor = view.GetRowCursor(active);
        var getImage = cursor.GetGetter<MLImage>(image);
        var getBoxes = cursor.GetGetter<VBuffer<float>>(boxes);
        var getText = text is { } said ? cursor.GetGetter<ReadOnlyMemory<char>>(said) : null;
        var getLabels = labels is { } named ? cursor.GetGetter<VBuffer<ReadOnlyMemory<char>>>(named) : null;
        var rows = new List<GroundedRow>();
        while (cursor.MoveNext())
        {
            var place = $"{component}: row {cursor.Position}";
            MLImage picture = null!;
            getImage(ref picture);
            var seen = ImagePixels.Require(picture, component, () => columns.Image);
            VBuffer<float> corners = default;
            getBoxes(ref corners);
            ReadOnlyMemory<char> words = default;
            getText?.Invoke(ref words);
            VBuffer<ReadOnlyMemory<char>> names = default;
            getLabels?.Invoke(ref names);
            string[] phrases = [.. names.DenseValues().Select(name => name.ToString())];
            float[] ends = [.. corners.DenseValues()];
            if (ends.Length % 4 != 0) throw new InvalidDataException($"{place}: column '{columns.Boxes}' has {ends.Length} numbers; four a box are expected.");
            if (getLabels is not null && phrases.Length != ends.Length / 4)
            {
                throw new InvalidDataException(
                    $"{place}: column '{columns.Labels}' has {phrases.Length} texts for {ends.Length / 4} boxes of '{columns.Boxes}'.");
            }
            if (getText is not null && words.Span.IsWhiteSpace()) throw new InvalidDataException($"{place}: column '{columns.Text}' holds an empty text.");
            rows.Add(Row(seen, component, getText is null ? null : words.ToString(), ends, phrases));
        }

        return rows.Count > 0 ? rows : throw new InvalidDataException($"{component}: there are no training rows.");
    }

    /// <summary>Boxes are cut off at the image's borders; those without a pixel are left out.</summary>
    private static GroundedRow Row(MLImage image, string component, string? text, float[] ends, string[] phrases)
    {
        var (width, height) = (image.Width, image.Height);
        var rgb = ImagePixels.ToRgb(image, component, default).DenseValues().ToArray();
        for (var i = 0; i < rgb.Length; i += 3) (rgb[i], rgb[i + 2]) = (rgb[i + 2], rgb[i]);
        var boxes = new List<float>();
        var kept = new List<string>();
        for (var i = 0; i < ends.Length / 4; i++)
        {
            var box = ends.AsSpan(4 * i, 4);
            float x1 = Math.Clamp(box[0], 0, width - 1), y1 = Math.Clamp(box[1], 0, height - 1);
            float x2 = Math.Clamp(box[2] - 1, 0, width - 1), y2 = Math.Clamp(box[3] - 1, 0, height - 1);
            if (!(x2 > x1 && y2 > y1)) continue;
            boxes.AddRange([x1, y1, x2, y2]);
            if (phrases.Length > 0) kept.Add(phrases[i]);
        }

        return new(rgb, height, width, text, [.. boxes], [.. kept]);
    }
}
