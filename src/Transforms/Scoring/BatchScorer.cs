using Microsoft.ML;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>Looks at the input columns of one buffered row, in the order of the scorer's inputs; tells what is wrong, or null.</summary>
internal delegate string? RowCheck(IReadOnlyList<BufferedColumn> inputs, int slot);

/// <summary>
/// One task on one graph: which columns it reads, how rows become a batch, which columns it adds. Knows nothing of cursors; several of
/// them may use it at a time.
/// </summary>
internal sealed class BatchScorer : IDisposable
{
    private readonly string _component;
    private readonly Lazy<OnnxRunner> _runner;
    private readonly RowCheck _check;
    private readonly string[] _graphOutputs;
    private volatile bool _disposed;

    /// <param name="component">What messages call the task.</param>
    /// <param name="open">Opens the session, when the first row is scored.</param>
    /// <param name="inputs">The columns read.</param>
    /// <param name="check">Finds rows that the graph cannot take.</param>
    /// <param name="graphOutputs">The graph's outputs that are needed.</param>
    /// <param name="outputs">The columns made of them.</param>
    public BatchScorer(
        string component,
        Func<OnnxRunner> open,
        IReadOnlyList<BatchInput> inputs,
        RowCheck check,
        IReadOnlyList<string> graphOutputs,
        IReadOnlyList<OutputColumn> outputs)
    {
        _component = component;
        _runner = new Lazy<OnnxRunner>(open);
        _check = check;
        _graphOutputs = [.. graphOutputs];
        Inputs = inputs;
        Outputs = outputs;
    }

    public IReadOnlyList<BatchInput> Inputs { get; }

    public IReadOnlyList<OutputColumn> Outputs { get; }

    /// <exception cref="ArgumentException">An input column is missing or of another type.</exception>
    public void CheckInput(DataViewSchema schema)
    {
        foreach (var input in Inputs)
            input.Requirement(_component).Check(schema);
    }

    /// <summary>The input's columns and those added.</summary>
    public DataViewSchema OutputSchema(DataViewSchema inputSchema)
    {
        var builder = new DataViewSchema.Builder();
        builder.AddColumns(inputSchema);
        foreach (var output in Outputs)
            builder.AddColumn(output.Name, output.Type, output.Annotations);
        return builder.ToSchema();
    }

    /// <summary>The input columns in a schema that <see cref="CheckInput"/> let pass, in the order of <see cref="Inputs"/>.</summary>
    public DataViewSchema.Column[] InputColumns(DataViewSchema schema) => [.. Inputs.Select(input => schema[input.Column])];

    /// <summary>Scores the first rows of the buffers.</summary>
    /// <param name="columns">Buffers in the order of <see cref="Inputs"/>.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="position">Tells the position of a row in its source, for messages.</param>
    public BatchScores Score(IReadOnlyList<BufferedColumn> columns, int count, Func<int, long> position)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var problems = new string?[count];
        var scoredRows = new int[count];
        var good = new List<int>(count);
        for (var row = 0; row < count; row++)
        {
            problems[row] = _check(columns, row) is { } problem ? $"{_component}: row {position(row)}: {problem}" : null;
            scoredRows[row] = problems[row] is null ? good.Count : -1;
            if (problems[row] is null)
                good.Add(row);
        }

        Dictionary<string, OnnxTensor> outputs = good.Count == 0 ? [] : Run(columns, [.. good]);
        return new BatchScores(outputs, scoredRows, problems);
    }

    public void Dispose()
    {
        if (_disposed)
            return;
        _disposed = true;
        if (_runner.IsValueCreated)
            _runner.Value.Dispose();
    }

    private Dictionary<string, OnnxTensor> Run(IReadOnlyList<BufferedColumn> columns, int[] slots)
    {
        var memory = new List<IDisposable>(Inputs.Count);
        try
        {
            var feeds = new Dictionary<string, OnnxTensor>(StringComparer.Ordinal);
            for (var i = 0; i < Inputs.Count; i++)
            {
                memory.Add(Inputs[i].Assemble(columns[i], slots, out var tensor));
                feeds.Add(Inputs[i].GraphName, tensor);
            }

            return _runner.Value.Run(feeds, _graphOutputs);
        }
        finally
        {
            foreach (var rented in memory)
                rented.Dispose();
        }
    }
}
