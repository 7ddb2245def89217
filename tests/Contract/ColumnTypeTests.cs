using System.Collections.Immutable;
using Microsoft.ML.Data;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Contract;

public class ColumnTypeTests
{
    [Fact]
    public void TypesSayWhatTheyHold()
    {
        Assert.Equal("Single", NumberDataViewType.Single.ToString());
        Assert.Equal("String", TextDataViewType.Instance.ToString());
        Assert.Equal("Boolean", BooleanDataViewType.Instance.ToString());
        Assert.Equal("Key<UInt32, 0-9>", new KeyDataViewType(typeof(uint), 10).ToString());
        Assert.Equal("Vector<Single>", new VectorDataViewType(NumberDataViewType.Single).ToString());
        Assert.Equal("Vector<Int64, 4>", new VectorDataViewType(NumberDataViewType.Int64, 4).ToString());
        Assert.Equal("Vector<Single, *, 5>", new VectorDataViewType(NumberDataViewType.Single, 0, 5).ToString());
        Assert.Equal(typeof(ReadOnlyMemory<char>), TextDataViewType.Instance.RawType);
        Assert.Equal(typeof(VBuffer<ReadOnlyMemory<char>>), new VectorDataViewType(TextDataViewType.Instance, 2).RawType);
    }

    [Fact]
    public void AVectorsSizeIsTheProductOfItsDimensionsOrUnknown()
    {
        var matrix = new VectorDataViewType(NumberDataViewType.Single, 3, 5);
        Assert.Equal(15, matrix.Size);
        Assert.True(matrix.IsKnownSize);
        Assert.Equal([3, 5], matrix.Dimensions.ToArray());

        var unknown = new VectorDataViewType(NumberDataViewType.Single, ImmutableArray.Create(0, 5));
        Assert.Equal(0, unknown.Size);
        Assert.False(unknown.IsKnownSize);
        Assert.Equal([0], new VectorDataViewType(NumberDataViewType.Single).Dimensions.ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => new VectorDataViewType(NumberDataViewType.Single, -1));
    }

    [Fact]
    public void TypesAreEqualByWhatTheyDescribe()
    {
        Assert.Equal(new VectorDataViewType(NumberDataViewType.Single, 6), new VectorDataViewType(NumberDataViewType.Single, 6));
        Assert.NotEqual(new VectorDataViewType(NumberDataViewType.Single, 6), new VectorDataViewType(NumberDataViewType.Single, 2, 3));
        Assert.NotEqual(new VectorDataViewType(NumberDataViewType.Single, 6), new VectorDataViewType(NumberDataViewType.Double, 6));
        Assert.Equal(new KeyDataViewType(typeof(uint), 3), new KeyDataViewType(typeof(uint), 3ul));
        Assert.NotEqual(new KeyDataViewType(typeof(uint), 3), new KeyDataViewType(typeof(byte), 3));
        Assert.NotEqual<DataViewType>(new KeyDataViewType(typeof(uint), 3), NumberDataViewType.UInt32);
        Assert.Equal(
            new VectorDataViewType(new KeyDataViewType(typeof(uint), 3), 2).GetHashCode(),
            new VectorDataViewType(new KeyDataViewType(typeof(uint), 3), 2).GetHashCode());
    }

    [Fact]
    public void AKeyIsAnUnsignedIntegerThatItsCountFits()
    {
        Assert.Equal(255ul, new KeyDataViewType(typeof(byte), 255).Count);
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyDataViewType(typeof(byte), 256));
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyDataViewType(typeof(int), 3));
        Assert.Throws<ArgumentOutOfRangeException>(() => new KeyDataViewType(typeof(uint), 0ul));
    }

    [Fact]
    public void RowIdsOfMadeRowsDiffer()
    {
        var first = new DataViewRowId(1, 0);
        var second = new DataViewRowId(2, 0);
        DataViewRowId[] made =
        [
            first, first.Next(), first.Fork(), first.Combine(second), first.Next().Next(),
            second, second.Next(), second.Fork(), second.Combine(first),
        ];
        Assert.Equal(made.Length, made.Distinct().Count());
        Assert.True(first.CompareTo(second) < 0 && new DataViewRowId(0, 1).CompareTo(second) > 0);
        Assert.Equal("00000000000000020000000000000001", new DataViewRowId(1, 2).ToString());
    }
}
