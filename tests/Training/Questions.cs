using Microsoft.ML;
using Microsoft.ML.Data;

namespace MLNet.VisionLanguage.Tests.Training;

/// <summary>A question about an image of a few regions, as the pipeline's columns have it.</summary>
internal sealed class Question
{
    public long[] InputIds { get; set; } = [];

    public long[] AttentionMask { get; set; } = [];

    public long[] TokenTypeIds { get; set; } = [];

    public float[] RegionFeatures { get; set; } = [];

    public float[] RegionBoxes { get; set; } = [];

    [VectorType(2)]
    public float[] ImageSize { get; set; } = [];

    [VectorType(DrawnRegions.Size)]
    public float[] PixelValues => DrawnRegions.Pixels(RegionFeatures, RegionBoxes, ImageSize);

    public string[] Answers { get; set; } = [];

    public float[] AnswerScores { get; set; } = [];

    public Question Clone() => (Question)MemberwiseClone();
}

/// <summary>A task that a model of width 16 learns in seconds: which colour the regions have, and whether there are several.</summary>
internal static class Questions
{
    public const int FeatureSize = 8;
    public const int Vocabulary = 20;

    private const int Colours = 4;

    public static ViLbertConfig Model { get; } = ViLbertConfig.Tiny with
    {
        VocabularySize = Vocabulary,
        RegionFeatureSize = FeatureSize,
        MaxPositions = 12,
        HiddenSize = 16,
        TextHeads = 2,
        TextIntermediateSize = 32,
        ImageHiddenSize = 16,
        ImageHeads = 2,
        ImageIntermediateSize = 32,
        CoAttentionSize = 16,
        CoAttentionHeads = 2,
    };

    public static ViLbertConfig ModelWithDropout { get; } = Model with
    {
        Dropout = 0.1,
        AttentionDropout = 0.1,
        ImageDropout = 0.1,
        ImageAttentionDropout = 0.1,
        FusionDropout = 0.1,
    };

    /// <summary>A model of another kind, as small.</summary>
    public static VisionLanguageModel ModelOf(string kind) => kind switch
    {
        "lxmert" => LxmertConfig.Tiny with
        {
            VocabularySize = Vocabulary,
            RegionFeatureSize = FeatureSize,
            MaxPositions = 12,
            HiddenSize = 16,
            Heads = 2,
            IntermediateSize = 32,
        },
        "vlbert" => VlBertConfig.Tiny with
        {
            VocabularySize = Vocabulary,
            RegionFeatureSize = FeatureSize,
            MaxPositions = 12,
            HiddenSize = 16,
            VisualSize = 16,
            Heads = 2,
            IntermediateSize = 32,
            Layers = 2,
            CoordinateSize = 4,
        },
        "fiber" => FiberConfig.Tiny with
        {
            VocabularySize = Vocabulary,
            MaxPositions = 14,
            ImageSize = DrawnRegions.Side,
            PatchSize = 8,
            Depths = [1, 1, 2, 2],
            ImageHeads = [1, 1, 2, 2],
            WindowSize = null,
            FusedBlocks = 3,
            TextHiddenSize = 16,
            TextLayers = 3,
            TextHeads = 2,
            TextIntermediateSize = 32,
            HiddenSize = 16,
        },
        _ => Model,
    };

    /// <summary>Options under which <see cref="Make"/>'s rows are learnt.</summary>
    public static VisualQuestionAnsweringOptions Options(Action<VisualQuestionAnsweringOptions>? change = null)
    {
        var options = new VisualQuestionAnsweringOptions
        {
            Model = Model,
            Initialization = WeightInitialization.Xavier,
            Epochs = 2,
            BatchSize = 8,
            LearningRate = 2e-3,
            CorrectBias = true,
            HeadLearningRate = null,
            Schedule = LearningRateSchedule.WarmupConstant,
            Device = TrainingDevice.Cpu,
            Threads = 1,
            Seed = 3,
        };
        change?.Invoke(options);
        return options;
    }

    /// <summary>Two questions of different length on each of so many images.</summary>
    public static List<Question> Make(int images, int seed = 1)
    {
        var random = new Random(seed);
        var rows = new List<Question>();
        for (var image = 0; image < images; image++)
        {
            int colour = random.Next(Colours), regions = 1 + random.Next(3);
            float[] features = [.. Enumerable.Range(0, regions).SelectMany(_ => Feature(random, colour))];
            float[] boxes = [.. Enumerable.Range(0, regions).SelectMany(i => new float[] { i * 10, 5, (i * 10) + 8, 20 })];
            rows.Add(Row([2, 5, 6, 3], features, boxes, $"colour {colour}"));
            rows.Add(Row([2, 7, 8, 9, (long)10 + random.Next(5), 3], features, boxes, regions > 1 ? "yes" : "no"));
        }

        return rows;
    }

    public static Question Row(long[] ids, float[] features, float[] boxes, string answer) => new()
    {
        InputIds = ids,
        AttentionMask = [.. ids.Select(_ => 1L)],
        TokenTypeIds = new long[ids.Length],
        RegionFeatures = features,
        RegionBoxes = boxes,
        ImageSize = [40, 30],
        Answers = [answer],
        AnswerScores = [1],
    };

    public static IDataView View(MLContext ml, IEnumerable<Question> rows) => ml.Data.LoadFromEnumerable(rows);

    private static IEnumerable<float> Feature(Random random, int colour) =>
        Enumerable.Range(0, FeatureSize).Select(i => (i == colour ? 1f : 0f) + (0.1f * (float)random.NextDouble()));
}
