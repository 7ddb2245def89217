using System.Buffers;
using Microsoft.Win32.SafeHandles;
using MLNet.VisionLanguage.Regions;

namespace MLNet.VisionLanguage;

/// <summary>
/// Reads region features of a bottom-up-attention .tsv file in LXMERT's layout (train2014_obj36.tsv): opening notes where each
/// image's line lies; a line is decoded when it is asked for. Lines may end in LF or CR LF. Safe for use by several threads.
/// </summary>
public sealed class BottomUpTsvReader : IDisposable
{
    private const int ScanBlock = 1 << 20;
    private const int LongestImageId = 4096;

    /// <summary>Far above any real line (36 regions of 2048 values take 400 kB); beyond it the file is not in the layout.</summary>
    private const int LongestLine = 256 << 20;

    private readonly SafeFileHandle _file;
    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);
    private readonly List<string> _imageIds = [];

    private BottomUpTsvReader(string path, SafeFileHandle file)
    {
        Path = path;
        _file = file;
    }

    private readonly record struct Line(long Number, long Offset, int Length);

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The images in file order.</summary>
    public IReadOnlyList<string> ImageIds => _imageIds;

    /// <summary>Opens a file and notes where its images lie.</summary>
    /// <param name="path">The .tsv file.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">A line has no tabs or is too long, an image occurs twice, or the file is empty.</exception>
    public static BottomUpTsvReader Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path)) throw new FileNotFoundException($"The region feature file '{path}' does not exist.", path);
        var reader = new BottomUpTsvReader(path, File.OpenHandle(path));
        try
        {
            reader.Scan();
            return reader;
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }

    /// <summary>Whether the file has this image.</summary>
    /// <param name="imageId">The image's name in the file.</param>
    public bool Contains(string imageId) => _lines.ContainsKey(imageId);

    /// <summary>Decodes the regions of an image.</summary>
    /// <param name="imageId">The image's name in the file.</param>
    /// <exception cref="KeyNotFoundException">The file has no such image.</exception>
    /// <exception cref="InvalidDataException">
    /// The line is damaged: the message names file, line, image and column (base64 of a wrong length, values that are not finite,
    /// boxes outside the image, counts that do not agree).
    /// </exception>
    public ImageRegions Read(string imageId)
    {
        if (!_lines.TryGetValue(imageId, out var line))
            throw new KeyNotFoundException($"{Path}: there is no image '{imageId}' among its {_lines.Count}.");
        var buffer = ArrayPool<byte>.Shared.Rent(line.Length);
        try
        {
            var row = buffer.AsSpan(0, line.Length);
            for (var done = 0; done < row.Length;)
            {
                var read = RandomAccess.Read(_file, row[done..], line.Offset + done);
                if (read == 0)
                    throw new InvalidDataException($"{Path}: line {line.Number}, image '{imageId}': the file has become shorter since it was opened.");
                done += read;
            }

            return BottomUpRowParser.Parse(Path, line.Number, row);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Decodes all images in file order.</summary>
    /// <exception cref="InvalidDataException">A line is damaged, see <see cref="Read"/>.</exception>
    public IEnumerable<ImageRegions> ReadAll() => _imageIds.Select(Read);

    /// <summary>Closes the file.</summary>
    public void Dispose() => _file.Dispose();

    private void Scan()
    {
        var block = new byte[ScanBlock];
        var imageId = new ArrayBufferWriter<byte>(64);
        var hasTab = false;
        long position = 0, lineStart = 0, number = 1;
        int read;
        while ((read = RandomAccess.Read(_file, block, position)) > 0)
        {
            var rest = block.AsSpan(0, read);
            while (!rest.IsEmpty)
            {
                if (!hasTab)
                {
                    var end = rest.IndexOfAny((byte)'\t', (byte)'\n');
                    imageId.Write(rest[..(end < 0 ? rest.Length : end)]);
                    hasTab = end >= 0 && rest[end] == '\t';
                    if (imageId.WrittenCount > LongestImageId) throw NoFeatureFile(number, $"no tab within {LongestImageId} bytes");
                }

                var feed = rest.IndexOf((byte)'\n');
                if (feed < 0) break;
                var next = position + (read - rest.Length) + feed + 1;
                AddLine(imageId.WrittenSpan, hasTab, number, lineStart, next);
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
        if (!hasTab)
        {
            if (imageId.TrimEnd((byte)'\r').IsEmpty) return;
            throw NoFeatureFile(number, "there is no tab in it");
        }

        if (end - start > LongestLine)
            throw new InvalidDataException($"{Path}: line {number}: it is {end - start} bytes long, more than {LongestLine}.");
        var id = System.Text.Encoding.UTF8.GetString(imageId);
        if (!_lines.TryAdd(id, new Line(number, start, (int)(end - start))))
            throw new InvalidDataException($"{Path}: line {number}: image '{id}' was already in line {_lines[id].Number}.");
        _imageIds.Add(id);
    }

    private InvalidDataException NoFeatureFile(long line, string why) => new($"{Path}: line {line}: {why}; this is no .tsv of region features.");
}
