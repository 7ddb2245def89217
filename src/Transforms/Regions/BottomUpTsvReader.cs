using System.Buffers;
using System.Text.Unicode;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage;

/// <summary>
/// Reads region features of a bottom-up-attention .tsv file, in LXMERT's layout of ten columns (train2014_obj36.tsv) or in the original's of
/// six (image_id, image_w, image_h, num_boxes, boxes, features): opening notes where each image's line lies; a line is decoded when it is
/// asked for, and a damaged one harms only its image. Lines may end in LF or CR LF; a file compressed with gzip is unpacked into a temporary
/// one. Safe for use by several threads.
/// </summary>
/// <remarks>
/// Arrays are base64, also as Python's text of bytes (b'...'), of 64-bit whole numbers and of floating-point numbers of 16, 32 or 64 bits.
/// Boxes tell by their length which; features have as many bits unless length and content say otherwise. An image in several lines
/// is read from the whole one where others are damaged, and from the first where all have the same content.
/// </remarks>
public sealed class BottomUpTsvReader : RegionFeatureReader
{
    private const int ScanBlock = 1 << 20;
    private const int LongestImageId = 4096;

    /// <summary>Far above any real line (36 regions of 2048 values take 400 kB); beyond it the file is not in the layout.</summary>
    private const int LongestLine = 256 << 20;

    private readonly FileStream _file;
    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Line>> _repeated = new(StringComparer.Ordinal);
    private readonly List<string> _imageIds = [];
    private readonly List<string> _problems = [];

    private BottomUpTsvReader(string path, FileStream file, int? featureSize)
        : base(path, featureSize) => _file = file;

    private readonly record struct Line(long Number, long Offset, int Length);

    /// <inheritdoc/>
    public override string Format => "bottom-up-attention .tsv";

    /// <inheritdoc/>
    public override IReadOnlyList<string> ImageIds => _imageIds;

    /// <summary>Lines that name no image, such as one that was broken off at once, each with its number and what is wrong.</summary>
    public override IReadOnlyList<string> Problems => _problems;

