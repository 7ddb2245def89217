using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Transforms;

[assembly: ModelLoader(ColumnSelectingTransformer.Signature, typeof(ColumnSelectingTransformer))]

namespace Microsoft.ML.Transforms;

public sealed class ColumnSelectingEstimator : TrivialEstimator<ColumnSelectingTransformer>
{
    internal ColumnSelectingEstimator(IHostEnvironment env, string[] keepColumns, string[] dropColumns, bool keepHidden = false)
        : base(env.Register(nameof(ColumnSelectingEstimator)), new ColumnSelectingTransformer(keepColumns, dropColumns, keepHidden))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        Transformer.CheckNames(inputSchema.Select(c => c.Name), nameof(inputSchema));
        return new SchemaShape(inputSchema.Where(c => Transformer.Keeps(c.Name)));
    }
}

public sealed class ColumnSelectingTransformer : ITransformer
{
    internal const string Signature = "SelectColumnsTransform";
    private readonly string[] _names;
    private readonly bool _keep;
    private readonly bool _keepHidden;

    internal ColumnSelectingTransformer(string[] keepColumns, string[] dropColumns, bool keepHidden)
    {
        _keep = keepColumns is { Length: > 0 };
        var drop = dropColumns is { Length: > 0 };
        if (_keep == drop)
        {
            throw new InvalidOperationException(_keep
                ? "Both keepColumns and dropColumns are set. Exactly one can be specified."
                : "Neither keepColumns and dropColumns is set. Exactly one must be specified.");
        }

        _names = _keep ? keepColumns : dropColumns;
        _keepHidden = keepHidden;
    }

    bool ITransformer.IsRowToRowMapper => true;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => Bind(inputSchema, nameof(inputSchema)).Output;

    public IDataView Transform(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        return new View(input, Bind(input.Schema, nameof(input)));
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema) =>
        new View(new SchemaOnlyView(inputSchema), Bind(inputSchema, nameof(inputSchema)));

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.SetVersionInfo("SELCOLST", Signature, typeof(ColumnSelectingTransformer).Assembly);
        ctx.Writer.Write(_keep);
        ctx.Writer.Write(_keepHidden);
        ctx.Writer.Write(_names.Length);
        foreach (var name in _names)
            ctx.SaveString(name);
    }

    internal bool Keeps(string name) => _names.Contains(name) == _keep;

    internal void CheckNames(IEnumerable<string> available, string paramName)
    {
        var missing = _names.Except(available).ToArray();
        if (missing.Length > 0)
            throw SchemaErrors.MissingColumn(paramName, "input", string.Join(",", missing));
    }

    private static ColumnSelectingTransformer Create(IHostEnvironment env, ModelLoadContext ctx)
    {
        bool keep = ctx.Reader.ReadBoolean();
        bool keepHidden = ctx.Reader.ReadBoolean();
        var names = new List<string>();
        int count = ctx.Reader.ReadInt32();
        for (int i = 0; i < count; i++)
            names.Add(ctx.LoadString());
        return new ColumnSelectingTransformer(keep ? [.. names] : null, keep ? null : [.. names], keepHidden);
    }

    private Binding Bind(DataViewSchema input, string paramName)
    {
        ArgumentNullException.ThrowIfNull(input, paramName);
        CheckNames(input.Select(c => c.Name), paramName);

        // Kept columns come in the order asked for; dropping leaves the order of the input.
        var sources = _keep
            ? _names.SelectMany(name => input.Where(c => c.Name == name && (_keepHidden || !c.IsHidden)))
            : input.Where(c => Keeps(c.Name));
        return new Binding(input, sources.ToArray());
    }

    private sealed class Binding
    {
        public Binding(DataViewSchema input, DataViewSchema.Column[] sources)
        {
            Input = input;
            Sources = sources;
            var builder = new DataViewSchema.Builder();
            builder.AddColumns(sources);
            Output = builder.ToSchema();
        }

        public DataViewSchema Input { get; }

        public DataViewSchema Output { get; }

        public DataViewSchema.Column[] Sources { get; }

        public IEnumerable<DataViewSchema.Column> InputsFor(IEnumerable<DataViewSchema.Column> columns)
        {
            var needed = columns.Select(c => Sources[c.Index].Index).ToHashSet();
            return Input.Where(c => needed.Contains(c.Index)).ToArray();
        }
    }

    private sealed class View(IDataView source, Binding binding) : IDataView, IRowToRowMapper
    {
        public bool CanShuffle => source.CanShuffle;

        public DataViewSchema Schema => binding.Output;

        public DataViewSchema InputSchema => binding.Input;

        public DataViewSchema OutputSchema => binding.Output;

        public long? GetRowCount() => source.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
        {
            var columns = columnsNeeded.ToArray();
            return new Cursor(source.GetRowCursor(binding.InputsFor(columns), rand), binding, columns);
        }

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        {
            var columns = columnsNeeded.ToArray();
            return Array.ConvertAll(
                source.GetRowCursorSet(binding.InputsFor(columns), n, rand),
                input => (DataViewRowCursor)new Cursor(input, binding, columns));
        }

        public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns) =>
            binding.InputsFor(dependingColumns);

        public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns) => new Row(input, binding);
    }

    private sealed class Row(DataViewRow input, Binding binding) : DataViewRow
    {
        public override DataViewSchema Schema => binding.Output;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => true;

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            input.GetGetter<TValue>(binding.Sources[column.Index]);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                input.Dispose();
        }
    }

    private sealed class Cursor(DataViewRowCursor input, Binding binding, DataViewSchema.Column[] active) : DataViewRowCursor
    {
        private readonly HashSet<int> _active = active.Select(c => c.Index).ToHashSet();

        public override DataViewSchema Schema => binding.Output;

        public override long Position => input.Position;

        public override long Batch => input.Batch;

        public override bool MoveNext() => input.MoveNext();

        public override ValueGetter<DataViewRowId> GetIdGetter() => input.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => _active.Contains(column.Index);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) =>
            input.GetGetter<TValue>(binding.Sources[column.Index]);

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                input.Dispose();
        }
    }
}
