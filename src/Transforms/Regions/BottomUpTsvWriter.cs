using System.Globalization;
using System.Runtime.InteropServices;

namespace MLNet.VisionLanguage.Regions;

/// <summary>
/// Writes regions in LXMERT's layout of bottom-up-attention .tsv (airsplay/lxmert, data/vg_gqa_imgfeat/extract_gqa_image.py), which
/// <see cref="BottomUpTsvReader"/> reads: tab-separated columns, arrays as base64 of little-endian Int64 and float32.
/// </summary>
internal static class BottomUpTsvWriter
{
    /// <summary>Writes one image's line.</summary>
    /// <param name="output">The file.</param>
    /// <param name="regions">One region at least, and all that the layout tells of it.</param>
    /// <exception cref="ArgumentException">The layout cannot hold the image: it has no region, or its name a tab or a line's end.</exception>
    public static void Write(TextWriter output, ImageRegions regions)
    {
        if (regions.ImageId.Length == 0 || regions.ImageId.AsSpan().ContainsAny('\t', '\r', '\n'))
        {
            throw new ArgumentException(
                $"An image is called '{regions.ImageId}'; a name without tabs and ends of lines is expected.", nameof(regions));
        }

        if (regions.Boxes.Length == 0) throw new ArgumentException($"Image '{regions.ImageId}' has no regions.", nameof(regions));
        var fields = new string[BottomUpLayout.Lxmert.Columns.Count];
        fields[0] = regions.ImageId;
        fields[BottomUpLayout.Lxmert.Height] = regions.Height.ToString(CultureInfo.InvariantCulture);
        fields[BottomUpLayout.Lxmert.Width] = regions.Width.ToString(CultureInfo.InvariantCulture);
        fields[BottomUpLayout.Lxmert.ObjectIds!.Value] = Text(regions.ObjectIds);
        fields[BottomUpLayout.Lxmert.ObjectConfidences!.Value] = Text(regions.ObjectConfidences);
        fields[BottomUpLayout.Lxmert.AttributeIds!.Value] = Text(regions.AttributeIds);
        fields[BottomUpLayout.Lxmert.AttributeConfidences!.Value] = Text(regions.AttributeConfidences);
        fields[BottomUpLayout.Lxmert.Count] = regions.Count.ToString(CultureInfo.InvariantCulture);
        fields[BottomUpLayout.Lxmert.Boxes] = Text(regions.Boxes);
        fields[BottomUpLayout.Lxmert.Features] = Text(regions.Features);
        output.Write(string.Join('\t', fields));
        output.Write('\n');
    }

    private static string Text<T>(T[]? values)
        where T : unmanaged => Convert.ToBase64String(MemoryMarshal.AsBytes(values.AsSpan()));
}