    /// <summary>Opens a file and notes where its images lie.</summary>
    /// <param name="path">The .tsv file, or one compressed with gzip.</param>
    /// <param name="featureSize">The number of values every region must have; null to go by the file's first images.</param>
    /// <param name="maxImages">How many images are read, from the first (the reference's topk); null for all.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The first line has no tabs, a line is too long, or the file is empty.</exception>
    public static new BottomUpTsvReader Open(string path, int? featureSize = null, int? maxImages = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (featureSize is { } size) ArgumentOutOfRangeException.ThrowIfLessThan(size, 1, nameof(featureSize));
        if (maxImages is { } most) ArgumentOutOfRangeException.ThrowIfLessThan(most, 1, nameof(maxImages));
        if (!File.Exists(path)) throw new FileNotFoundException($"The region feature file '{path}' does not exist.", path);
        var reader = new BottomUpTsvReader(path, DataFile.OpenRandom(path), featureSize);
        try
        {
            reader.Scan(maxImages ?? int.MaxValue);
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public override bool Contains(string imageId) => _lines.ContainsKey(imageId);

    /// <inheritdoc/>
    public override void Dispose() => _file.Dispose();

    /// <summary>All lines of an image, each to be decoded.</summary>
    internal override IEnumerable<RegionVariant> Variants(string imageId, int? featureSize)
    {
        if (!_lines.TryGetValue(imageId, out var first)) throw Unknown(imageId);
        IReadOnlyList<Line> lines = _repeated.TryGetValue(imageId, out var all) ? all : [first];
        return lines.Select(line => new RegionVariant($"{Path}: line {line.Number}", () => Decode(imageId, line, featureSize)));
    }

    private ImageRegions Decode(string imageId, Line line, int? featureSize)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(line.Length);
        try
        {
            var row = buffer.AsSpan(0, line.Length);
            for (var done = 0; done < row.Length;)
            {
                var read = RandomAccess.Read(_file.SafeFileHandle, row[done..], line.Offset + done);
                if (read == 0)
                    throw new InvalidDataException($"{Path}: line {line.Number}, image '{imageId}': the file has become shorter since it was opened.");
                done += read;
            }

            return BottomUpRowParser.Parse(Path, line.Number, row, featureSize);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private void Scan(int maxImages)
    {
        var block = new byte[ScanBlock];
        var handle = _file.SafeFileHandle;
        var head = block.AsSpan(0, RandomAccess.Read(handle, block, 0));
        if (TextBytes.OtherEncoding(head) is { } encoding)
            throw new InvalidDataException($"{Path}: it is text in {encoding}; UTF-8 is expected.");
        if (!head.IsEmpty && ForeignFile.Describe(head[..Math.Min(head.Length, ForeignFile.HeadLength)]) is { } what)
            throw new InvalidDataException($"{Path}: this is no .tsv of region features: it is {what}.");
        var imageId = new ArrayBufferWriter<byte>(64);
        var hasTab = false;
        long position = TextBytes.MarkLength(head), lineStart = position, number = 1;
        int read;
        while ((read = RandomAccess.Read(handle, block, position)) > 0)
        {
            var rest = block.AsSpan(0, read);
            while (!rest.IsEmpty)
            {
                if (!hasTab)
                {
                    var end = rest.IndexOfAny((byte)'\t', (byte)'\n');
                    var part = rest[..(end < 0 ? rest.Length : end)];
                    if (imageId.WrittenCount <= LongestImageId) imageId.Write(part[..Math.Min(part.Length, LongestImageId + 1)]);
                    hasTab = end >= 0 && rest[end] == '\t';
                    if (imageId.WrittenCount > LongestImageId && number == 1) throw NoFeatureFile(number, $"no tab within {LongestImageId} bytes");
                }

                var feed = rest.IndexOf((byte)'\n');
                if (feed < 0) break;
                var next = position + (read - rest.Length) + feed + 1;
                AddLine(imageId.WrittenSpan, hasTab, number, lineStart, next);
                if (_imageIds.Count == maxImages) return;
                rest = rest[(feed + 1)..];
                imageId.ResetWrittenCount();
                hasTab = false;
                lineStart = next;
                number++;
            }

            position += read;
        }

        AddLine(imageId.WrittenSpan, hasTab, number, lineStart, position);
        if (_lines.Count == 0) throw new InvalidDataException($"{Path}: the file has no lines.");
    }

    private void AddLine(ReadOnlySpan<byte> imageId, bool hasTab, long number, long start, long end)
    {
        if (!hasTab && imageId.TrimEnd((byte)'\r').IsEmpty) return;
        if (end - start > LongestLine)
            throw new InvalidDataException($"{Path}: line {number}: it is {end - start} bytes long, more than {LongestLine}.");
        var problem = !hasTab ? "there is no tab in it"
            : imageId.Length > LongestImageId ? $"no tab within {LongestImageId} bytes"
            : !Utf8.IsValid(imageId) ? $"its image id is not text in UTF-8: {TextBytes.Invalid(imageId)}"
            : null;
        if (problem is not null)
        {
            // A file whose first line is none is none; a later one may have been broken off.
            if (number == 1) throw NoFeatureFile(number, problem);
            _problems.Add($"{Path}: line {number}: {problem}.");
            return;
        }

        var id = System.Text.Encoding.UTF8.GetString(imageId);
        var line = new Line(number, start, (int)(end - start));
        if (_lines.TryAdd(id, line))
            _imageIds.Add(id);
        else if (_repeated.TryGetValue(id, out var others))
            others.Add(line);
        else
            _repeated[id] = [_lines[id], line];
    }

    private InvalidDataException NoFeatureFile(long line, string why) => new($"{Path}: line {line}: {why}; this is no .tsv of region features.");
}
