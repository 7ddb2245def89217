using System.Numerics;

namespace Microsoft.ML.Data;

/// <summary>128 bits that name a row. Combinations use the rounds of 128-bit MurmurHash3 (x64) without its final mix.</summary>
public readonly struct DataViewRowId : IComparable<DataViewRowId>, IEquatable<DataViewRowId>
{
    private const ulong FactorLow = 0x87c37b91114253d5;
    private const ulong FactorHigh = 0x4cf5ad432745937f;

    public readonly ulong Low;

    public readonly ulong High;

    public DataViewRowId(ulong low, ulong high)
    {
        Low = low;
        High = high;
    }

    /// <summary>The id of the first of several rows made from this one.</summary>
    public DataViewRowId Fork()
    {
        var next = Next();
        return new DataViewRowId(next.Low ^ (BitOperations.RotateLeft(FactorLow, 31) * FactorHigh), next.High);
    }

    /// <summary>The id that follows this one in a sequence of made rows.</summary>
    public DataViewRowId Next() => Round(Low, High, 0, 0);

    /// <summary>The id of a row made from the rows of both ids; the order of the two matters.</summary>
    public DataViewRowId Combine(DataViewRowId other)
    {
        var block = other.Fork();
        var low = BitOperations.RotateLeft(block.Low * FactorLow, 31) * FactorHigh;
        var high = BitOperations.RotateLeft(block.High * FactorHigh, 33) * FactorLow;
        return Round(Low, High, low, high);
    }

    public int CompareTo(DataViewRowId other)
    {
        var byHigh = High.CompareTo(other.High);
        return byHigh != 0 ? byHigh : Low.CompareTo(other.Low);
    }

    public bool Equals(DataViewRowId other) => Low == other.Low && High == other.High;

    public override bool Equals(object obj) => obj is DataViewRowId other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(Low, High);

    public override string ToString() => $"{High:x16}{Low:x16}";

    private static DataViewRowId Round(ulong low, ulong high, ulong blockLow, ulong blockHigh)
    {
        unchecked
        {
            low = ((BitOperations.RotateLeft(low ^ blockLow, 27) + high) * 5) + 0x52dce729;
            high = ((BitOperations.RotateLeft(high ^ blockHigh, 31) + low) * 5) + 0x38495ab5;
            return new DataViewRowId(low, high);
        }
    }
}
