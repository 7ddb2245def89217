#nullable disable
using Microsoft.ML.Data;

namespace Microsoft.ML;

public static partial class CustomMappingCatalog
{
    /// <summary>Drops the rows for which the predicate is true.</summary>
    public static IDataView FilterByCustomPredicate<TSrc>(
        this DataOperationsCatalog catalog, IDataView input, Func<TSrc, bool> filterPredicate)
        where TSrc : class, new()
    {
        Guard.NotNull(catalog);
        Guard.NotNull(filterPredicate);
        return Filter<TSrc>(input, () => filterPredicate, ordered: false);
    }

    /// <summary>As FilterByCustomPredicate, with a state that each cursor has for itself.</summary>
    public static IDataView FilterByStatefulCustomPredicate<TSrc, TState>(
        this DataOperationsCatalog catalog, IDataView input, Func<TSrc, TState, bool> filterPredicate, Action<TState> stateInitAction)
        where TSrc : class, new()
        where TState : class, new()
    {
        Guard.NotNull(catalog);
        Guard.NotNull(filterPredicate);
        Guard.NotNull(stateInitAction);
        return Filter<TSrc>(
            input,
            () =>
            {
                var state = new TState();
                stateInitAction(state);
                return row => filterPredicate(row, state);
            },
            ordered: true);
    }

    private static RowFilterView Filter<TSrc>(IDataView input, Func<Func<TSrc, bool>> start, bool ordered)
        where TSrc : class, new()
    {
        Guard.NotNull(input);
        var reader = RowReader<TSrc>.Bind(input.Schema);
        return new RowFilterView(input, reader.Columns, Open, ordered);

        Func<bool> Open(DataViewRowCursor cursor)
        {
            var fill = reader.Open(cursor);
            var row = new TSrc();
            var drops = start();
            return () =>
            {
                fill(row);
                return !drops(row);
            };
        }
    }
}
