using Microsoft.ML;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>
/// One graph with the columns it reads and those it adds. Knows nothing of tasks and of cursors; several of them may use it at a time.
/// </summary>
internal sealed class BatchScorer : IDisposable
{
    private readonly Lazy<OnnxRunner> _runner;
    private readonly string[] _graphOutputs;
    private volatile bool _disposed;

    /// <param name="open">Opens the session, when the first row is scored.</param>
    /// <param name="inputs">The columns read.</param>
    /// <param name="outputs">The columns added.</param>
    public BatchScorer(Func<OnnxRunner> open, InputColumns inputs, IReadOnlyList<OutputColumn> outputs)
    {
        _runner = new Lazy<OnnxRunner>(open);
        _graphOutputs = [.. outputs.Select(output => output.GraphOutput).Distinct()];
        Inputs = inputs;
        Outputs = outputs;
    }

    public InputColumns Inputs { get; }

    public IReadOnlyList<OutputColumn> Outputs { get; }

    /// <summary>The column by which messages name rows, when the data has it; null for none.</summary>
    public string? RowIdColumn { get; init; }

    /// <summary>Takes warnings about the rows.</summary>
    public Action<string> Warn { get; init; } = _ => { };

    /// <summary>Warns of what was counted.</summary>
    public void Tell(CutTexts cuts)
    {
        if (cuts.Take() is { } text) Warn(text);
    }

    /// <summary>The input's columns and those added.</summary>
    public DataViewSchema OutputSchema(DataViewSchema inputSchema)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(inputSchema);
        foreach (var output in Outputs) builder.AddColumn(output.Name, output.Type, output.Annotations);
        return builder.ToSchema();
    }

    /// <summary>The input columns in a schema that the inputs' check let pass, in their order.</summary>
    public DataViewSchema.Column[] InputColumns(DataViewSchema schema) => [.. Inputs.Columns.Select(input => schema[input.Name])];

    /// <summary>Scores the first rows of the buffers.</summary>
    /// <param name="columns">Buffers in the order of <see cref="Inputs"/>.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="name">What messages call a row.</param>
    /// <param name="cuts">Counts the rows that are too long.</param>
    public BatchScores Score(IReadOnlyList<BufferedColumn> columns, int count, Func<int, string> name, CutTexts cuts)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var (problems, scoredRows) = (new string?[count], new int[count]);
        var row = new SlotRow(columns);
        var (good, items) = (new List<int>(count), new List<int[]>(count));
        for (row.Slot = 0; row.Slot < count; row.Slot++)
        {
            scoredRows[row.Slot] = -1;
            if (Inputs.Find(row) is { } problem)
            {
                problems[row.Slot] = $"{Inputs.Component}: {name(row.Slot)}: {problem}";
                continue;
            }

            Inputs.CountCut(row, cuts);
            scoredRows[row.Slot] = good.Count;
            good.Add(row.Slot);
            items.Add([.. Enumerable.Range(0, Inputs.Groups.Count).Select(group => Inputs.Items(row, group))]);
        }

        Dictionary<string, OnnxTensor> outputs = good.Count == 0 ? [] : Run(row, good, items);
        return new BatchScores(outputs, scoredRows, problems, [.. items]);
    }

    /// <summary>Scores a batch of rows that have been checked; the graph's outputs.</summary>
    public Dictionary<string, OnnxTensor> Run(ColumnBatch batch)
    {
        var feeds = new Dictionary<string, OnnxTensor>(StringComparer.Ordinal);
        for (var i = 0; i < Inputs.Columns.Count; i++) feeds.Add(Column.HelperPrefix + Inputs.Columns[i].GraphName, batch[i].ToOnnx());
        return _runner.Value.Run(feeds, _graphOutputs);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        if (_runner.IsValueCreated) _runner.Value.Dispose();
    }

    private Dictionary<string, OnnxTensor> Run(SlotRow row, List<int> slots, List<int[]> items)
    {
        using var batch = new ColumnBatch(Inputs, slots.Count, [.. Inputs.Groups.Select((_, group) => items.Max(own => own[group]))]);
        for (var i = 0; i < slots.Count; i++)
        {
            row.Slot = slots[i];
            Inputs.CopyTo(row, batch, i);
        }

        return Run(batch);
    }
}
