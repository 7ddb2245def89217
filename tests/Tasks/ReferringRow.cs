using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Training;

namespace MLNet.VisionLanguage.Tests.Tasks;

/// <summary>A text that means a region of an image.</summary>
internal sealed class ReferringRow
{
    private const long FirstColour = 10;

    public string Name { get; set; } = "";

    public long[] InputIds { get; set; } = [];

    public long[] AttentionMask { get; set; } = [];

    public long[] TokenTypeIds { get; set; } = [];

    public float[] RegionFeatures { get; set; } = [];

    public float[] RegionBoxes { get; set; } = [];

    [VectorType(2)]
    public float[] ImageSize { get; set; } = [];

    /// <summary>Nearly the box of the region that is meant.</summary>
    public float[] Boxes { get; set; } = [];

    /// <summary>The region that is meant.</summary>
    public int Meant { get; set; }

    public int Regions => RegionBoxes.Length / 4;

    /// <summary>Rows of one to four regions of different colours, of which the text names one.</summary>
    public static List<ReferringRow> Make(int count, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i => Row(random, i))];
    }

    public static IDataView View(MLContext ml, IEnumerable<ReferringRow> rows) => ml.Data.LoadFromEnumerable(rows);

    public float[] Box(int region) => RegionBoxes[(4 * region)..(4 * region + 4)];

    private static ReferringRow Row(Random random, int number)
    {
        int[] colours = [0, 1, 2, 3];
        random.Shuffle(colours);
        colours = colours[..random.Next(1, 5)];
        var meant = random.Next(colours.Length);
        long[] ids = [2, FirstColour + colours[meant], .. Enumerable.Repeat(15L, random.Next(3)), 3];
        float[] boxes = [.. colours.SelectMany((_, i) => new float[] { i * 10, 5 + random.Next(3), (i * 10) + 8, 20 })];
        return new()
        {
            Name = $"row {number}",
            InputIds = ids,
            AttentionMask = [.. ids.Select(_ => 1L)],
            TokenTypeIds = new long[ids.Length],
            RegionFeatures =
            [
                .. colours.SelectMany(colour => Enumerable.Range(0, Questions.FeatureSize)
                    .Select(i => (i == colour ? 1f : 0f) + (0.1f * (float)random.NextDouble()))),
            ],
            RegionBoxes = boxes,
            ImageSize = [40, 30],
            Boxes = [boxes[4 * meant] + 1, .. boxes[(4 * meant + 1)..(4 * meant + 4)]],
            Meant = meant,
        };
    }
}
