using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace MLNet.VisionLanguage.Regions;

/// <summary>
/// Writes a bottom-up-attention .tsv, a line an image, in LXMERT's layout where the detector says what the regions are and in the original's
/// where it does not; the first line decides. A line that was broken off is cut away before the file goes on.
/// </summary>
internal sealed class TsvRegionWriter : RegionFeatureWriter
{
    private const int TailBlock = 1 << 16;

    private readonly FileStream _file;
    private readonly HashSet<string> _imageIds = new(StringComparer.Ordinal);
    private BottomUpLayout? _layout;

    public TsvRegionWriter(string path)
        : base(path)
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(path)!);

        // Without a buffer of its own, so that a line is in the file when it was added.
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read, bufferSize: 0);
        try
        {
            _file.SetLength(EndOfLines());
            _file.Seek(0, SeekOrigin.End);
            if (_file.Length == 0) return;
            using var reader = BottomUpTsvReader.Open(path);
            _imageIds.UnionWith(reader.ImageIds);
            _layout = reader.Read(reader.ImageIds[0]).ObjectIds is null ? BottomUpLayout.Original : BottomUpLayout.Lxmert;
        }
        catch
        {
            _file.Dispose();
            throw;
        }
    }

    public override int Count => _imageIds.Count;

    public override bool Contains(string imageId) => _imageIds.Contains(imageId);

    public override void Complete() => _file.Flush(flushToDisk: true);

    public override void Dispose() => _file.Dispose();

    private protected override void Write(ImageRegions regions)
    {
        if (regions.ImageId.AsSpan().ContainsAny('\t', '\n', '\r'))
            throw new InvalidDataException($"{Path}: the image's name '{regions.ImageId}' has a tab or a line break.");
        var tells = regions is { ObjectIds: not null, ObjectConfidences: not null, AttributeIds: not null, AttributeConfidences: not null };
        _layout ??= tells ? BottomUpLayout.Lxmert : BottomUpLayout.Original;
        if (_layout == BottomUpLayout.Lxmert && !tells)
            throw new InvalidDataException($"{Path}: image '{regions.ImageId}' has no objects and attributes; the lines before have.");
        var fields = new string[_layout.Columns.Count];
        fields[0] = regions.ImageId;
        fields[_layout.Width] = regions.Width.ToString(CultureInfo.InvariantCulture);
        fields[_layout.Height] = regions.Height.ToString(CultureInfo.InvariantCulture);
        fields[_layout.Count] = regions.Count.ToString(CultureInfo.InvariantCulture);
        fields[_layout.Boxes] = Base64(regions.Boxes);
        fields[_layout.Features] = Base64(regions.Features);
        if (_layout.ObjectIds is { } objects) fields[objects] = Base64(regions.ObjectIds!);
        if (_layout.ObjectConfidences is { } sure) fields[sure] = Base64(regions.ObjectConfidences!);
        if (_layout.AttributeIds is { } attributes) fields[attributes] = Base64(regions.AttributeIds!);
        if (_layout.AttributeConfidences is { } certain) fields[certain] = Base64(regions.AttributeConfidences!);
        _file.Write(Encoding.UTF8.GetBytes(string.Join('\t', fields) + "\n"));
        _imageIds.Add(regions.ImageId);
    }

    private static string Base64<T>(T[] values)
        where T : unmanaged => Convert.ToBase64String(MemoryMarshal.AsBytes(values.AsSpan()));

    /// <summary>The place after the last line break.</summary>
    private long EndOfLines()
    {
        var block = new byte[TailBlock];
        for (var end = _file.Length; end > 0;)
        {
            var length = (int)Math.Min(end, TailBlock);
            _file.Position = end - length;
            _file.ReadExactly(block, 0, length);
            var last = block.AsSpan(0, length).LastIndexOf((byte)'\n');
            if (last >= 0) return end - length + last + 1;
            end -= length;
        }

        return 0;
    }
}
