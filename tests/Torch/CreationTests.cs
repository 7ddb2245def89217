using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Torch;

[Collection("torch")]
public class CreationTests
{
    [Fact]
    public void FilledTensorsHaveTheSizesAndTheDefaultType()
    {
        using var scope = NewDisposeScope();
        Tensor[] made =
        [
            zeros(new long[] { 2, 3 }), zeros((ReadOnlySpan<long>)[2, 3]), zeros(2, 3), zeros(2L, 3L), ones(2, 3), ones([2, 3]),
            empty(2, 3),
            empty(new long[] { 2, 3 }), rand(2, 3), rand([2, 3]), randn(2, 3), randn([2, 3]), full(2, 3, 1f), full([2, 3], 1.0)
        ];
        Assert.All(made, t => Assert.Equal([2, 3], t.shape));
        Assert.All(made, t => Assert.Equal(ScalarType.Float32, t.dtype));
        Assert.All(new[] { zeros(4), ones(4L), empty(4), rand(4), randn(4), full(4L, 2f) }, t => Assert.Equal([4], t.shape));
        Assert.All(new[] { zeros(1, 2, 3), ones(1, 2, 3), rand(1, 2, 3), randn(1, 2, 3) }, t => Assert.Equal([1, 2, 3], t.shape));
        Assert.All(new[] { zeros(1, 2, 3, 4), ones(1, 2, 3, 4), rand(1, 2, 3, 4), randn(1, 2, 3, 4) }, t => Assert.Equal([1, 2, 3, 4],
            t.shape));
        Expect.Values(zeros(2, 2), 0, 0, 0, 0);
        Expect.Values(ones(2, 2), 1, 1, 1, 1);
        Expect.Values(full(2, 2, 7), 7, 7, 7, 7);
    }

    [Fact]
    public void TypeDeviceAndGradientMayBeChosen()
    {
        using var scope = NewDisposeScope();
        var t = zeros(3, dtype: ScalarType.Float64, device: CPU, requires_grad: true);
        Assert.Equal(ScalarType.Float64, t.dtype);
        Assert.Equal(DeviceType.CPU, t.device_type);
        Assert.True(t.requires_grad);
        Assert.True(t.is_leaf);
        Assert.Equal(ScalarType.Int64, full([2, 2], 3).dtype);
        Assert.Equal(ScalarType.Int64, full([2], true).dtype);
    }

    [Fact]
    public void LikeTakesShapeAndTypeOfItsInput()
    {
        using var scope = NewDisposeScope();
        var input = zeros(2, 2, dtype: ScalarType.Float64);
        Expect.Values(ones_like(input), 1, 1, 1, 1);
        Expect.Values(zeros_like(ones(2)), 0, 0);
        Expect.Values(full_like(input, 2.5), 2.5, 2.5, 2.5, 2.5);
        Assert.All(new[] { rand_like(input), randn_like(input), empty_like(input), ones_like(input) }, t =>
        {
            Assert.Equal([2, 2], t.shape);
            Assert.Equal(ScalarType.Float64, t.dtype);
        });
        Assert.Equal(ScalarType.Int64, zeros_like(input, ScalarType.Int64).dtype);
    }

    [Fact]
    public void SequencesFollowTheTypeOfTheirNumbers()
    {
        using var scope = NewDisposeScope();
        Expect.Whole(arange(3), 0, 1, 2);
        Expect.Whole(arange(2, 5), 2, 3, 4);
        Expect.Whole(arange(5, 0, -2), 5, 3, 1);
        Assert.Equal(ScalarType.Float32, arange(1.0).dtype);
        Expect.Values(arange(0, 1, 0.25), 0, 0.25, 0.5, 0.75);
        Expect.Values(linspace(0, 1, 3), 0, 0.5, 1);
        Expect.Values(eye(2), 1, 0, 0, 1);
        Expect.Values(eye(2, 3), 1, 0, 0, 0, 1, 0);
    }

