using System.CommandLine;
using Microsoft.ML;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Regions;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Models;
using MLNet.VisionLanguage.Tool.Tasks;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl regions</c>: a folder of image files to a file of region features, which every other command reads.</summary>
internal static class RegionsCommand
{
    private static readonly string[] Endings = [".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp"];

    public static Command Create(Terminal terminal)
    {
        var model = Options.Required("--model", "The detector, as convert detector makes it.", "ZIP");
        var images = Options.Required("--images", "The folder of the image files.", "FOLDER");
        var output = Options.Required("--output", "The file of region features to write, in LXMERT's layout.", "TSV");
        var command = new Command("regions", "Find the regions of images and write their features to a file.") { model, images, output };
        command.SetAction(parsed =>
        {
            var folder = parsed.GetRequiredValue(images);
            if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"--images: the folder '{folder}' does not exist.");
            var path = OutputFile.Check(output, parsed.GetRequiredValue(output));
            var files = Files(folder);
            if (files.Count == 0) throw new FileNotFoundException($"--images: there is no image file in '{folder}'.");
            Run(terminal, parsed.GetRequiredValue(model), files, path);
            return 0;
        });
        return command;
    }

    /// <summary>Image files by their names without ending, which is what a row of the file is called.</summary>
    private static IReadOnlyList<ImageFileRow> Files(string folder)
    {
        var rows = Directory.EnumerateFiles(folder)
            .Where(path => Endings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase))
            .Select(path => new ImageFileRow { ImagePath = Path.GetFullPath(path), ImageId = Path.GetFileNameWithoutExtension(path) })
            .OrderBy(row => row.ImageId, StringComparer.Ordinal).ToList();
        var twice = rows.GroupBy(row => row.ImageId, StringComparer.Ordinal).FirstOrDefault(same => same.Count() > 1);
        return twice is null
            ? rows
            : throw new InvalidDataException(
                $"--images: {string.Join(" and ", twice.Select(row => $"'{row.ImagePath}'"))} would both be called '{twice.Key}'.");
    }

    private static void Run(Terminal terminal, string modelPath, IReadOnlyList<ImageFileRow> files, string path)
    {
        using var model = ModelFile.Load(modelPath);
        if (!model.Parts.Any(part => part is ExtractRegionFeaturesTransformer))
            throw new InvalidDataException($"{modelPath}: the model finds no regions; 'vl convert detector' makes one that does.");
        var context = new MLContext();
        var (images, regions) = (0, 0L);
        AtomicFile.Write(path, stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true);
            foreach (var file in files)
            {
                terminal.Cancellation.ThrowIfCancellationRequested();
                IDataView view = context.Data.LoadFromEnumerable([file]);
                foreach (var part in model.Parts) view = part.Transform(view);
                var found = Named(file, () => context.Data.CreateEnumerable<FoundRow>(view, reuseRowObject: false).Single());
                if (found.RegionBoxes.Length == 0)
                {
                    terminal.Note($"'{file.ImagePath}' has no region and is left out");
                    continue;
                }

                BottomUpTsvWriter.Write(writer, found.ToRegions(file.ImageId));
                (images, regions) = (images + 1, regions + (found.RegionBoxes.Length / 4));
            }
        });
        terminal.Note($"saved {path}: {regions} regions of {images} images");
    }

    private static FoundRow Named(ImageFileRow file, Func<FoundRow> read) =>
        UnreadableImage.Name([new RowFacts($"image {file.ImageId}", [], [new(file.ImagePath, file.ImageId)])], read);

    private sealed class ImageFileRow
    {
        public string ImagePath { get; set; } = "";

        public string ImageId { get; set; } = "";
    }

    private sealed class FoundRow
    {
        public float[] RegionFeatures { get; set; } = [];

        public float[] RegionBoxes { get; set; } = [];

        public float[] ImageSize { get; set; } = [];

        public float[] RegionScores { get; set; } = [];

        public float[] RegionAttributeScores { get; set; } = [];

        public uint[] RegionClasses { get; set; } = [];

        public uint[] RegionAttributes { get; set; } = [];

        public ImageRegions ToRegions(string id) => new(id, (int)ImageSize[0], (int)ImageSize[1], RegionBoxes, RegionFeatures)
        {
            ObjectIds = [.. RegionClasses.Select(key => key - 1L)],
            ObjectConfidences = RegionScores,
            AttributeIds = [.. RegionAttributes.Select(key => key - 1L)],
            AttributeConfidences = RegionAttributeScores,
        };
    }
}
