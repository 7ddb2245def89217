using MLNet.VisionLanguage.Onnx;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Onnx;

public class ShapeOperationTests
{
    private static readonly (string, OnnxTensor)[] Six = [("x", OnnxTensor.Of([1f, 2f, 3f, 4f, 5f, 6f], 2, 3))];

    private static GraphValue X(GraphBuilder graph) => graph.Input("x", OnnxType.Float, "rows", 3);

    [Fact]
    public void Shape_and_sizes()
    {
        OneOperation.GivesIntegers([2L, 3L], [2], g => g.Shape(X(g)), Six);
        OneOperation.GivesIntegers([2L], [1], g => g.Size(X(g), 0), Six);
        OneOperation.GivesIntegers([3L], [1], g => g.Size(X(g), 1), Six);
        OneOperation.GivesIntegers([3L], [1], g => g.Size(X(g), -1), Six);
        OneOperation.GivesIntegers([2L], [1], g => g.Size(X(g), -2), Six);
    }

    [Fact]
    public void Reshape_transpose_unsqueeze_squeeze()
    {
        OneOperation.Gives([1, 2, 3, 4, 5, 6], [2, 1, 3], g => g.Reshape(X(g), 0, 1, -1), Six);
        OneOperation.Gives([1, 4, 2, 5, 3, 6], [3, 2], g => g.Transpose(X(g), 1, 0), Six);
        OneOperation.Gives([1, 2, 3, 4, 5, 6], [1, 2, 3, 1], g => g.Unsqueeze(X(g), 0, 3), Six);
        OneOperation.Gives([1, 2, 3, 4, 5, 6], [2, 3], g => g.Squeeze(g.Unsqueeze(X(g), 1), 1), Six);
    }

    [Fact]
    public void Concat_slice_select()
    {
        OneOperation.Gives([1, 2, 3, 1, 2, 3, 4, 5, 6, 4, 5, 6], [2, 6], g => { var x = X(g); return g.Concat(1, x, x); }, Six);
        OneOperation.Gives([2, 3, 5, 6], [2, 2], g => g.Slice(X(g), 1, 1), Six);
        OneOperation.Gives([1, 2, 4, 5], [2, 2], g => g.Slice(X(g), 1, 0, -1), Six);
        OneOperation.Gives([4, 5, 6], [3], g => g.Select(X(g), 0, 1), Six);
    }

    [Fact]
    public void Gathers_and_scatter()
    {
        OneOperation.Gives([4, 5, 6, 1, 2, 3, 4, 5, 6], [3, 3], g => g.Gather(X(g), g.Constant(values: [1, 0, 1])), Six);
        OneOperation.Gives([3, 4], [2, 1], g => g.GatherElements(X(g), g.Constant([2, 0], 2, 1), 1), Six);
        OneOperation.Gives([6, 2], [2], g => g.GatherND(X(g), g.Constant([1, 2, 0, 1], 2, 2)), Six);
        OneOperation.Gives([2, 4], [2], g => g.GatherND(X(g), g.Constant([1, 0], 2, 1), batchDimensions: 1), Six);
        OneOperation.Gives(
            [1, 9, 3, 8, 5, 6], [2, 3], g => g.ScatterND(X(g), g.Constant([0, 1, 1, 0], 2, 2), g.Constant([9f, 8f], 2)), Six);
    }

    [Fact]
    public void Expand_range_fill()
    {
        OneOperation.Gives([1, 1, 4, 4], [2, 2], g => g.Expand(g.Slice(X(g), 1, 0, 1), g.Constant(values: [1, 2])), Six);
        OneOperation.GivesIntegers([0L, 1, 2], [3], g => g.Range(g.Squeeze(g.Size(X(g), 1), 0)), Six);
        OneOperation.Gives([7f, 7, 7, 7, 7, 7], [2, 3], g => g.Fill(g.Shape(X(g)), 7f), Six);
        OneOperation.GivesIntegers([7L, 7], [2], g => g.Fill(g.Size(X(g), 0), 7L), Six);
    }

    [Fact]
    public void Rows_may_be_missing_altogether()
    {
        var none = OneOperation.Run(g => g.Relu(g.Reshape(X(g), 0, 3, 1)), ("x", OnnxTensor.Of(Array.Empty<float>(), 0, 3)));
        Assert.Equal([0, 3, 1], none.Dims);
    }

    [Fact]
    public void Top_k_gives_both_of_its_outputs()
    {
        GraphValue Count(GraphBuilder g) => g.Constant(values: [2]);
        GraphValue Numbers(GraphBuilder g) => g.Constant([1f, 5, 3, 5, 0, -1, 7, 7], 2, 4);
        OneOperation.Gives([5, 5, 7, 7], [2, 2], g => g.TopK(Numbers(g), Count(g)).Values);
        OneOperation.GivesIntegers([1, 3, 2, 3], [2, 2], g => g.TopK(Numbers(g), Count(g)).Places);
        OneOperation.Gives([1, 5, 7, 7], [1, 4], g => g.TopK(Numbers(g), g.Constant(values: [1]), axis: 0).Values);
    }
}
