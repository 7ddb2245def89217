using Microsoft.ML.Data;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Contract;

public class VectorBufferTests
{
    private static readonly VBuffer<float> s_sparse = new(6, 2, [7, 9], [1, 4]);

    [Fact]
    public void ADenseVectorShowsItsValuesOnly()
    {
        var dense = new VBuffer<float>(3, [1, 2, 3, 99]);
        Assert.True(dense.IsDense);
        Assert.Equal([1, 2, 3], dense.GetValues().ToArray());
        Assert.Equal(0, dense.GetIndices().Length);
        Assert.Equal([1, 2, 3], dense.DenseValues());
        Assert.Equal(2, dense.GetItemOrDefault(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => dense.GetItemOrDefault(3));
    }

    [Fact]
    public void ASparseVectorFillsTheRestWithDefaults()
    {
        Assert.False(s_sparse.IsDense);
        Assert.Equal([0, 7, 0, 0, 9, 0], s_sparse.DenseValues());
        Assert.Equal([1, 4], s_sparse.Items().Select(item => item.Key));
        Assert.Equal(6, s_sparse.Items(all: true).Count());
        Assert.Equal(9, s_sparse.GetItemOrDefault(4));
        Assert.Equal(0, s_sparse.GetItemOrDefault(5));

        var values = new float[8];
        s_sparse.CopyTo(values, 1, defaultValue: -1);
        Assert.Equal([0, -1, 7, -1, -1, 9, -1, 0], values);
        Assert.Throws<ArgumentOutOfRangeException>(() => s_sparse.CopyTo(new float[5]));
    }

    [Fact]
    public void PartsOfASparseVectorKeepTheirSlots()
    {
        VBuffer<float> part = default;
        s_sparse.CopyTo(ref part, 3, 3);
        Assert.Equal([0, 9, 0], part.DenseValues());
        s_sparse.CopyTo(ref part, 1, 1);
        Assert.Equal([7], part.DenseValues());
        s_sparse.CopyToDense(ref part);
        Assert.True(part.IsDense);
        Assert.Equal([0, 7, 0, 0, 9, 0], part.GetValues().ToArray());
    }

    [Fact]
    public void ACopySharesNothingAndReusesTheArraysOfItsDestination()
    {
        var source = new float[] { 1, 2, 3 };
        var destinationValues = new float[4];
        var destination = new VBuffer<float>(4, destinationValues);
        new VBuffer<float>(3, source).CopyTo(ref destination);
        source[0] = 50;
        Assert.Equal([1, 2, 3], destination.GetValues().ToArray());
        Assert.Equal([1, 2, 3, 0], destinationValues);
    }

    [Fact]
    public void AnEditorGrowsTheArraysAndCommitsWhatWasWritten()
    {
        var buffer = new VBuffer<int>(2, [5, 6]);
        var editor = VBufferEditor.Create(ref buffer, 2);
        Assert.False(editor.CreatedNewValues);
        editor = VBufferEditor.Create(ref buffer, 40, keepOldOnResize: true);
        Assert.True(editor.CreatedNewValues);
        Assert.Equal(40, editor.Values.Length);
        editor.Values[39] = 8;
        buffer = editor.Commit();
        Assert.Equal((5, 6, 8), (buffer.GetItemOrDefault(0), buffer.GetItemOrDefault(1), buffer.GetItemOrDefault(39)));

        var sparse = VBufferEditor.Create(ref buffer, 10, 3);
        Assert.Equal(3, sparse.Indices.Length);
        (sparse.Indices[0], sparse.Values[0], sparse.Indices[1], sparse.Values[1]) = (2, 20, 7, 70);
        buffer = sparse.CommitTruncated(2);
        Assert.Equal([0, 0, 20, 0, 0, 0, 0, 70, 0, 0], buffer.DenseValues());
    }
}
