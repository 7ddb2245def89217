using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Microsoft.ML;
using MLNet.VisionLanguage.Regions;
using MLNet.VisionLanguage.Tool.Data;
using MLNet.VisionLanguage.Tool.Extracting;
using MLNet.VisionLanguage.Tool.Sharding;

namespace MLNet.VisionLanguage.Tool.Commands;

/// <summary><c>vl extract</c>: the regions of a folder's images to a feature file, going on where it was interrupted.</summary>
internal sealed class ExtractCommand(Terminal terminal)
{
    private readonly Option<string> _images = Options.Required("--images", "The folder of the images, folders in it included.", "FOLDER");
    private readonly Option<string> _output = Options.Required(
        "--output",
        "The feature file; its extension is the format: .safetensors, .tsv, .npz, .npy, .lmdb, .hdf5. Images that are in it are passed over.",
        "FILE");

    private readonly Option<string> _detector = Options.Default(
        "--detector", $"What makes the regions: {RegionExtractor.Names}, or a model file that looks at images.", "grid", "NAME|ZIP");
    private readonly Option<int?> _grid = Options.Optional<int?>("--grid", "Cells along each side of an image: 4 for grid, 7 for resnet18.", "N");
    private readonly Option<int> _coarseGrid = Options.Default("--coarse-grid", "The same of a second, coarser grid; 0 for none.", 0, "N");
    private readonly Option<int> _layer = Options.Default("--layer", "The map of resnet18: 4, the last, or 3.", 4, "N");
    private readonly Option<int> _cellSize = Options.Default("--cell-size", "Pixels along each side of a cell, for grid.", 16, "N");
    private readonly Option<bool> _float16 = Options.Optional<bool>("--float16", "Store features in 16 bits (.safetensors, .npz, .npy).");
    private readonly Option<bool> _skip = Options.Optional<bool>("--skip-problems", "Leave images out that cannot be read, and count them.");
    private readonly ShardOption _shard = new();

    public Command Create()
    {
        var command = new Command("extract", "Write the regions of images to a feature file; an interrupted run goes on.")
        {
            _images, _output, _detector, _grid, _coarseGrid, _cellSize, _layer, _float16, _skip, _shard.Option,
        };
        command.SetAction(Run);
        return command;
    }

    private int Run(ParseResult parsed)
    {
        var detector = parsed.GetRequiredValue(_detector);
        var coarse = parsed.GetValue(_coarseGrid);
        var grid = new GridFeatureOptions
        {
            Grid = parsed.GetValue(_grid) ?? (detector == "resnet18" ? 7 : 4),
            CoarseGrid = coarse == 0 ? null : coarse,
            CellSize = parsed.GetValue(_cellSize),
            BackboneLayer = parsed.GetValue(_layer),
        };
        if (!RegionExtractor.Named.ContainsKey(detector)
            && new Option[] { _grid, _coarseGrid, _cellSize, _layer }.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } both)
        {
            throw new UsageException($"--detector {detector} and {both.Name} exclude each other: the detector brings that.");
        }

        var (folder, float16) = (parsed.GetRequiredValue(_images), parsed.GetValue(_float16));
        var all = Images(folder, ImageFolder.Files(folder, skip: false, terminal));
        var shard = _shard.Of(parsed, terminal);
        using var run = ShardRun.Begin(
            shard, parsed.GetRequiredValue(_output), () => Describe(detector, grid), () => [.. all.Select(image => image.ImageId)], hasItems: true, float16);
        if (run.IsDone)
        {
            terminal.Note($"shard {shard} is in {run.Path} already");
            return 0;
        }

        var own = shard.Of(all);
        var images = parsed.GetValue(_skip) ? ImageFolder.Readable(folder, own, image => image.ImagePath, terminal, mayBeNone: !shard.IsWhole) : own;
        var context = new MLContext();
        using var extractor = RegionExtractor.Open(detector, grid, context);
        using var writer = RegionFeatureWriter.Create(run.Path, new() { Float16 = float16 });
        var pending = images.Where(image => !writer.Contains(image.ImageId)).ToList();
        var known = images.Count - pending.Count;
        if (known > 0) terminal.Note($"{known} of {images.Count} images are in {writer.Path} already");
        var clock = Stopwatch.StartNew();
        var empty = Extract(context, extractor, pending, writer);
        writer.Complete();
        run.Complete([.. own.Except(images).Select(image => image.ImageId), .. empty]);
        var rate = pending.Count == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {pending.Count / clock.Elapsed.TotalSeconds:F1} images/s");
        terminal.Note($"wrote {pending.Count - empty.Count} images to {writer.Path}, which has {writer.Count}{rate}");
        return 0;
    }

    /// <summary>Writes the regions of images; the names of those without one, which are left out.</summary>
    private List<string> Extract(MLContext context, RegionExtractor extractor, List<ExtractedImage> pending, RegionFeatureWriter writer)
    {
        var empty = new List<string>();
        Display.Run(terminal, "extracting", meter =>
        {
            var view = extractor.Transform(context.Data.LoadFromEnumerable(pending));
            return new RegionFeatureSaving(nameof(ExtractedImage.ImageId), []).Save(
                view, writer, Display.Progress(meter, pending.Count, "images"), terminal.Cancellation, image =>
                {
                    empty.Add(image);
                    terminal.Note($"image '{image}' has no region and is left out");
                });
        });
        return empty;
    }

    /// <summary>What decides which regions are written.</summary>
    private static string Describe(string detector, GridFeatureOptions grid) => RegionExtractor.Named.ContainsKey(detector)
        ? FormattableString.Invariant(
            $"extract {detector}, grid {grid.Grid}, coarse grid {grid.CoarseGrid ?? 0}, cells of {grid.CellSize}, layer {grid.BackboneLayer}")
        : $"extract {(File.Exists(detector) ? ShardRecord.DigestOfFile(detector) : detector)}";

    /// <summary>Images under the names of their files, which must differ: by them they are found again.</summary>
    private static List<ExtractedImage> Images(string folder, IReadOnlyList<string> files)
    {
        var images = new Dictionary<string, ExtractedImage>(StringComparer.Ordinal);
        foreach (var file in files)
        {
            var image = new ExtractedImage { ImageId = ImageFolder.NameOf(file), ImagePath = Path.GetFullPath(file) };
            if (images.TryAdd(image.ImageId, image)) continue;
            throw new InvalidDataException(
                $"--images: '{folder}' has two images named '{image.ImageId}': {images[image.ImageId].ImagePath}, {image.ImagePath}.");
        }

        return [.. images.Values];
    }
}
