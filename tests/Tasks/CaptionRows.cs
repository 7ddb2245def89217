using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Training;

namespace MLNet.VisionLanguage.Tests.Tasks;

/// <summary>Images of coloured boxes with a caption each, which a FIBER of a few channels learns in seconds.</summary>
internal static class CaptionRows
{
    private static readonly string[] Colours = ["a red box", "a green box", "two blue boxes", "a box"];

    public static BytePairVocabulary Vocabulary { get; } = BytePairVocabulary.Build(["a red box", "two blue boxes", "a green box"], 290);

    public static FiberConfig Model => (FiberConfig)Questions.ModelOf("fiber") with { VocabularySize = Vocabulary.Count, MaxPositions = 34 };

    /// <summary>A caption's colour is its image's.</summary>
    public static List<Question> Make(int count)
    {
        var rows = Questions.Make(2 * count).Where((_, i) => i % 2 == 0).Take(count).ToList();
        var tokenizer = Vocabulary.CreateTokenizer();
        foreach (var row in rows)
        {
            row.InputIds = tokenizer.Encode(CaptionOf(row), null, 30, out _).InputIds;
            (row.AttentionMask, row.TokenTypeIds) = ([.. row.InputIds.Select(_ => 1L)], new long[row.InputIds.Length]);
        }

        return rows;
    }

    public static string CaptionOf(Question row) => Colours[int.Parse(row.Answers[0].Split(' ')[1])];

    /// <summary>Options under which these rows are learnt.</summary>
    public static ImageCaptioningOptions Options(int epochs, Action<ImageCaptioningOptions>? change = null)
    {
        var options = new ImageCaptioningOptions
        {
            Model = Model,
            Vocabulary = Vocabulary,
            Initialization = WeightInitialization.Xavier,
            Epochs = epochs,
            GradientClipping = 1,
            ReportEvery = 1,
            BatchSize = 10,
            LearningRate = 2e-3,
            HeadLearningRate = null,
            CorrectBias = true,
            Schedule = LearningRateSchedule.WarmupConstant,
            Beams = 2,
            MaxLength = 20,
            Threads = 1,
            Seed = 3,
        };
        change?.Invoke(options);
        return options;
    }

    public const int NoiseImages = 20;

    private const int NoiseSide = 32;

    /// <summary>A model of <see cref="Noise"/>.</summary>
    public static FiberConfig NoiseModel => Model with
    {
        ImageSize = NoiseSide,
        Depths = [1, 1, 1, 1],
        ImageHeads = [1, 1, 1, 1],
        TextHiddenSize = 32,
        TextLayers = 2,
        TextIntermediateSize = 64,
        HiddenSize = 32,
        FusedBlocks = 2,
    };

    /// <summary>Images of noise, with the first so many captions in turn.</summary>
    public static IDataView Noise(MLContext ml, int captions, int seed)
    {
        var random = new Random(seed);
        var tokenizer = Vocabulary.CreateTokenizer();
        return ml.Data.LoadFromEnumerable(Enumerable.Range(0, NoiseImages).Select(i =>
        {
            var ids = tokenizer.Encode(Colours[i % captions], null, 30, out _).InputIds;
            return new NoiseRow
            {
                InputIds = ids,
                AttentionMask = [.. ids.Select(_ => 1L)],
                TokenTypeIds = new long[ids.Length],
                PixelValues = [.. Enumerable.Range(0, 3 * NoiseSide * NoiseSide).Select(_ => random.NextSingle() - 0.8f)],
            };
        }).ToList());
    }

    public static IDataView View(MLContext ml, int count) => Questions.View(ml, Make(count));

    private sealed class NoiseRow
    {
        public long[] InputIds { get; set; } = [];

        public long[] AttentionMask { get; set; } = [];

        public long[] TokenTypeIds { get; set; } = [];

        [VectorType(3 * NoiseSide * NoiseSide)]
        public float[] PixelValues { get; set; } = [];
    }
}
