using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Checkpoints;
using MLNet.VisionLanguage.Tasks.Answering;
using MLNet.VisionLanguage.Tests.Support;

namespace MLNet.VisionLanguage.Tests.Scoring;

/// <summary>A small model with the weights of a golden case (feature size 18, vocabulary 60, 17 answers), and rows for it.</summary>
internal static class AnswerFixture
{
    public const int Features = 18;
    public const int Answers = 17;

    public static ViLbertConfig Config { get; } = ReadConfig();

    public static AnswerModelSettings Settings { get; } = new()
    {
        Model = Config,
        Answers = [.. Enumerable.Range(0, Answers).Select(i => $"answer {i}")],
        BatchSize = 8,
        Threads = 1,
    };

    public static VisualQuestionAnsweringTransformer Create(MLContext ml, AnswerModelSettings? settings = null)
    {
        using var c = GoldenCases.Get("vilbert", "vltasks-mul-a");
        return (settings ?? Settings).Create(ml, new GoldenWeights(c));
    }

    /// <summary>Weights under the names of the case.</summary>
    public static T WithWeights<T>(Func<IParameterSource, T> use)
    {
        using var c = GoldenCases.Get("vilbert", "vltasks-mul-a");
        return use(new GoldenWeights(c));
    }

    /// <summary>Rows of different lengths, the same for the same count.</summary>
    public static List<AnswerRow> Rows(int count)
    {
        var random = new Random(17);
        return [.. Enumerable.Range(0, count).Select(i => Row(random, i, tokens: 2 + random.Next(6), regions: 1 + random.Next(4)))];
    }

    public static AnswerRow Row(Random random, int number, int tokens, int regions) => new()
    {
        Number = number,
        Name = $"row {number}",
        InputIds = [.. Enumerable.Range(0, tokens).Select(_ => 1L + random.Next(59))],
        AttentionMask = [.. Enumerable.Repeat(1L, tokens)],
        TokenTypeIds = new long[tokens],
        RegionFeatures = [.. Enumerable.Range(0, regions * Features).Select(_ => (float)(2 * random.NextDouble() - 1))],
        RegionBoxes = [.. Enumerable.Range(0, regions).SelectMany(_ => Box(random))],
        ImageSize = [100, 80],
    };

    public static List<AnswerOutput> Read(MLContext ml, IDataView scored) => [.. ml.Data.CreateEnumerable<AnswerOutput>(scored, reuseRowObject: false)];

    private static float[] Box(Random random)
    {
        float x = random.Next(80), y = random.Next(60);
        return [x, y, x + 1 + random.Next(19), y + 1 + random.Next(19)];
    }

    private static ViLbertConfig ReadConfig()
    {
        using var c = GoldenCases.Get("vilbert", "vltasks-mul-a");
        return ViLbertConfig.Parse(c.Config.GetRawText(), c.ToString());
    }
}

internal sealed class AnswerRow
{
    public int Number { get; set; }

    public string Name { get; set; } = "";

    public long[] InputIds { get; set; } = [];

    public long[] AttentionMask { get; set; } = [];

    public long[] TokenTypeIds { get; set; } = [];

    public float[] RegionFeatures { get; set; } = [];

    public float[] RegionBoxes { get; set; } = [];

    [VectorType(2)]
    public float[] ImageSize { get; set; } = [];
}

internal sealed class AnswerOutput
{
    public int Number { get; set; }

    public string Name { get; set; } = "";

    public long[] InputIds { get; set; } = [];

    public float[] RegionFeatures { get; set; } = [];

    public float[] Score { get; set; } = [];

    public uint PredictedLabel { get; set; }
}
