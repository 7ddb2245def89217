using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>A transformer that adds columns, each row on its own.</summary>
public abstract class RowToRowTransformerBase : ITransformer
{
    private protected readonly IHost Host;

    private protected RowToRowTransformerBase(IHost host) => Host = host;

    bool ITransformer.IsRowToRowMapper => true;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new AddedColumns(inputSchema, MakeRowMapper(inputSchema).GetOutputColumns()).Output;
    }

    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new RowMappedView(input, MakeRowMapper(input.Schema));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        return new RowMappedView(new SchemaOnlyView(inputSchema), MakeRowMapper(inputSchema));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => SaveModel(ctx);

    private protected abstract IRowMapper MakeRowMapper(DataViewSchema schema);

    private protected abstract void SaveModel(ModelSaveContext ctx);
}

/// <summary>A transformer whose output columns each come from one input column.</summary>
public abstract class OneToOneTransformerBase : RowToRowTransformerBase
{
    internal readonly (string outputColumnName, string inputColumnName)[] ColumnPairs;

    private protected OneToOneTransformerBase(IHost host, params (string outputColumnName, string inputColumnName)[] columns)
        : base(host)
    {
        ArgumentNullException.ThrowIfNull(columns);
        var names = new HashSet<string>();
        foreach (var (output, input) in columns)
        {
            if (string.IsNullOrEmpty(output) || string.IsNullOrEmpty(input))
                throw new ArgumentNullException(nameof(columns));
            if (!names.Add(output))
                throw new ArgumentOutOfRangeException(nameof(columns), $"Name of the result column '{output}' specified multiple times");
        }

        ColumnPairs = columns;
    }

    private protected static (string OutputColumnName, string InputColumnName)[] LoadColumns(ModelLoadContext ctx)
    {
        var columns = new List<(string, string)>();
        int count = ctx.Reader.ReadInt32();
        for (int i = 0; i < count; i++)
            columns.Add((ctx.LoadString(), ctx.LoadString()));
        return [.. columns];
    }

    private protected void SaveColumns(ModelSaveContext ctx)
    {
        ctx.Writer.Write(ColumnPairs.Length);
        foreach (var (output, input) in ColumnPairs)
        {
            ctx.SaveString(output);
            ctx.SaveString(input);
        }
    }

    /// <summary>Base of the mappers: finds the input columns, asks for the getters of the active pairs.</summary>
    private protected abstract class PairMapper : IRowMapper
    {
        private DataViewSchema.DetachedColumn[] _outputs;

        private protected PairMapper(OneToOneTransformerBase parent, DataViewSchema input)
        {
            Pairs = parent.ColumnPairs;
            Inputs = Array.ConvertAll(
                Pairs, p => input.GetColumnOrNull(p.inputColumnName)
                    ?? throw SchemaErrors.MissingColumn("inputSchema", "input", p.inputColumnName));
        }

        protected (string outputColumnName, string inputColumnName)[] Pairs { get; }

        protected DataViewSchema.Column[] Inputs { get; }

        public DataViewSchema.DetachedColumn[] GetOutputColumns() =>
            _outputs ??= Enumerable.Range(0, Pairs.Length).Select(MakeColumn).ToArray();

        public Func<int, bool> GetDependencies(Func<int, bool> activeOutput)
        {
            var needed = Enumerable.Range(0, Pairs.Length).Where(activeOutput).Select(i => Inputs[i].Index).ToHashSet();
            return needed.Contains;
        }

        public Delegate[] CreateGetters(DataViewRow input, Func<int, bool> activeOutput, out Action disposer)
        {
            disposer = null;
            return Enumerable.Range(0, Pairs.Length).Select(i => activeOutput(i) ? MakeGetter(input, i) : null).ToArray();
        }

        protected abstract DataViewSchema.DetachedColumn MakeColumn(int pair);

        protected abstract Delegate MakeGetter(DataViewRow input, int pair);
    }
}

/// <summary>A view of no rows: gives mappers of single rows their schema.</summary>
internal sealed class SchemaOnlyView(DataViewSchema schema) : IDataView
{
    public bool CanShuffle => true;

    public DataViewSchema Schema => schema;

    public long? GetRowCount() => 0;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null) =>
        new NoRows(schema, columnsNeeded.Select(c => c.Index).ToHashSet());

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    private sealed class NoRows(DataViewSchema schema, HashSet<int> active) : DataViewRowCursor
    {
        public override long Position => -1;

        public override long Batch => 0;

        public override DataViewSchema Schema => schema;

        public override bool MoveNext() => false;

        public override bool IsColumnActive(DataViewSchema.Column column) => active.Contains(column.Index);

        public override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId _) => throw NoValue();

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => (ref TValue _) => throw NoValue();

        private static InvalidOperationException NoValue() => new("The view has no rows.");
    }
}
