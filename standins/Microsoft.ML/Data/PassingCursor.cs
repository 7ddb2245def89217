#nullable disable

namespace Microsoft.ML.Data;

/// <summary>A cursor that gives some rows of another, counted anew, with the other's values and ids.</summary>
internal abstract class PassingCursor(DataViewRowCursor input, IEnumerable<DataViewSchema.Column> active) : RootCursor
{
    private readonly HashSet<int> _active = [.. active.Select(column => column.Index)];

    public override DataViewSchema Schema => Input.Schema;

    protected DataViewRowCursor Input { get; } = input;

    public override bool IsColumnActive(DataViewSchema.Column column)
    {
        Guard.State(column.Index < Schema.Count, $"There is no column {column.Index}.");
        return _active.Contains(column.Index);
    }

    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        Guard.State(IsColumnActive(column), $"Column '{column.Name}' was not requested.");
        return Input.GetGetter<TValue>(column);
    }

    public override ValueGetter<DataViewRowId> GetIdGetter() => Input.GetIdGetter();

    protected override void Close() => Input.Dispose();
}
