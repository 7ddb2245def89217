using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage.Data;

/// <summary>Reads the objects of the row that a cursor is at, and finds what is wrong with them.</summary>
internal sealed class ObjectReader
{
    private readonly ObjectColumns _columns;
    private readonly ValueGetter<MLImage> _image;
    private readonly ValueGetter<VBuffer<float>> _boxes;
    private readonly ValueGetter<VBuffer<float>>? _crowd;
    private readonly Func<string[]>? _labels;
    private readonly Func<string[]>? _attributes;
    private readonly ValueGetter<ReadOnlyMemory<char>>? _text;
    private readonly List<float> _found = [];
    private VBuffer<float> _values;

    /// <summary>A loader disposes the image before when it hands over the next; one of the user's own it leaves alone.</summary>
    private MLImage? _current;

    /// <param name="component">What messages call the trainer.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="row">The cursor.</param>
    public ObjectReader(string component, ObjectColumns columns, DataViewRow row)
    {
        var schema = row.Schema;
        _columns = columns;
        _image = row.GetGetter<MLImage>(schema[columns.Image]);
        _boxes = row.GetGetter<VBuffer<float>>(schema[columns.Boxes]);
        _crowd = columns.Crowd is { } crowd ? row.GetGetter<VBuffer<float>>(schema[crowd]) : null;
        _labels = columns.Labels is { } label ? LabelTexts.ReaderWithGaps(row, LabelTexts.Find(component, schema, label)) : null;
        _text = columns.Text is { } text ? row.GetGetter<ReadOnlyMemory<char>>(schema[text]) : null;
        _attributes = columns.Attributes is { } name ? LabelTexts.ReaderWithGaps(row, LabelTexts.Find(component, schema, name)) : null;
    }

    /// <summary>Pixels x1 y1 x2 y2 of each object, inside the image.</summary>
    public IReadOnlyList<float> Boxes => _found;

    /// <summary>The class of each object; no texts at all where there is no such column.</summary>
    public IReadOnlyList<string> Labels { get; private set; } = [];

    /// <summary>The attribute of each object, empty texts for none; no texts at all where there is no such column.</summary>
    public IReadOnlyList<string> Attributes { get; private set; } = [];

    /// <summary>What is said of the row's image; null where there is no such column.</summary>
    public string? Text()
    {
        if (_text is null) return null;
        ReadOnlyMemory<char> text = default;
        _text(ref text);
        return text.ToString();
    }

    /// <summary>The row's image, until the next is asked for; null where it has none.</summary>
    public MLImage? Image()
    {
        _image(ref _current!);
        return _current;
    }

    /// <summary>Reads the row's objects.</summary>
    /// <param name="width">The image's width.</param>
    /// <param name="height">Its height.</param>
    /// <param name="tolerance">By how many pixels boxes may leave it; they are cut off there.</param>
    /// <returns>What is wrong with them; null for nothing.</returns>
    public string? Read(int width, int height, float tolerance)
    {
        _boxes(ref _values);
        float[] boxes = [.. ValueChecks.Dense(_values)];
        if (GivenBoxes.FindProblem(boxes) is { } bad) return $"column '{_columns.Boxes}'{bad}";
        string[] labels = _labels?.Invoke() ?? [], attributes = _attributes?.Invoke() ?? [];
        var count = boxes.Length / 4;
        if (_labels is not null && labels.Length != count) return Differ(_columns.Labels!, labels.Length);
        if (_attributes is not null && attributes.Length != count) return Differ(_columns.Attributes!, attributes.Length);
        float[]? crowd = null;
        if (_crowd is not null)
        {
            _crowd(ref _values);
            crowd = [.. ValueChecks.Dense(_values)];
            if (crowd.Length != count) return Differ(_columns.Crowd!, crowd.Length);
        }

        int[] counted = [.. Enumerable.Range(0, count).Where(i => !(crowd?[i] > 0))];
        _found.Clear();
        foreach (var i in counted)
        {
            var box = boxes.AsSpan(4 * i, 4);
            if (Problem(box, width, height, tolerance) is { } wrong)
                return string.Create(CultureInfo.InvariantCulture, $"column '{_columns.Boxes}': box {i} ({box[0]}, {box[1]}, {box[2]}, {box[3]}) {wrong}");
            for (var corner = 0; corner < 4; corner++) _found.Add(Math.Clamp(box[corner], 0, corner % 2 == 0 ? width : height));
        }

        Labels = _labels is null ? [] : [.. counted.Select(i => labels[i])];
        Attributes = _attributes is null ? [] : [.. counted.Select(i => attributes[i])];
        return null;

        string Differ(string column, int found) => $"column '{column}' is of {found} objects, '{_columns.Boxes}' of {count}";
    }

    private static string? Problem(ReadOnlySpan<float> box, int width, int height, float tolerance)
    {
        if (box[0] < -tolerance || box[1] < -tolerance || box[2] > width + tolerance || box[3] > height + tolerance)
            return $"lies outside the image of {width} x {height} pixels";
        return Math.Min(box[2], width) > Math.Max(box[0], 0) && Math.Min(box[3], height) > Math.Max(box[1], 0)
            ? null
            : "is empty: x1 < x2 and y1 < y2 are expected";
    }
}