    [Fact]
    public void TensorCopiesItsArray()
    {
        using var scope = NewDisposeScope();
        float[] numbers = [1, 2, 3, 4];
        var t = torch.tensor(numbers);
        numbers[0] = 9;
        Expect.Values(t, 1, 2, 3, 4);
        Expect.Shape(torch.tensor(numbers, new long[] { 2, 2 }), 2, 2);
        Expect.Shape(torch.tensor(numbers, [1, 4]), 1, 4);
        Expect.Shape(torch.tensor((IList<float>)numbers, 2, 2), 2, 2);
        Expect.Shape(torch.tensor((IList<float>)numbers, 1, 2, 2), 1, 2, 2);
        Expect.Shape(torch.tensor((IList<float>)numbers, 1, 2, 1, 2), 1, 2, 1, 2);
        Expect.Shape(torch.tensor(new List<float> { 1, 2 }), 2);
        Assert.Equal(ScalarType.Float64, torch.tensor(numbers, ScalarType.Float64).dtype);
    }

    [Fact]
    public void ArraysOfHigherRankKeepTheirLayout()
    {
        using var scope = NewDisposeScope();
        Expect.Values(torch.tensor(new float[,] { { 1, 2 }, { 3, 4 } })[1], 3, 4);
        Expect.Shape(torch.tensor(new float[1, 2, 3]), 1, 2, 3);
        Expect.Shape(torch.tensor(new float[1, 2, 3, 4]), 1, 2, 3, 4);
        Expect.Whole(torch.tensor(new long[,] { { 1, 2 }, { 3, 4 } })[0], 1, 2);
        Expect.Truth(torch.tensor(new[,] { { true, false } })[0], true, false);
        Expect.Values(torch.tensor(new double[,] { { 1.5 } }), 1.5);
        Expect.Values(torch.tensor(new[,] { { 3 } }), 3);
        Expect.Values(torch.tensor(new byte[,] { { 200 } }), 200);
    }

    [Fact]
    public void ScalarsAndArraysHaveTheTypeOfTheirLanguageType()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(ScalarType.Float32, torch.tensor(1f).dtype);
        Assert.Equal(ScalarType.Float64, torch.tensor(1.0).dtype);
        Assert.Equal(ScalarType.Int32, torch.tensor(1).dtype);
        Assert.Equal(ScalarType.Int64, torch.tensor(1L).dtype);
        Assert.Equal(ScalarType.Bool, torch.tensor(true).dtype);
        Assert.Equal(ScalarType.Byte, torch.tensor((byte)1).dtype);
        Assert.Equal(ScalarType.Int64, torch.tensor(new long[] { 1 }).dtype);
        Assert.Equal(ScalarType.Int32, torch.tensor(new[] { 1 }).dtype);
        Assert.Equal(ScalarType.Bool, torch.tensor(new[] { true }).dtype);
        Assert.Equal(ScalarType.Byte, torch.tensor(new byte[] { 1 }).dtype);
        Assert.Equal(ScalarType.Float64, torch.tensor(new[] { 1.0 }).dtype);
        Assert.Equal(0, torch.tensor(1f).ndim);
    }

    [Fact]
    public void AShapeThatDoesNotFitTheArrayIsRefused()
    {
        using var scope = NewDisposeScope();
        Assert.ThrowsAny<Exception>(() => torch.tensor(new float[] { 1, 2, 3 }, new long[] { 2, 2 }));
    }

    [Fact]
    public void EmptyTensorsAreAllowed()
    {
        using var scope = NewDisposeScope();
        Expect.Shape(torch.tensor(Array.Empty<float>()), 0);
        Expect.Shape(zeros(0, 4), 0, 4);
        Assert.Empty(zeros(0).data<float>().ToArray());
        Assert.Throws<ArgumentOutOfRangeException>(() => zeros(0, 4).data<float>().ToArray());
    }
}
