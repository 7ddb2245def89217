using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;

namespace MLNet.VisionLanguage.Regions;

/// <summary>
/// Decodes one line of a bottom-up-attention .tsv in LXMERT's layout (airsplay/lxmert, src/utils.py): ten tab-separated columns, six
/// of them base64 of little-endian arrays. Nothing is allocated by a number of the line before its length has been checked.
/// </summary>
internal readonly ref struct BottomUpRowParser
{
    public static readonly string[] Columns =
        ["img_id", "img_h", "img_w", "objects_id", "objects_conf", "attrs_id", "attrs_conf", "num_boxes", "boxes", "features"];

    /// <summary>Boxes may leave the image by this part of its side, as rounding of the detector's scaled coordinates does.</summary>
    private const float BoxTolerance = 1e-5f;

    private readonly string _path;
    private readonly long _line;
    private readonly ReadOnlySpan<byte> _row;
    private readonly Range[] _fields;
    private readonly string _imageId;

    private BottomUpRowParser(string path, long line, ReadOnlySpan<byte> row, Range[] fields)
    {
        _path = path;
        _line = line;
        _row = row;
        _fields = fields;
        _imageId = System.Text.Encoding.UTF8.GetString(row[fields[0]]);
    }

    public static ImageRegions Parse(string path, long line, ReadOnlySpan<byte> row)
    {
        row = row.TrimEnd("\r\n"u8);
        var fields = new Range[Columns.Length];
        var count = 0;
        foreach (var field in row.Split((byte)'\t'))
        {
            if (count < fields.Length) fields[count] = field;
            count++;
        }

        return count == fields.Length
            ? new BottomUpRowParser(path, line, row, fields).Parse()
            : throw new InvalidDataException(
                $"{path}: line {line}: {fields.Length} tab-separated columns are expected ({string.Join(", ", Columns)}) but there are {count}.");
    }

    private ImageRegions Parse()
    {
        if (_imageId.Length == 0) throw Error(0, "is empty");
        var height = Number(1);
        var width = Number(2);
        var count = Number(7);
        var boxes = Decode<float>(8, count, 4)!;
        CheckBoxes(boxes, width, height);
        var features = Decode<float>(9, count, null)!;
        CheckFinite(features, count);
        return new ImageRegions(_imageId, width, height, boxes, features)
        {
            ObjectIds = Decode<long>(3, count, 1),
            ObjectConfidences = Decode<float>(4, count, 1),
            AttributeIds = Decode<long>(5, count, 1),
            AttributeConfidences = Decode<float>(6, count, 1),
        };
    }

    private int Number(int column)
    {
        var field = _row[_fields[column]];
        if (!Utf8Parser.TryParse(field, out int value, out var used) || used != field.Length || value <= 0)
            throw Error(column, $"must be a whole number above 0 but is \"{Shown(field)}\"");
        return value;
    }

    /// <summary>
    /// Decodes <paramref name="count"/> rows of <paramref name="perRegion"/> values, or of as many as there are. An empty column other
    /// than the last two means that the file does not tell.
    /// </summary>
    private T[]? Decode<T>(int column, int count, int? perRegion)
        where T : unmanaged
    {
        var field = _row[_fields[column]];
        if (field.IsEmpty && column is >= 3 and <= 6) return null;
        var padding = field.EndsWith("=="u8) ? 2 : field.EndsWith("="u8) ? 1 : 0;
        var bytes = ((long)field.Length / 4 * 3) - padding;
        var size = Marshal.SizeOf<T>();
        if (field.Length % 4 != 0 || field.IsEmpty)
            throw Error(column, $"is no whole base64 text: its length {field.Length} is not a multiple of 4 above 0");
        if (perRegion is { } values && bytes != (long)count * values * size)
            throw Error(column, $"must hold {count} x {values} values of {size} bytes ({Columns[7]} = {count}) but its base64 holds {bytes} bytes");
        if (bytes % ((long)count * size) != 0 || bytes == 0)
            throw Error(column, $"must hold a multiple of {count} values of {size} bytes ({Columns[7]} = {count}) but its base64 holds {bytes} bytes");
        var result = new T[bytes / size];
        var status = Base64.DecodeFromUtf8(field, MemoryMarshal.AsBytes(result.AsSpan()), out var read, out var written);
        if (status != OperationStatus.Done || written != bytes) throw Error(column, $"is no valid base64 text at its character {read}");
        if (!BitConverter.IsLittleEndian) ReverseEach(MemoryMarshal.AsBytes(result.AsSpan()), size);
        return result;
    }

    private static void ReverseEach(Span<byte> bytes, int size)
    {
        for (; bytes.Length > 0; bytes = bytes[size..]) bytes[..size].Reverse();
    }

    private void CheckBoxes(float[] boxes, int width, int height)
    {
        for (var i = 0; i < boxes.Length; i += 4)
        {
            float x1 = boxes[i], y1 = boxes[i + 1], x2 = boxes[i + 2], y2 = boxes[i + 3];
            var isInside = x1 >= -width * BoxTolerance && y1 >= -height * BoxTolerance
                && x2 <= width * (1 + BoxTolerance) && y2 <= height * (1 + BoxTolerance);
            if (!isInside)
                throw Error(8, FormattableString.Invariant($"box {i / 4} ({x1}, {y1}, {x2}, {y2}) lies outside the image of {width} x {height} pixels"));
            if (x1 > x2 || y1 > y2)
                throw Error(8, FormattableString.Invariant($"box {i / 4} ({x1}, {y1}, {x2}, {y2}) must have x1 <= x2 and y1 <= y2"));
        }
    }

    private void CheckFinite(float[] features, int count)
    {
        var size = features.Length / count;
        for (var i = 0; i < features.Length; i++)
        {
            if (!float.IsFinite(features[i]))
                throw Error(9, FormattableString.Invariant($"value {i % size} of region {i / size} is {features[i]}"));
        }
    }

    private InvalidDataException Error(int column, string message) =>
        new($"{_path}: line {_line}, image '{_imageId}', column '{Columns[column]}': {message}.");

    private static string Shown(ReadOnlySpan<byte> field) => System.Text.Encoding.UTF8.GetString(field[..Math.Min(field.Length, 40)]);
}
