using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;

namespace MLNet.VisionLanguage.Regions;

/// <summary>
/// Decodes one line of a bottom-up-attention .tsv: tab-separated columns in one of the layouts of <see cref="BottomUpLayout"/>, arrays as
/// base64 of little-endian numbers. Nothing is allocated by a number of the line before its length has been checked.
/// </summary>
internal readonly ref struct BottomUpRowParser
{
    private readonly string _path;
    private readonly long _line;
    private readonly ReadOnlySpan<byte> _row;
    private readonly List<Range> _fields;
    private readonly BottomUpLayout _layout;
    private readonly string _imageId;

    private BottomUpRowParser(string path, long line, ReadOnlySpan<byte> row, List<Range> fields, BottomUpLayout layout)
    {
        _path = path;
        _line = line;
        _row = row;
        _fields = fields;
        _layout = layout;
        _imageId = System.Text.Encoding.UTF8.GetString(row[fields[0]]);
    }

    /// <summary>Decodes a line.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="line">The line's number from 1, for messages.</param>
    /// <param name="row">The line.</param>
    /// <param name="featureSize">How many values a region must have; null when nothing is known of it.</param>
    /// <exception cref="InvalidDataException">The line is damaged or contradicts <paramref name="featureSize"/>.</exception>
    public static ImageRegions Parse(string path, long line, ReadOnlySpan<byte> row, int? featureSize)
    {
        row = row.TrimEnd("\r\n"u8);
        var fields = new List<Range>(BottomUpLayout.Lxmert.Columns.Count);
        var count = 0;
        foreach (var field in row.Split((byte)'\t'))
        {
            if (++count <= BottomUpLayout.Lxmert.Columns.Count) fields.Add(field);
        }

        return BottomUpLayout.All.FirstOrDefault(layout => layout.Columns.Count == count) is { } found
            ? new BottomUpRowParser(path, line, row, fields, found).Parse(featureSize)
            : throw new InvalidDataException(
                $"{path}: line {line}{Named(row[fields[0]])}: {string.Join(", or ", BottomUpLayout.All.Select(Expected))}, but there are {count}.");
    }

    private static string Expected(BottomUpLayout layout) =>
        $"{layout.Columns.Count} tab-separated columns are expected ({string.Join(", ", layout.Columns)})";

    private static string Named(ReadOnlySpan<byte> id) => id.IsEmpty ? "" : $", image '{Shown(id)}'";

    private ImageRegions Parse(int? featureSize)
    {
        if (_imageId.Length == 0) throw Error(0, "is empty");
        var height = Number(_layout.Height);
        var width = Number(_layout.Width);
        var count = Number(_layout.Count);
        var boxes = Boxes(count, out var boxSize);
        var tolerance = boxSize == 2 ? RegionValues.HalfTolerance : RegionValues.BoxTolerance;
        if (RegionValues.ProblemOfBoxes(boxes, width, height, tolerance) is { } outside) throw Error(_layout.Boxes, outside);
        var features = Features(count, boxSize, featureSize);
        if (RegionValues.ProblemOfFeatures(features, count) is { } infinite) throw Error(_layout.Features, infinite);
        return new ImageRegions(_imageId, width, height, boxes, features)
        {
            ObjectIds = Optional<long>(_layout.ObjectIds, count),
            ObjectConfidences = Confidences(_layout.ObjectConfidences, count),
            AttributeIds = Optional<long>(_layout.AttributeIds, count),
            AttributeConfidences = Confidences(_layout.AttributeConfidences, count),
        };
    }

    private int Number(int column)
    {
        var field = _row[_fields[column]];
        if (!Utf8Parser.TryParse(field, out int value, out var used) || used != field.Length || value <= 0)
            throw Error(column, $"must be a whole number above 0 but is \"{Shown(field)}\"");
        return value;
    }

    private float[] Boxes(int count, out int size)
    {
        var field = Field(_layout.Boxes);
        var length = Length(field, _layout.Boxes);
        size = FloatingPoint.Sizes.FirstOrDefault(width => length == (long)count * 4 * width);
        var bytes = size == 0 ? [] : Decode(field, _layout.Boxes, length);

        // A wrong number of boxes may fit another width; then the numbers are none.
        var isNumbers = size == 4 || (size > 0 && FloatingPoint.IsPlausible(bytes, size) && (size == 8 || !FloatingPoint.IsPlausible(bytes, 4)));
        return isNumbers
            ? FloatingPoint.ToSingles(bytes, size)
            : throw WrongLength(_layout.Boxes, $"{count} x 4 values of 4 bytes", length);
    }

    /// <summary>Numbers have the bytes that those of the boxes have, unless length and content both say otherwise.</summary>
    private float[] Features(int count, int boxSize, int? featureSize)
    {
        var column = _layout.Features;
        var field = Field(column);
        var length = Length(field, column);
        if (featureSize is { } wanted)
        {
            var size = FloatingPoint.Sizes.FirstOrDefault(width => length == (long)count * wanted * width);
            var bytes = size == 0 ? [] : Decode(field, column, length);
            if (size == boxSize ? size == 4 || FloatingPoint.IsPlausible(bytes, size)
                : size > 0 && FloatingPoint.IsPlausible(bytes, size) && !FloatingPoint.IsPlausible(bytes, boxSize))
            {
                return FloatingPoint.ToSingles(bytes, size);
            }

            if (length % ((long)count * boxSize) == 0 && length > 0)
                throw Error(column, $"has regions of {length / count / boxSize} values each but {wanted} are expected");
            throw WrongLength(column, $"{count} x {wanted} values of {boxSize} bytes", length);
        }

        if (length == 0 || length % ((long)count * boxSize) != 0)
            throw WrongLength(column, $"a multiple of {count} values of {boxSize} bytes", length);
        var content = Decode(field, column, length);
        var best = FloatingPoint.Sizes.OrderBy(bytes => bytes == boxSize ? 0 : 1).FirstOrDefault(
            bytes => length % ((long)count * bytes) == 0 && FloatingPoint.IsPlausible(content, bytes), boxSize);
        return FloatingPoint.ToSingles(content, best);
    }

    /// <summary>An empty column means that the file does not tell.</summary>
    private T[]? Optional<T>(int? column, int count)
        where T : unmanaged
    {
        if (column is not { } place || Field(place) is { IsEmpty: true }) return null;
        var field = Field(place);
        var length = Length(field, place);
        var size = Marshal.SizeOf<T>();
        if (length != (long)count * size) throw WrongLength(place, $"{count} x 1 values of {size} bytes", length);
        var result = new T[count];
        Decode(field, place, length).CopyTo(MemoryMarshal.AsBytes(result.AsSpan()));
        if (!BitConverter.IsLittleEndian)
        {
            for (var bytes = MemoryMarshal.AsBytes(result.AsSpan()); bytes.Length > 0; bytes = bytes[size..]) bytes[..size].Reverse();
        }

        return result;
    }

    private float[]? Confidences(int? column, int count)
    {
        if (column is not { } place || Field(place) is { IsEmpty: true }) return null;
        var field = Field(place);
        var length = Length(field, place);
        var size = FloatingPoint.Sizes.FirstOrDefault(bytes => length == (long)count * bytes);
        if (size == 0) throw WrongLength(place, $"{count} x 1 values of 4 bytes", length);
        return FloatingPoint.ToSingles(Decode(field, place, length), size);
    }

    /// <summary>A column's base64, without what Python's text of bytes, b'...', has around and within it.</summary>
    private ReadOnlySpan<byte> Field(int column)
    {
        var field = _row[_fields[column]];
        if (field is not [(byte)'b', (byte)'\'' or (byte)'"', .., var last] || field.Length < 3 || last != field[1]) return field;
        field = field[2..^1];
        return field.Contains((byte)'\\')
            ? System.Text.Encoding.UTF8.GetBytes(System.Text.Encoding.UTF8.GetString(field).Replace("\\n", "", StringComparison.Ordinal))
            : field;
    }

    /// <summary>The bytes that a base64 text holds.</summary>
    private long Length(ReadOnlySpan<byte> field, int column)
    {
        if (field.Length % 4 != 0 || field.IsEmpty)
            throw Error(column, $"is no whole base64 text: its length {field.Length} is not a multiple of 4 above 0");
        return ((long)field.Length / 4 * 3) - (field.EndsWith("=="u8) ? 2 : field.EndsWith("="u8) ? 1 : 0);
    }

    private byte[] Decode(ReadOnlySpan<byte> field, int column, long length)
    {
        var bytes = new byte[length];
        var status = Base64.DecodeFromUtf8(field, bytes, out var read, out var written);
        return status == OperationStatus.Done && written == length ? bytes : throw Error(column, $"is no valid base64 text at its character {read}");
    }

    private InvalidDataException WrongLength(int column, string expected, long bytes) => Error(
        column, $"must hold {expected} ({_layout.Columns[_layout.Count]} = {Shown(_row[_fields[_layout.Count]])}) but its base64 holds {bytes} bytes");

    private InvalidDataException Error(int column, string message) =>
        new($"{_path}: line {_line}, image '{_imageId}', column '{_layout.Columns[column]}': {message}.");

    private static string Shown(ReadOnlySpan<byte> field) => System.Text.Encoding.UTF8.GetString(field[..Math.Min(field.Length, 40)]);
}
