#nullable disable
using System.Text;

namespace Microsoft.ML.Data;

/// <summary>Gives every row a number in 0..1 by which splits take it: at random, or the same for all rows with one sampling key.</summary>
internal sealed class RowSplit
{
    private const uint DefaultHashSeed = 314489979;
    private const uint DefaultRandomSeed = 42;
    private const int HashBits = 30;

    private readonly IDataView _data;
    private readonly DataViewSchema.Column? _key;
    private readonly Func<DataViewRowCursor, Func<double>> _open;

    public RowSplit(IDataView data, string samplingKeyColumnName, int? seed)
    {
        _data = data;
        if (samplingKeyColumnName == null)
        {
            _open = cursor => RandomNumbers(cursor, (uint?)seed ?? DefaultRandomSeed);
            return;
        }

        var found = data.Schema.GetColumnOrNull(samplingKeyColumnName);
        Guard.Param(found != null, nameof(samplingKeyColumnName), $"Could not find SamplingKeyColumn column '{samplingKeyColumnName}'");
        var key = found.Value;
        _key = key;
        if (key.Type is KeyDataViewType)
            _open = cursor => RangeTests.Number(cursor, key);
        else if (RangeTests.HasNumbers(key.Type))
            _open = Normalized(data, key);
        else
            _open = Hashed(key, (uint?)seed ?? DefaultHashSeed);
    }

    /// <summary>The rows whose number passes; a row without a number passes nowhere. Hidden columns are left out.</summary>
    public IDataView Take(Func<double, bool> accepts)
    {
        DataViewSchema.Column[] inspected = _key is { } key ? [key] : [];
        var filtered = new RowFilterView(_data, inspected, Open, ordered: _key == null);
        return ColumnSubsetView.Keep(filtered, column => !column.IsHidden);

        Func<bool> Open(DataViewRowCursor cursor)
        {
            var number = _open(cursor);
            return () => number() is var value && !double.IsNaN(value) && accepts(value);
        }
    }

    private static Func<double> RandomNumbers(DataViewRowCursor cursor, uint seed)
    {
        var random = new HybridRandom(seed);
        long drawn = -1;
        float value = 0;
        return () =>
        {
            for (; drawn < cursor.Position; drawn++)
                value = random.NextSingle();
            return value;
        };
    }

    private static Func<DataViewRowCursor, Func<double>> Normalized(IDataView data, DataViewSchema.Column column)
    {
        var (min, max) = (double.PositiveInfinity, double.NegativeInfinity);
        using (var cursor = data.GetRowCursor([column]))
        {
            var number = RangeTests.Number(cursor, column);
            while (cursor.MoveNext())
            {
                var value = number();
                if (!double.IsNaN(value))
                    (min, max) = (Math.Min(min, value), Math.Max(max, value));
            }
        }

        var scale = max > min ? 1 / (max - min) : 0;
        return cursor =>
        {
            var number = RangeTests.Number(cursor, column);
            return () => (number() - (scale == 0 ? 0 : min)) * scale;
        };
    }

    private static Func<DataViewRowCursor, Func<double>> Hashed(DataViewSchema.Column column, uint seed)
    {
        Guard.Param(
            column.Type is PrimitiveDataViewType, nameof(column), $"Rows cannot be split by column '{column.Name}' of type {column.Type}.");
        Func<DataViewRow, DataViewSchema.Column, uint, Func<double>> sample = Hashed<int>;
        return cursor => (Func<double>)Generic.Call(sample, column.Type.RawType, cursor, column, seed);
    }

    private static Func<double> Hashed<TValue>(DataViewRow row, DataViewSchema.Column column, uint seed)
    {
        var getter = row.GetGetter<TValue>(column);
        TValue value = default;
        return () =>
        {
            getter(ref value);
            return Hash(value, seed) is { } hash ? ((hash & ((1u << HashBits) - 1)) + 0.5) / (1u << HashBits) : double.NaN;
        };
    }

    /// <summary>Empty text has no hash. Texts beyond ASCII are hashed by their UTF-8 bytes; the real library mixes up the order.</summary>
    private static uint? Hash<TValue>(TValue value, uint seed) => value switch
    {
        ReadOnlyMemory<char> text => text.IsEmpty ? null : Murmur.Hash(seed, Encoding.UTF8.GetBytes(text.Span.Trim(' ').ToArray())),
        bool flag => Hash32(seed, flag ? 1u : 0u),
        sbyte number => Hash32(seed, (uint)number),
        byte number => Hash32(seed, number),
        short number => Hash32(seed, (uint)number),
        ushort number => Hash32(seed, number),
        int number => Hash32(seed, (uint)number),
        uint number => Hash32(seed, number),
        long number => Hash64(seed, (ulong)number),
        ulong number => Hash64(seed, number),
        DateTime time => Hash64(seed, (ulong)time.Ticks),
        DateTimeOffset time => Hash64(seed, (ulong)time.Ticks),
        TimeSpan time => Hash64(seed, (ulong)time.Ticks),
        DataViewRowId id => Murmur.Finish(Rounds(Rounds(seed, id.Low), id.High), 16),
        _ => throw new InvalidOperationException($"A {typeof(TValue)} cannot be hashed."),
    };

    private static uint Hash32(uint seed, uint value) => Murmur.Finish(Murmur.Round(seed, value), sizeof(uint));

    private static uint Hash64(uint seed, ulong value) => Murmur.Finish(Rounds(seed, value), sizeof(ulong));

    private static uint Rounds(uint hash, ulong value) => Murmur.Round(Murmur.Round(hash, (uint)value), (uint)(value >> 32));
}
