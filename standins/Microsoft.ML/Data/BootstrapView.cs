#nullable disable

namespace Microsoft.ML.Data;

/// <summary>Each row as often as a Poisson variable of mean 1 says, or, as the complement, once where that is zero.</summary>
internal sealed class BootstrapView(IDataView source, uint seed, bool complement) : IDataView
{
    public bool CanShuffle => false;

    public DataViewSchema Schema => source.Schema;

    public long? GetRowCount() => null;

    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random rand = null)
    {
        var needed = columnsNeeded.ToArray();
        return new Cursor(source.GetRowCursor(needed), needed, new HybridRandom(seed), complement);
    }

    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random rand = null)
        => [GetRowCursor(columnsNeeded)];

    private sealed class Cursor(DataViewRowCursor input, IEnumerable<DataViewSchema.Column> active, Random random, bool complement)
        : PassingCursor(input, active)
    {
        private ulong _remaining;

        public override ValueGetter<DataViewRowId> GetIdGetter()
        {
            // Repetitions of one row need ids of their own.
            var inputId = Input.GetIdGetter();
            return (ref DataViewRowId id) =>
            {
                inputId(ref id);
                id = id.Combine(new DataViewRowId(_remaining, 0));
            };
        }

        protected override bool Advance()
        {
            while (_remaining == 0)
            {
                if (!Input.MoveNext())
                    return false;
                var count = Poisson();
                _remaining = complement ? (count == 0 ? 1ul : 0ul) : count;
            }

            _remaining--;
            return true;
        }

        private ulong Poisson()
        {
            // The number of uniform factors until the product falls to exp(-1) (Knuth).
            ulong count = 0;
            for (var product = random.NextDouble(); product > Math.Exp(-1); product *= random.NextDouble())
                count++;
            return count;
        }
    }
}
