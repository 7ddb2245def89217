using Microsoft.ML;
using MLNet.VisionLanguage.Columns;
using MLNet.VisionLanguage.Onnx;

namespace MLNet.VisionLanguage.Scoring;

/// <summary>
/// One graph with the columns it reads and those it adds. Knows nothing of tasks and of cursors; several of them may use it at a time.
/// </summary>
internal sealed class BatchScorer : IDisposable
{
    private readonly Lazy<(OnnxRunner Runner, OnnxSharedRows? Shared)> _session;
    private readonly string[] _graphOutputs;
    private volatile bool _disposed;

    /// <param name="open">Opens the session, when the first row is scored, and tells whether its rows may share texts and images.</param>
    /// <param name="inputs">The columns read.</param>
    /// <param name="outputs">The columns added.</param>
    public BatchScorer(Func<(OnnxRunner Runner, OnnxSharedRows? Shared)> open, InputColumns inputs, IReadOnlyList<OutputColumn> outputs)
    {
        _session = new(open);
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

    /// <summary>Whether rows of a window share the work on a text or an image that they have in common. Benchmarks turn it off.</summary>
    public bool SharesParts { get; set; } = true;

    /// <summary>How long ONNX Runtime computed.</summary>
    public TimeSpan TimeInSession => _session.IsValueCreated ? _session.Value.Runner.TimeInRuns : TimeSpan.Zero;

    private OnnxSharedRows? Shared => SharesParts ? _session.Value.Shared : null;

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

    /// <summary>
    /// Scores the first rows of the buffers, so many at a time: those of like length together, so that less is padding.
    /// </summary>
    /// <param name="columns">Buffers in the order of <see cref="Inputs"/>.</param>
    /// <param name="count">How many rows.</param>
    /// <param name="batchSize">The most rows of a batch.</param>
    /// <param name="name">What messages call a row.</param>
    /// <param name="cuts">Counts the rows that are too long.</param>
    public BatchScores Score(IReadOnlyList<BufferedColumn> columns, int count, int batchSize, Func<int, string> name, CutTexts cuts)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var (problems, places) = (new string?[count], new (ScoredBatch, int)[count]);
        var row = new SlotRow(columns);
        var good = new List<(int Slot, int[] Items)>(count);
        for (row.Slot = 0; row.Slot < count; row.Slot++)
        {
            if (Inputs.Find(row) is { } problem)
            {
                problems[row.Slot] = $"{Inputs.Component}: {name(row.Slot)}: {problem}";
                continue;
            }

            Inputs.CountCut(row, cuts);
            var items = new int[Inputs.Groups.Count];
            for (var group = 0; group < items.Length; group++) items[group] = Inputs.Items(row, group);
            good.Add((row.Slot, items));
        }

        foreach (var batch in RowBatches.Plan(Parted(row, good), batchSize, good.Count == 0 ? null : Shared))
        {
            var scored = Run(row, batch);
            for (var i = 0; i < batch.Length; i++) places[batch[i].Slot] = (scored, i);
        }

        return new BatchScores(places, problems);
    }

    /// <summary>Scores a batch of rows that have been checked; the graph's outputs.</summary>
    public Dictionary<string, OnnxTensor> Run(ColumnBatch batch)
    {
        int[] each = [.. Enumerable.Range(0, batch.Rows)];
        return Run(batch, [.. Inputs.Groups.Select(_ => each)]);
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        if (_session.IsValueCreated) _session.Value.Runner.Dispose();
    }

    /// <summary>Finds which rows have the same text, and which the same image, where that saves something.</summary>
    private List<RowToScore> Parted(SlotRow row, List<(int Slot, int[] Items)> rows)
    {
        if (rows.Count < 2 || Shared is null) return [.. rows.Select(one => new RowToScore(one.Slot, one.Items, []))];
        var known = Array.ConvertAll(rows[0].Items, _ => new Dictionary<UInt128, int>());
        return [.. rows.Select(one =>
        {
            row.Slot = one.Slot;
            var parts = new int[known.Length];
            for (var group = 0; group < parts.Length; group++)
            {
                var digest = Inputs.Digest(row, group);
                if (!known[group].TryGetValue(digest, out parts[group])) known[group][digest] = parts[group] = known[group].Count;
            }

            return new RowToScore(one.Slot, one.Items, parts);
        })];
    }

    private ScoredBatch Run(SlotRow row, RowToScore[] rows)
    {
        int[][] items = [.. rows.Select(one => one.Items)];
        var groups = Inputs.Groups.Count;

        // Of each group the rows that bring a value, and for each row which of them it has.
        var (firsts, places) = (new List<int>[groups], new int[groups][]);
        for (var group = 0; group < groups; group++)
        {
            (firsts[group], places[group]) = ([], new int[rows.Length]);
            var known = new Dictionary<int, int>();
            for (var i = 0; i < rows.Length; i++)
            {
                var part = rows[i].Parts.Length > 0 ? rows[i].Parts[group] : i;
                if (known.TryAdd(part, firsts[group].Count)) firsts[group].Add(i);
                places[group][i] = known[part];
            }
        }

        using var batch = new ColumnBatch(
            Inputs, rows.Length, [.. Inputs.Groups.Select((_, group) => items.Max(own => own[group]))], Array.ConvertAll(firsts, own => own.Count));
        for (var group = 0; group < groups; group++)
        {
            foreach (var (place, i) in firsts[group].Index())
            {
                row.Slot = rows[i].Slot;
                Inputs.CopyTo(row, group, batch, place);
            }
        }

        return new(Run(batch, places), items);
    }

    private Dictionary<string, OnnxTensor> Run(ColumnBatch batch, int[][] places)
    {
        var (runner, shared) = _session.Value;
        var feeds = new Dictionary<string, OnnxTensor>(StringComparer.Ordinal);
        for (var i = 0; i < Inputs.Columns.Count; i++) feeds.Add(Column.HelperPrefix + Inputs.Columns[i].GraphName, batch[i].ToOnnx());
        if (shared is not null)
        {
            feeds.Add(OnnxSharedRows.TextOfRow, Places(places[0]));
            feeds.Add(OnnxSharedRows.ImageOfRow, Places(places[1]));
        }

        return runner.Run(feeds, _graphOutputs);

        static OnnxTensor Places(int[] own) => OnnxTensor.Of(Array.ConvertAll(own, place => (long)place), own.Length);
    }
}
