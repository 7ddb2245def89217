using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Files;

namespace MLNet.VisionLanguage.Data;

/// <summary>What a detector says of every region, as pre-training reads it.</summary>
internal enum DetectorPart
{
    /// <summary>The probability of every class, N × classes numbers 0..1.</summary>
    Classes,

    /// <summary>The likeliest object, N numbers.</summary>
    Objects,

    /// <summary>How sure the detector is of it, N numbers 0..1.</summary>
    ObjectConfidences,

    /// <summary>The likeliest attribute, N numbers.</summary>
    Attributes,

    /// <summary>How sure the detector is of it, N numbers 0..1.</summary>
    AttributeConfidences,
}

/// <summary>A column of what a detector says.</summary>
/// <param name="Part">What it is.</param>
/// <param name="Name">The column.</param>
/// <param name="Width">Numbers a region.</param>
/// <param name="Most">The largest number there may be.</param>
internal sealed record DetectorColumn(DetectorPart Part, string Name, int Width, float Most)
{
    /// <summary>Whether it has class numbers, Vector&lt;Int64&gt; or keys; otherwise Vector&lt;Single&gt;.</summary>
    public bool IsNumber => Part is DetectorPart.Objects or DetectorPart.Attributes;
}

/// <summary>What a row teaches besides its text and its image.</summary>
/// <param name="Block">The number of a block in a file with what the detector says, so that rows of one image share it; -1 for nothing.</param>
/// <param name="Answer">The answers to a text that is a question; null where none are read.</param>
internal readonly record struct PretrainingLabel(int Block, AnswerLabel? Answer);

/// <summary>Reads what a detector says of a row's regions, and the answers to its text.</summary>
internal sealed class PretrainingLabels : TrainingLabels<PretrainingLabel>, IDisposable
{
    private readonly string _component;
    private readonly string _boxesColumn;
    private readonly IReadOnlyList<DetectorColumn> _columns;
    private readonly string _folder;
    private readonly RegionStore _store;
    private string? _problem;

    /// <param name="component">What messages call the reader.</param>
    /// <param name="boxesColumn">The column of the regions' boxes, which tells how many there are.</param>
    /// <param name="columns">The detector's columns; may be none.</param>
    /// <param name="answers">Reads answers; null where there are none.</param>
    public PretrainingLabels(string component, string boxesColumn, IReadOnlyList<DetectorColumn> columns, AnswerLabels? answers)
    {
        (_component, _boxesColumn, _columns, Answers) = (component, boxesColumn, columns, answers);
        _folder = TemporaryFiles.NewFolder("detector");
        _store = new(columns.Sum(column => column.Width), _folder);
    }

    /// <summary>The answers that were read; null where none are.</summary>
    public AnswerLabels? Answers { get; }

    /// <summary>A digest of all that was read of the detector.</summary>
    public string Digest => _store.Digest;

    public override IReadOnlyList<DataViewSchema.Column> Columns(DataViewSchema schema)
    {
        foreach (var column in _columns)
        {
            if (column.IsNumber && HasKeys(schema, column.Name)) continue;
            (column.IsNumber
                ? ColumnRequirement.Vector<long>(_component, column.Name)
                : ColumnRequirement.Vector<float>(_component, column.Name)).Check(schema);
        }

        var detector = _columns.Count == 0 ? [] : _columns.Select(column => schema[column.Name]).Prepend(schema[_boxesColumn]);
        return [.. detector, .. Answers?.Columns(schema) ?? []];
    }

    public override Func<PretrainingLabel> Reader(DataViewRow row)
    {
        var (detector, answers) = (DetectorReader(row), Answers?.Reader(row));
        return () => new(detector(), answers?.Invoke());
    }

    private Func<int> DetectorReader(DataViewRow row)
    {
        if (_columns.Count == 0) return () => -1;
        var boxes = Floats<float>(row, _boxesColumn, value => value);
        var values = _columns.Select(column => !column.IsNumber
            ? Floats<float>(row, column.Name, value => value)
            : HasKeys(row.Schema, column.Name)
                ? Floats<uint>(row, column.Name, value => value - 1f)
                : Floats<long>(row, column.Name, value => value)).ToArray();
        return () =>
        {
            var corners = boxes();
            float[][] found = [.. values.Select(read => read())];
            var regions = corners.Length / 4;
            _problem = _columns.Zip(found, (column, numbers) => Problem(column, numbers, regions)).FirstOrDefault(problem => problem is not null);
            return _problem is null ? _store.Add([.. found.SelectMany(numbers => numbers)], corners, [0, 0]) : -1;
        };
    }

    public override string? Problem(PretrainingLabel label) => _problem ?? (label.Answer is { } answer ? Answers!.Problem(answer) : null);

    public override void AddTo(IncrementalHash digest, PretrainingLabel label)
    {
        digest.AppendData(MemoryMarshal.AsBytes<int>([label.Block]));
        if (label.Answer is { } answer) Answers!.AddTo(digest, answer);
    }

    /// <summary>The numbers of a block, one column after the other.</summary>
    public Dictionary<DetectorPart, float[]> Read(int block)
    {
        var regions = _store.Regions(block);
        var all = new float[regions * _columns.Sum(column => column.Width)];
        _store.Read(block, all, new float[regions * 4], new float[2]);
        var parts = new Dictionary<DetectorPart, float[]>();
        var start = 0;
        foreach (var column in _columns)
        {
            parts[column.Part] = all.AsSpan(start, regions * column.Width).ToArray();
            start += regions * column.Width;
        }

        return parts;
    }

    public void Dispose()
    {
        _store.Dispose();
        TemporaryFiles.Remove(_folder);
    }

    private static string? Problem(DetectorColumn column, float[] values, int regions)
    {
        if (values.Length != regions * column.Width)
        {
            return $"column '{column.Name}' has {values.Length} values; {regions * column.Width} are expected, {column.Width} for each of the "
                + $"row's {regions} regions.";
        }

        // A region without a class of its own has -1.
        float least = column.IsNumber ? -1 : 0;
        var bad = Array.FindIndex(values, value => !(value >= least && value <= column.Most));
        return bad < 0 ? null : $"column '{column.Name}': value {bad} is {values[bad]}; numbers from {least} to {column.Most} are expected.";
    }

    /// <summary>Whether a column has keys, as ExtractRegionFeatures makes them: they count from 1, and 0 is none.</summary>
    private static bool HasKeys(DataViewSchema schema, string name) =>
        schema.GetColumnOrNull(name)?.Type is VectorDataViewType { ItemType: KeyDataViewType key } && key.RawType == typeof(uint);

    private static Func<float[]> Floats<T>(DataViewRow row, string column, Func<T, float> convert)
    {
        var getter = row.GetGetter<VBuffer<T>>(row.Schema[column]);
        VBuffer<T> buffer = default;
        return () =>
        {
            getter(ref buffer);
            return [.. buffer.DenseValues().Select(convert)];
        };
    }
}
