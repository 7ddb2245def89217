using System.Globalization;
using System.Runtime.InteropServices;

namespace MLNet.VisionLanguage.Tests.Regions;

/// <summary>Makes lines of a bottom-up-attention .tsv, whole or damaged in one column.</summary>
internal static class FeatureFile
{
    public static string Row(
        string id, int width, int height, float[] boxes, float[] features, int column = -1, string? replacement = null)
    {
        var count = boxes.Length / 4;
        string[] fields =
        [
            id,
            height.ToString(CultureInfo.InvariantCulture),
            width.ToString(CultureInfo.InvariantCulture),
            Base64(Enumerable.Range(0, count).Select(i => 100L + i).ToArray()),
            Base64(Enumerable.Range(0, count).Select(i => 0.5f + (i / 100f)).ToArray()),
            Base64(Enumerable.Range(0, count).Select(i => 200L + i).ToArray()),
            Base64(Enumerable.Range(0, count).Select(i => 0.25f + (i / 100f)).ToArray()),
            count.ToString(CultureInfo.InvariantCulture),
            Base64(boxes),
            Base64(features),
        ];
        if (column >= 0) fields[column] = replacement!;
        return string.Join('\t', fields);
    }

    public static string Base64<T>(T[] values)
        where T : unmanaged => Convert.ToBase64String(MemoryMarshal.AsBytes(values.AsSpan()));
}
