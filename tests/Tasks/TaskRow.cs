using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Training;

namespace MLNet.VisionLanguage.Tests.Tasks;

/// <summary>A row with what every task reads: a text, an image, two images, three texts to choose from, and labels.</summary>
internal sealed class TaskRow
{
    public string Name { get; set; } = "";

    public long[] InputIds { get; set; } = [];

    public long[] AttentionMask { get; set; } = [];

    public long[] TokenTypeIds { get; set; } = [];

    public float[] RegionFeatures { get; set; } = [];

    public float[] RegionBoxes { get; set; } = [];

    [VectorType(2)]
    public float[] ImageSize { get; set; } = [];

    [VectorType(DrawnRegions.Size)]
    public float[] PixelValues => DrawnRegions.Pixels(RegionFeatures, RegionBoxes, ImageSize);

    public float[] RegionFeaturesLeft { get; set; } = [];

    public float[] RegionBoxesLeft { get; set; } = [];

    [VectorType(2)]
    public float[] ImageSizeLeft { get; set; } = [];

    [VectorType(DrawnRegions.Size)]
    public float[] PixelValuesLeft => DrawnRegions.Pixels(RegionFeaturesLeft, RegionBoxesLeft, ImageSizeLeft);

    public float[] RegionFeaturesRight { get; set; } = [];

    public float[] RegionBoxesRight { get; set; } = [];

    [VectorType(2)]
    public float[] ImageSizeRight { get; set; } = [];

    [VectorType(DrawnRegions.Size)]
    public float[] PixelValuesRight => DrawnRegions.Pixels(RegionFeaturesRight, RegionBoxesRight, ImageSizeRight);

    public long[] InputIds0 { get; set; } = [];

    public long[] AttentionMask0 { get; set; } = [];

    public long[] TokenTypeIds0 { get; set; } = [];

    public long[] InputIds1 { get; set; } = [];

    public long[] AttentionMask1 { get; set; } = [];

    public long[] TokenTypeIds1 { get; set; } = [];

    public long[] InputIds2 { get; set; } = [];

    public long[] AttentionMask2 { get; set; } = [];

    public long[] TokenTypeIds2 { get; set; } = [];

    /// <summary>Entailment's.</summary>
    public string Label { get; set; } = "";

    /// <summary>Whether the statement about two images is true.</summary>
    public bool IsTrue { get; set; }

    /// <summary>Which of the three texts is right.</summary>
    public int Chosen { get; set; }

    /// <summary>The right one where there is but one text.</summary>
    public int Only { get; set; }
}

/// <summary>Rows of texts and images of several lengths whose labels a model of width 16 learns in seconds.</summary>
internal static class TaskRows
{
    private const long Maybe = 9, FirstColour = 10, Left = 5, Right = 6;

    /// <summary>
    /// The image entails, when it has colour 0, or contradicts, unless the text says maybe. The statement is about the left or the right of
    /// two images: that it has colour 0. The right choice names the image's colour.
    /// </summary>
    public static List<TaskRow> Make(int count, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i => Row(random, i))];
    }

    public static IDataView View(MLContext ml, IEnumerable<TaskRow> rows) => ml.Data.LoadFromEnumerable(rows);

    /// <summary>Gives a row one token and one region everywhere.</summary>
    public static TaskRow Smallest(TaskRow row)
    {
        row.InputIds = [row.InputIds[0]];
        (row.AttentionMask, row.TokenTypeIds) = ([1], [0]);
        row.RegionFeatures = row.RegionFeatures[..Questions.FeatureSize];
        row.RegionFeaturesLeft = row.RegionFeaturesLeft[..Questions.FeatureSize];
        row.RegionFeaturesRight = row.RegionFeaturesRight[..Questions.FeatureSize];
        (row.RegionBoxes, row.RegionBoxesLeft, row.RegionBoxesRight) = (row.RegionBoxes[..4], row.RegionBoxesLeft[..4], row.RegionBoxesRight[..4]);
        (row.InputIds0, row.InputIds1, row.InputIds2) = ([row.InputIds0[1]], [row.InputIds1[1]], [row.InputIds2[1]]);
        (row.AttentionMask0, row.AttentionMask1, row.AttentionMask2) = ([1], [1], [1]);
        (row.TokenTypeIds0, row.TokenTypeIds1, row.TokenTypeIds2) = ([0], [0], [0]);
        return row;
    }

    private static TaskRow Row(Random random, int number)
    {
        int colour = random.Next(2), left = random.Next(2), right = random.Next(2);
        var maybe = random.Next(3) == 0;
        var side = random.Next(2) == 0 ? Left : Right;
        var row = new TaskRow
        {
            Name = $"row {number}",
            Label = maybe ? "neutral" : colour == 0 ? "entailment" : "contradiction",
            IsTrue = (side == Left ? left : right) == 0,
            Chosen = random.Next(3),
        };
        (row.InputIds, row.AttentionMask, row.TokenTypeIds) = Text(random, side, maybe ? Maybe : 8);
        (row.RegionFeatures, row.RegionBoxes, row.ImageSize) = Image(random, colour);
        (row.RegionFeaturesLeft, row.RegionBoxesLeft, row.ImageSizeLeft) = Image(random, left);
        (row.RegionFeaturesRight, row.RegionBoxesRight, row.ImageSizeRight) = Image(random, right);
        long Word(int choice) => FirstColour + (choice == row.Chosen ? colour : 1 - colour);
        (row.InputIds0, row.AttentionMask0, row.TokenTypeIds0) = Text(random, Word(0));
        (row.InputIds1, row.AttentionMask1, row.TokenTypeIds1) = Text(random, Word(1));
        (row.InputIds2, row.AttentionMask2, row.TokenTypeIds2) = Text(random, Word(2));
        return row;
    }

    private static (long[] Ids, long[] Mask, long[] Types) Text(Random random, params long[] words)
    {
        long[] ids = [2, .. words, .. Enumerable.Repeat(12L, random.Next(3)), 3];
        return (ids, [.. ids.Select(_ => 1L)], new long[ids.Length]);
    }

    private static (float[] Features, float[] Boxes, float[] Size) Image(Random random, int colour)
    {
        var regions = 1 + random.Next(3);
        return (
            [
                .. Enumerable.Range(0, regions * Questions.FeatureSize)
                    .Select(i => (i % Questions.FeatureSize == colour ? 1f : 0f) + (0.1f * (float)random.NextDouble())),
            ],
            [.. Enumerable.Range(0, regions).SelectMany(i => new float[] { i * 10, 5, (i * 10) + 8, 20 })],
            [40, 30]);
    }
}
