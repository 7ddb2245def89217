using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Tool.Tasks;

/// <summary>
/// Takes the boxes to choose from as an image's regions, each with the feature of the region of the file that overlaps it most: files for
/// such tasks have the features of these very boxes.
/// </summary>
internal static class ChosenRegions
{
    private const string Boxes = "vl.chosenboxes";

    /// <summary>The steps; they are not saved.</summary>
    /// <param name="context">The context.</param>
    /// <param name="boxesColumn">The boxes.</param>
    public static IEstimator<ITransformer> Mapping(MLContext context, string boxesColumn) => context.Transforms.CopyColumns(Boxes, boxesColumn)
        .Append(context.Transforms.CustomMapping<Source, Chosen>(Choose, contractName: null))
        .Append(context.Transforms.DropColumns(Boxes));

    private static void Choose(Source source, Chosen chosen)
    {
        var width = source.RegionFeatures.Length / Math.Max(1, source.RegionBoxes.Length / 4);
        var features = new List<float>();
        foreach (var (i, box) in source.Boxes.Chunk(4).Index())
        {
            var overlaps = source.RegionBoxes.Chunk(4).Select(region => BoxOverlap.Of(region, box)).ToList();
            var best = overlaps.Count == 0 ? 0 : overlaps.Max();
            if (best <= 0) throw new InvalidDataException($"no region of the feature file overlaps box {i} ({string.Join(", ", box)}).");
            features.AddRange(source.RegionFeatures.AsSpan(overlaps.IndexOf(best) * width, width));
        }

        (chosen.RegionFeatures, chosen.RegionBoxes) = ([.. features], source.Boxes);
    }

    private sealed class Source
    {
        public float[] RegionFeatures { get; set; } = [];

        public float[] RegionBoxes { get; set; } = [];

        [ColumnName(ChosenRegions.Boxes)]
        public float[] Boxes { get; set; } = [];
    }

    private sealed class Chosen
    {
        public float[] RegionFeatures { get; set; } = [];

        public float[] RegionBoxes { get; set; } = [];
    }
}
