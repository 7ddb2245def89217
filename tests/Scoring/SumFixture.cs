using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Scoring;

namespace MLNet.VisionLanguage.Tests.Scoring;

/// <summary>
/// The cheapest task for the batch scorer: the sum of a row's values, and that sum plus one; a row that begins with -1 is bad.
/// </summary>
internal sealed class SumFixture : IDisposable
{
    private int _opened;

    public SumFixture() => Scorer = new BatchScorer(() => (Open(), null), Inputs, [new NamedScoresColumn("Sums", "y", ["sum", "more"])]);

    private static InputColumns Inputs { get; } = new("Sum", new ColumnGroup<float>(
        new Column<float>("x") { Check = (_, values, _) => values[0] == -1 ? " begins with -1." : null })
    { Item = "value", Axis = "S" }
        .Bind(new ColumnNames { ["x"] = "Values" }, new()));

    public MLContext Context { get; } = new(seed: 1);

    public BatchScorer Scorer { get; }

    /// <summary>How often a session was opened.</summary>
    public int Opened => _opened;

    public static List<SumRow> Rows(int count) =>
    [
        .. Enumerable.Range(0, count).Select(i => new SumRow
        {
            Number = i,
            Name = $"row {i}",
            Words = [.. Enumerable.Range(0, i % 3).Select(k => $"{i}.{k}")],
            Values = [.. Enumerable.Range(0, 1 + i % 5).Select(k => i + k * 0.5f)],
            Weight = i,
        }),
    ];

    public IDataView Load(IEnumerable<SumRow> rows) => Context.Data.LoadFromEnumerable(rows);

    public IDataView Score(IDataView source, int window, int? batchSize = null) => new ReadAheadView(source, Scorer, window, batchSize ?? window);

    public List<SumResult> Read(IDataView view) => [.. Context.Data.CreateEnumerable<SumResult>(view, reuseRowObject: false)];

    public void Dispose() => Scorer.Dispose();

    private OnnxRunner Open()
    {
        Interlocked.Increment(ref _opened);
        var graph = new GraphBuilder("sums");
        var sum = graph.ReduceSum(Inputs.AddInputs(graph)[0], 1);
        graph.Output(Scorer.Outputs[0].GraphOutput, graph.Concat(1, sum, sum + 1f), "B", 2);
        return new OnnxRunner(graph.ToArray(), new OnnxRunnerOptions { Threads = 1 });
    }
}

internal sealed class SumRow
{
    public int Number { get; set; }

    public string Name { get; set; } = "";

    public string[] Words { get; set; } = [];

    public float[] Values { get; set; } = [];

    public float Weight { get; set; }
}

internal sealed class SumResult
{
    public int Number { get; set; }

    public string Name { get; set; } = "";

    public string[] Words { get; set; } = [];

    public float[] Values { get; set; } = [];

    [VectorType(2)]
    public float[] Sums { get; set; } = [];

    /// <summary>Fails unless every value belongs to the row with this number.</summary>
    public void Check()
    {
        var row = SumFixture.Rows(Number + 1)[Number];
        Xunit.Assert.Equal(row.Name, Name);
        Xunit.Assert.Equal(row.Words, Words);
        Xunit.Assert.Equal(row.Values, Values);
        Xunit.Assert.Equal([row.Values.Sum(), row.Values.Sum() + 1], Sums);
    }
}
