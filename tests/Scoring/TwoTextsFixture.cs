using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Persistence;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage.Tests.Scoring;

/// <summary>
/// The cheapest task on two texts and an image: which text has the larger sum of word numbers, what each region's features sum to, and the
/// regions' features themselves.
/// </summary>
internal sealed class TwoTextsTransformer(MLContext mlContext, ScoringTask task)
    : ScoringTransformer(mlContext, task, task.Write(Graph(task.Inputs)))
{
    public const string Kind = "TwoTexts";
    public const int Features = 2;

    public static ScoringTask Task { get; } = new()
    {
        Inputs = new InputColumns(
            Kind,
            [
                .. StandardColumns.Text.BindEach([Names("First"), Names("Second")], Limits),
                StandardColumns.Image.Bind([], Limits),
            ]),
        Outputs =
        [
            new NamedScoresColumn("Sums", "TextSums", ["first", "zweiter ü"]),
            new BestNameColumn("Larger", "TextSums", ["first", "zweiter ü"]),
            new ItemScoresColumn("RegionSums", "RegionSums", group: 2),
            new ItemScoresColumn("Regions", "Regions", group: 2, Features),
        ],
        State = StateText.Write(Kind, 1, new { }),
        BatchSize = 4,
        Threads = 1,
    };

    private static ColumnLimits Limits => new(VocabularySize: 100, MaxTokens: 10, TokenTypes: 2, RegionFeatureSize: Features);

    /// <summary>Rows of one to three tokens and regions.</summary>
    public static List<TwoTextsRow> Rows(int count) => [.. Enumerable.Range(0, count).Select(i => new TwoTextsRow
    {
        FirstInputIds = Numbers(1 + i % 3, k => 10 + i + k),
        FirstAttentionMask = Numbers(1 + i % 3, _ => 1),
        FirstTokenTypeIds = Numbers(1 + i % 3, _ => 0),
        SecondInputIds = Numbers(1 + (i + 1) % 3, k => 12 + k),
        SecondAttentionMask = Numbers(1 + (i + 1) % 3, _ => 1),
        SecondTokenTypeIds = Numbers(1 + (i + 1) % 3, _ => 1),
        RegionFeatures = [.. Enumerable.Range(0, Features * (1 + i % 2)).Select(k => i + k * 0.5f)],
        RegionBoxes = [.. Enumerable.Range(0, 1 + i % 2).SelectMany(_ => new float[] { 1, 1, 5, 5 })],
        ImageSize = [10, 10],
    })];

    private static ColumnNames Names(string which)
    {
        var names = new ColumnNames();
        foreach (var column in StandardColumns.Text.Columns) names[column] = which + column.Name;
        return names;
    }

    private static long[] Numbers(int count, Func<int, long> number) => [.. Enumerable.Range(0, count).Select(number)];

    private static GraphBuilder Graph(InputColumns columns)
    {
        var graph = new GraphBuilder(Kind);
        var inputs = columns.AddInputs(graph);
        GraphValue Sum(int number) => graph.Cast(
            graph.ReduceSum(Input(StandardColumns.InputIds, number) * Input(StandardColumns.AttentionMask, number), 1), OnnxType.Float);
        graph.Output("__vl.TextSums", graph.Concat(1, Sum(0), Sum(1)), "B", 2);
        var features = Input(StandardColumns.RegionFeatures, 0);
        graph.Output("__vl.RegionSums", graph.ReduceSum(features, 2, keepDimension: false), "B", "N");
        graph.Output("__vl.Regions", graph.Reshape(features, 0, -1), "B", "V");
        return graph;

        GraphValue Input(Column column, int number) => inputs[columns.Place(column, number)];
    }
}

internal sealed class TwoTextsRow
{
    public long[] FirstInputIds { get; set; } = [];

    public long[] FirstAttentionMask { get; set; } = [];

    public long[] FirstTokenTypeIds { get; set; } = [];

    public long[] SecondInputIds { get; set; } = [];

    public long[] SecondAttentionMask { get; set; } = [];

    public long[] SecondTokenTypeIds { get; set; } = [];

    public float[] RegionFeatures { get; set; } = [];

    public float[] RegionBoxes { get; set; } = [];

    [VectorType(2)]
    public float[] ImageSize { get; set; } = [];
}

internal sealed class TwoTextsResult
{
    public float[] Sums { get; set; } = [];

    public uint Larger { get; set; }

    public float[] RegionSums { get; set; } = [];

    public float[] Regions { get; set; } = [];

    /// <summary>Fails unless this is the result of a row.</summary>
    public void Check(TwoTextsRow row)
    {
        Xunit.Assert.Equal([row.FirstInputIds.Sum(), row.SecondInputIds.Sum()], Sums);
        Xunit.Assert.Equal(Sums[0] >= Sums[1] ? 1u : 2u, Larger);
        Xunit.Assert.Equal(row.RegionFeatures, Regions);
        Xunit.Assert.Equal(row.RegionFeatures.Chunk(TwoTextsTransformer.Features).Select(region => region.Sum()), RegionSums);
    }
}
