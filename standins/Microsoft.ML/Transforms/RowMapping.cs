namespace Microsoft.ML.Data;

/// <summary>Computes added columns from one input row; bound to one input schema.</summary>
internal interface IRowMapper
{
    DataViewSchema.DetachedColumn[] GetOutputColumns();

    /// <summary>Which input columns the active ones of the added columns need.</summary>
    Func<int, bool> GetDependencies(Func<int, bool> activeOutput);

    /// <summary>A ValueGetter for each added column, null for inactive ones.</summary>
    Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action disposer);
}

/// <summary>Where input and added columns stand in the output: an added column follows the one whose name it takes.</summary>
internal sealed class AddedColumns
{
    private readonly int[] _sources;
    private readonly int[] _positions;

    public AddedColumns(DataViewSchema input, DataViewSchema.DetachedColumn[] added)
    {
        Input = input;
        var sources = Enumerable.Range(0, input.Count).ToList();
        for (int i = 0; i < added.Length; i++)
        {
            int same = sources.FindLastIndex(s => (s >= 0 ? input[s].Name : added[~s].Name) == added[i].Name);
            sources.Insert(same < 0 ? sources.Count : same + 1, ~i);
        }

        var builder = new DataViewSchema.Builder();
        builder.AddColumns(sources.Select(s => s >= 0 ? new DataViewSchema.DetachedColumn(input[s]) : added[~s]));
        Output = builder.ToSchema();
        _sources = [.. sources];
        _positions = new int[added.Length];
        for (int i = 0; i < _sources.Length; i++)
        {
            if (_sources[i] < 0)
                _positions[~_sources[i]] = i;
        }
    }

    public DataViewSchema Input { get; }

    public DataViewSchema Output { get; }

    /// <summary>The index in the input, or the complement of the index among the added columns.</summary>
    public int SourceOf(int outputIndex) => _sources[outputIndex];

    public bool[] Activate(IEnumerable<DataViewSchema.Column> columns)
    {
        var active = new bool[Output.Count];
        foreach (var column in columns)
            active[column.Index] = true;
        return active;
    }

    public Func<int, bool> ActiveAdded(bool[] active) => i => i >= 0 && i < _positions.Length && active[_positions[i]];

    public bool AnyAdded(bool[] active) => _positions.Any(position => active[position]);

    public DataViewSchema.Column[] InputsFor(bool[] active, IRowMapper mapper)
    {
        var needed = mapper.GetDependencies(ActiveAdded(active));
        var passed = new bool[Input.Count];
        for (int i = 0; i < active.Length; i++)
        {
            if (active[i] && _sources[i] >= 0)
                passed[_sources[i]] = true;
        }

        return Input.Where(c => passed[c.Index] || needed(c.Index)).ToArray();
    }
}

/// <summary>The lazy result of a row mapper over a view; also the mapper of single rows.</summary>
internal sealed class RowMappedView(IDataView source, IRowMapper mapper) : IDataView, IRowToRowMapper
{
    private readonly AddedColumns _columns = new(source.Schema, mapper.GetOutputColumns());

    public bool CanShuffle => source.CanShuffle;

    public DataViewSchema Schema => _columns.Output;

    public DataViewSchema InputSchema => source.Schema;

    public DataViewSchema OutputSchema => _columns.Output;

    public long? GetRowCount() => source.GetRowCount();

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var needed = columnsNeeded.ToArray();
        if (ParallelRows.CanCarry(needed))
            return ParallelRows.Join(GetRowCursorSet(needed, ParallelRows.Workers, rand));
        var active = _columns.Activate(needed);
        return Map(source.GetRowCursor(_columns.InputsFor(active, mapper), rand), active);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
    {
        var active = _columns.Activate(columnsNeeded);
        var inputs = source.GetRowCursorSet(_columns.InputsFor(active, mapper), n, rand);
        if (inputs.Length == 1 && n > 1 && _columns.AnyAdded(active))
            inputs = ParallelRows.Split(inputs[0], n);
        return Array.ConvertAll(inputs, input => Map(input, active));
    }

    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
        _columns.InputsFor(_columns.Activate(dependingColumns), mapper);

    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(activeColumns);
        if (input.Schema != InputSchema)
            throw new InvalidOperationException("Schema of input row must be the same as the schema the mapper is bound to");
        var active = _columns.Activate(activeColumns);
        return new MappedRow(input, new RowGetterTable(input, _columns, mapper, active));
    }

    private MappedCursor Map(DataViewRowCursor input, bool[] active) => new(input, new RowGetterTable(input, _columns, mapper, active));
}

/// <summary>The getters of one mapped row: passed on from the input, or made by the mapper.</summary>
internal sealed class RowGetterTable
{
    private readonly DataViewRow _input;
    private readonly AddedColumns _columns;
    private readonly bool[] _active;
    private readonly Delegate[] _getters;
    private Action _disposer;

    public RowGetterTable(DataViewRow input, AddedColumns columns, IRowMapper mapper, bool[] active)
    {
        _input = input;
        _columns = columns;
        _active = active;
        _getters = mapper.CreateGetters(input, columns.ActiveAdded(active), out _disposer);
    }

    public DataViewSchema Schema => _columns.Output;

    /// <summary>A cursor offers what it was asked for.</summary>
    public bool IsRequested(DataViewSchema.Column column) => _active[column.Index];

    /// <summary>A single row also passes on what its input has anyway.</summary>
    public bool IsAvailable(DataViewSchema.Column column)
    {
        int source = _columns.SourceOf(column.Index);
        return source >= 0 ? _input.IsColumnActive(_columns.Input[source]) : _getters[~source] != null;
    }

    public ValueGetter<TValue> Getter<TValue>(DataViewSchema.Column column)
    {
        int source = _columns.SourceOf(column.Index);
        if (source >= 0)
            return _input.GetGetter<TValue>(_columns.Input[source]);
        var getter = _getters[~source];
        if (getter == null)
            throw new InvalidOperationException($"Column '{column.Name}' is not active.");
        return getter as ValueGetter<TValue> ?? throw new InvalidOperationException(
            $"Invalid TValue in GetGetter: '{typeof(TValue)}', expected type: '{getter.GetType().GetGenericArguments()[0]}'.");
    }

    public void Dispose()
    {
        _disposer?.Invoke();
        _disposer = null;
    }
}

internal sealed class MappedRow(DataViewRow input, RowGetterTable table) : DataViewRow
{
    public override DataViewSchema Schema => table.Schema;

    public override long Position => input.Position;

    public override long Batch => input.Batch;

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => table.IsAvailable(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => table.Getter<TValue>(column);

    protected override void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        table.Dispose();
        input.Dispose();
    }
}

internal sealed class MappedCursor(DataViewRowCursor input, RowGetterTable table) : DataViewRowCursor
{
    public override DataViewSchema Schema => table.Schema;

    public override long Position => input.Position;

    public override long Batch => input.Batch;

    public override bool MoveNext() => input.MoveNext();

    public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

    public override bool IsColumnActive(DataViewSchema.Column column) => table.IsRequested(column);

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => table.Getter<TValue>(column);

    protected override void Dispose(bool disposing)
    {
        if (!disposing)
            return;
        table.Dispose();
        input.Dispose();
    }
}
