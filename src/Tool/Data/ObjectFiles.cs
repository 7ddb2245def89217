using System.CommandLine;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Data;

/// <summary>The files that say what objects are in images.</summary>
internal static class ObjectFiles
{
    /// <summary>Where they are.</summary>
    public static Option<string> Annotations() => Options.Required(
        "--annotations", "The objects: COCO's or LVIS's .json, a folder of pictures with one (ODinW), or of Pascal VOC's .xml files or of .txt files an image.",
        "FILE|FOLDER");

    /// <summary>Reads them.</summary>
    /// <param name="annotations">The file or folder.</param>
    /// <param name="results">What was found; null for nothing.</param>
    /// <param name="images">The folder of the images; null where they are not looked at.</param>
    public static DatasetRows<DetectionExample> Load(string annotations, string? results, string? images) =>
        Directory.Exists(annotations) && CocoDetectionDataset.FileOf(annotations) is null
        ? VocDetectionDataset.Load(annotations, results, images)
        : CocoDetectionDataset.Load(annotations, results, images);

    /// <summary>An image, for messages.</summary>
    public static RowFacts Facts(DetectionExample row) => new($"image {row.ImageId}", [], [new(row.ImagePath, row.ImageId)]);

    /// <summary>The image without objects that have no width or no height, of which published files have some.</summary>
    /// <param name="row">The image.</param>
    /// <param name="left">Counts those that are left out.</param>
    public static DetectionExample WithoutEmpty(DetectionExample row, ref int left)
    {
        int[] kept = [.. Enumerable.Range(0, row.Labels.Length)
            .Where(i => row.Boxes.AsSpan(4 * i, 4) is [var x1, var y1, var x2, var y2] && x1 < x2 && y1 < y2)];
        if (kept.Length == row.Labels.Length) return row;
        left += row.Labels.Length - kept.Length;
        return new()
        {
            ImageId = row.ImageId,
            ImagePath = row.ImagePath,
            ImageSize = row.ImageSize,
            Labels = [.. kept.Select(i => row.Labels[i])],
            Attributes = [.. kept.Select(i => row.Attributes[i])],
            Boxes = [.. kept.SelectMany(i => row.Boxes.AsSpan(4 * i, 4).ToArray())],
            Areas = [.. kept.Select(i => row.Areas[i])],
            Crowd = [.. kept.Select(i => row.Crowd[i])],
            NegativeLabels = row.NegativeLabels,
            OpenLabels = row.OpenLabels,
        };
    }
}
