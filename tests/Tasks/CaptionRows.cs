using Microsoft.ML;
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

    public static IDataView View(MLContext ml, int count) => Questions.View(ml, Make(count));
}
