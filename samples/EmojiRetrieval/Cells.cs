using Microsoft.ML;
using MLNet.VisionLanguage;

namespace EmojiRetrieval;

/// <summary>
/// Pictures as 16 cells of ML.NET's ResNet-18: of each cell the mean of its third map (256 values, where colour and shape are) and of its last
/// (512 values, what it is). Computed once and kept in a feature file.
/// </summary>
internal static class Cells
{
    public const int Grid = 4, Early = 256, Late = 512, Size = Early + Late;

    /// <summary>The feature file of a vendor's pictures, by "vendor-number".</summary>
    public static string Extract(MLContext ml, Emoji emoji, string vendor, string folder)
    {
        Directory.CreateDirectory(folder);
        var pictures = emoji.Pictures(vendor);
        using var writer = RegionFeatureWriter.Create(Path.Combine(folder, vendor + ".safetensors"), new() { Float16 = true });
        var pending = pictures.Where(picture => !writer.Contains(Name(vendor, picture.Concept))).ToList();
        if (pending.Count > 0)
        {
            var rows = ml.Data.LoadFromEnumerable(pending.Select(picture => new Row { ImagePath = picture.Path }));
            using var model = ml.Transforms.LoadImageFiles("Image", "", nameof(Row.ImagePath))
                .Append(ml.Transforms.ExtractGridFeatures(
                    "Image", 14, Grid, regionFeaturesColumnName: nameof(Seen.Early), regionBoxesColumnName: nameof(Seen.Boxes),
                    imageSizeColumnName: nameof(Seen.Size), backbone: GridBackbone.ResNet18, backboneLayer: 3))
                .Append(ml.Transforms.ExtractGridFeatures(
                    "Image", 7, Grid, regionFeaturesColumnName: nameof(Seen.Late), regionBoxesColumnName: "LateBoxes", imageSizeColumnName: "LateSize",
                    backbone: GridBackbone.ResNet18))
                .Fit(rows);
            foreach (var (picture, seen) in pending.Zip(ml.Data.CreateEnumerable<Seen>(model.Transform(rows), reuseRowObject: true)))
            {
                // The coarse cells are the last.
                float[][] early = [.. seen.Early[^(Grid * Grid * Early)..].Chunk(Early)], late = [.. seen.Late[^(Grid * Grid * Late)..].Chunk(Late)];
                writer.Add(new(
                    Name(vendor, picture.Concept), (int)seen.Size[0], (int)seen.Size[1], seen.Boxes[^(Grid * Grid * 4)..],
                    [.. early.Zip(late).SelectMany(cell => cell.First.Concat(cell.Second))]));
            }
        }

        writer.Complete();
        return writer.Path;
    }

    public static string Name(string vendor, int concept) => $"{vendor}-{concept}";

    private sealed class Row
    {
        public string ImagePath { get; set; } = "";
    }

    private sealed class Seen
    {
        public float[] Early { get; set; } = [];

        public float[] Late { get; set; } = [];

        public float[] Boxes { get; set; } = [];

        public float[] Size { get; set; } = [];
    }
}
