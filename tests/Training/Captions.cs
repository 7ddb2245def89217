using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>A caption of an image of a few regions, with what a detector says of these.</summary>
internal sealed class Caption
{
    public long[] InputIds { get; set; } = [];

    public long[] AttentionMask { get; set; } = [];

    public long[] TokenTypeIds { get; set; } = [];

    public float[] RegionFeatures { get; set; } = [];

    public float[] RegionBoxes { get; set; } = [];

    [VectorType(2)]
    public float[] ImageSize { get; set; } = [];

    public float[] Classes { get; set; } = [];

    public long[] Objects { get; set; } = [];

    public float[] Confidences { get; set; } = [];

    public string[] Answers { get; set; } = [];

    public float[] AnswerScores { get; set; } = [];
}

/// <summary>What the trained transformer says of a caption.</summary>
internal sealed class Matched
{
    public float Score { get; set; }

    public bool PredictedLabel { get; set; }
}

/// <summary>Captions that name the colour of the regions and how many there are; [MASK] is word 4.</summary>
internal static class Captions
{
    public const int Mask = 4;
    public const int Colours = 4;
    public const int TextWord = 19;

    public const int FirstColour = 5;
    private const int FirstCount = 10;
    private const int FirstFiller = 15;

    /// <summary>Options under which <see cref="Make"/>'s rows are learnt.</summary>
    public static PretrainingOptions Options(string kind = "vilbert", Action<PretrainingOptions>? change = null)
    {
        var options = PretrainingOptions.FromScratch(Questions.ModelOf(kind), epochs: 2);
        options.BatchSize = 16;
        options.LearningRate = 3e-3;
        options.MaskTokenId = Mask;
        options.Device = TrainingDevice.Cpu;
        options.Threads = 1;
        options.Seed = 3;
        if (kind == "lxmert")
        {
            (options.RegionObjectsColumnName, options.RegionObjectConfidencesColumnName) = ("Objects", "Confidences");
        }
        else
        {
            options.RegionClassesColumnName = "Classes";
        }

        change?.Invoke(options);
        return options;
    }

    public static List<Caption> Make(int images, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, images).Select(_ => Row(random, random.Next(Colours), 1 + random.Next(3)))];
    }

    /// <summary>The captions with the images of the rows after them.</summary>
    public static List<Caption> Exchanged(IReadOnlyList<Caption> rows) =>
    [
        .. rows.Select((row, i) =>
        {
            var other = rows.First(found => Colour(found) != Colour(row));
            return new Caption
            {
                InputIds = other.InputIds,
                AttentionMask = other.AttentionMask,
                TokenTypeIds = other.TokenTypeIds,
                RegionFeatures = row.RegionFeatures,
                RegionBoxes = row.RegionBoxes,
                ImageSize = row.ImageSize,
                Classes = row.Classes,
                Objects = row.Objects,
                Confidences = row.Confidences,
            };
        }),
    ];

    public static long Colour(Caption row) => row.InputIds[2] - FirstColour;

    public static IDataView View(MLContext ml, IEnumerable<Caption> rows) => ml.Data.LoadFromEnumerable(rows);

    /// <summary>Sentences without an image: a colour, then <see cref="TextWord"/>, which no caption has.</summary>
    public static List<Caption> Sentences(int count, int seed = 1)
    {
        var random = new Random(seed);
        return
        [
            .. Enumerable.Range(0, count).Select(_ =>
            {
                var colour = random.Next(Colours);
                long[] ids = [2, FirstColour + colour, TextWord, 3];
                return new Caption { InputIds = ids, AttentionMask = [1, 1, 1, 1], TokenTypeIds = new long[4] };
            }),
        ];
    }

    private static Caption Row(Random random, int colour, int count)
    {
        long[] ids = [2, FirstFiller + random.Next(3), FirstColour + colour, FirstCount + count, .. Filler(random), 3];
        return new()
        {
            InputIds = ids,
            AttentionMask = [.. ids.Select(_ => 1L)],
            TokenTypeIds = new long[ids.Length],
            RegionFeatures = [.. Enumerable.Range(0, count).SelectMany(_ => Feature(random, colour))],
            RegionBoxes = [.. Enumerable.Range(0, count).SelectMany(i => new float[] { i * 10, 5, (i * 10) + 8, 20 })],
            ImageSize = [40, 30],
            Classes = [.. Enumerable.Range(0, count * Colours).Select(i => i % Colours == colour ? 0.91f : 0.03f)],
            Objects = [.. Enumerable.Repeat((long)colour, count)],
            Confidences = [.. Enumerable.Repeat(0.9f, count)],
        };
    }

    private static IEnumerable<long> Filler(Random random) => Enumerable.Repeat(FirstFiller + 3L, random.Next(2));

    private static IEnumerable<float> Feature(Random random, int colour) => Enumerable.Range(0, Questions.FeatureSize)
        .Select(i => (i == colour ? 1f : 0f) + (0.1f * (float)random.NextDouble()));
}
