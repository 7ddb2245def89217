using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Images;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage.Data;

/// <summary>The columns that a detector learns from; null for those that there are not.</summary>
/// <param name="Image">The image.</param>
/// <param name="Boxes">Vector&lt;Single&gt;, pixels x1 y1 x2 y2 of each object.</param>
/// <param name="Labels">Its class: texts, or keys with texts; null where the whole text means every box.</param>
/// <param name="Attributes">Its attribute, likewise.</param>
/// <param name="Crowd">Vector&lt;Single&gt;: above 0 for objects that are passed over.</param>
/// <param name="RowId">What messages name rows by.</param>
/// <param name="Text">What is said of the image, Text.</param>
internal sealed record ObjectColumns(
    string Image, string Boxes, string? Labels, string? Attributes, string? Crowd, string? RowId, string? Text = null);

/// <summary>An image with its objects.</summary>
/// <param name="Place">Where its pixels lie; rows of the same image have the same place.</param>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Objects">Boxes in its pixels; numbers of classes and attributes, negative for no attribute.</param>
/// <param name="Text">What is said of it; null where nothing is.</param>
internal sealed record DetectionRow(long Place, int Width, int Height, TrueObjects Objects, string? Text = null);

/// <summary>
/// The rows of data views that a detector learns from, read once: pixels lie in a file, three bytes each and once an image, and objects in memory.
/// Bad rows are reported with their position before anything is trained.
/// </summary>
/// <param name="component">What messages call the trainer.</param>
/// <param name="columns">The columns.</param>
/// <param name="classes">The names of classes.</param>
/// <param name="attributes">The names of attributes.</param>
/// <param name="folder">Where pixels lie meanwhile.</param>
internal sealed class DetectionRows(string component, ObjectColumns columns, NameNumbers classes, NameNumbers attributes, string folder) : IDisposable
{
    /// <summary>By so many pixels boxes may leave their image, as rounding and counting from 1 make them; they are cut off there.</summary>
    private const float BoxTolerance = 1;

    private readonly SpillFile _pixels = new(folder, "images");
    private readonly IncrementalHash _content = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Dictionary<string, long> _places = new(StringComparer.Ordinal);

    /// <summary>Refuses a view whose columns are missing or of another type.</summary>
    /// <exception cref="ArgumentException">There is such a column; the message names it.</exception>
    public static void Check(string component, ObjectColumns columns, DataViewSchema schema)
    {
        ColumnRequirement.Scalar<MLImage>(component, columns.Image).Check(schema);
        ColumnRequirement.Vector<float>(component, columns.Boxes).Check(schema);
        if (columns.Labels is { } labels) LabelTexts.Find(component, schema, labels);
        if (columns.Text is { } text) ColumnRequirement.Text(component, text).Check(schema);
        if (columns.Attributes is { } attributes) LabelTexts.Find(component, schema, attributes);
        if (columns.Crowd is { } crowd) ColumnRequirement.Vector<float>(component, crowd).Check(schema);
    }

    /// <summary>Reads every row of a view.</summary>
    /// <param name="view">The rows.</param>
    /// <param name="what">What to call the view in messages: "training data".</param>
    /// <exception cref="InvalidDataException">A row is bad; the message has its position.</exception>
    public IReadOnlyList<DetectionRow> Read(IDataView view, string what)
    {
        var schema = view.Schema;
        var ids = RowName.Find(schema, columns.RowId);
        var held = ids is { } id ? new[] { id } : [];
        string[] names = [.. new[] { columns.Image, columns.Boxes, columns.Labels, columns.Attributes, columns.Crowd, columns.Text }.OfType<string>()];
        using var cursor = view.GetRowCursor([.. names.Select(name => schema[name]), .. held]);
        var window = new RowWindow(cursor, held, capacity: 1);
        var row = new ObjectReader(component, columns, cursor);
        var rows = new List<DetectionRow>();
        var pixels = default(VBuffer<byte>);
        while (cursor.MoveNext())
        {
            window.Read(0);
            var image = row.Image();
            if (image is null) throw Wrong($"column '{columns.Image}' holds no image");
            TrueObjects? objects = null;
            if ((row.Read(image.Width, image.Height, BoxTolerance) ?? Numbers(row, out objects)) is { } problem) throw Wrong(problem);
            var text = row.Text();
            if (text is not null && GroundedDraw.FindProblem(text, row.Labels) is { } unsaid) throw Wrong($"column '{columns.Text}': {unsaid}");
            pixels = ImagePixels.ToRgb(image, component, pixels);
            rows.Add(Keep(pixels.GetValues(), new(0, image.Width, image.Height, objects!, text)));
        }

        _pixels.Flush();
        return rows.Count > 0 ? rows : throw new InvalidDataException($"{component}: the {what} has no rows.");

        InvalidDataException Wrong(string problem) => new($"{component}: {RowName.Of(rows.Count, window, 0, ids)} of the {what}: {problem}.");
    }

    /// <summary>The pixels of an image: rows from the top, red green blue each. Safe to call from several threads.</summary>
    public byte[] Pixels(DetectionRow row)
    {
        var pixels = new byte[checked(row.Width * row.Height * 3)];
        _pixels.Read<byte>(row.Place, pixels);
        return pixels;
    }

    /// <summary>A digest of everything read so far.</summary>
    public string Digest() => Convert.ToHexString(_content.GetCurrentHash());

    public void Dispose()
    {
        _pixels.Dispose();
        _content.Dispose();
    }

    private string? Numbers(ObjectReader row, out TrueObjects? objects)
    {
        objects = null;
        var (labels, described) = (new long[row.Boxes.Count / 4], new long[row.Attributes.Count]);
        for (var i = 0; i < labels.Length; i++)
        {
            if (columns.Labels is null) continue;
            if (row.Labels[i].Length == 0) return $"column '{columns.Labels}': object {i} has no label";
            if (classes.Find(row.Labels[i]) is not { } number)
                return $"column '{columns.Labels}': '{row.Labels[i]}' is none of the {classes.Names.Count} classes";
            labels[i] = number;
        }

        for (var i = 0; i < described.Length; i++)
        {
            if (row.Attributes[i].Length == 0) described[i] = -1;
            else if (attributes.Find(row.Attributes[i]) is { } number) described[i] = number;
            else return $"column '{columns.Attributes}': '{row.Attributes[i]}' is none of the {attributes.Names.Count} attributes";
        }

        objects = new([.. row.Boxes], labels, described);
        return null;
    }

    private DetectionRow Keep(ReadOnlySpan<byte> pixels, DetectionRow row)
    {
        Span<int> size = [row.Width, row.Height, row.Objects.Classes.Length];
        _content.AppendData(MemoryMarshal.AsBytes(size));
        var hash = SHA256.HashData(pixels);
        _content.AppendData(hash);
        _content.AppendData(MemoryMarshal.AsBytes<float>(row.Objects.Boxes));
        _content.AppendData(MemoryMarshal.AsBytes<long>(row.Objects.Classes));
        _content.AppendData(MemoryMarshal.AsBytes<long>(row.Objects.Attributes));
        if (row.Text is { } text) _content.AppendData(MemoryMarshal.AsBytes<char>(text));
        var image = $"{row.Width} {Convert.ToHexString(hash)}";
        if (!_places.TryGetValue(image, out var place))
        {
            _places.Add(image, place = _pixels.End);
            _pixels.Append(pixels);
        }

        return row with { Place = place };
    }
}
