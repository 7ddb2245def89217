using MLNet.VisionLanguage.Tests.Support;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace MLNet.VisionLanguage.Tests.Platform;

/// <summary>Where TorchSharp differs from what its names promise; the trainers are written around each of these.</summary>
[Collection(TorchCollection.Name)]
public sealed class TorchSharpTests
{
    [Fact]
    public void ZeroInPlaceGivesAnotherTensor()
    {
        using var scope = NewDisposeScope();
        var tensor = ones(3);

        Assert.NotSame(tensor, tensor.zero_());
    }

    [Fact]
    public void ALiteralZeroAsAxisOfASumIsTakenForAType()
    {
        using var scope = NewDisposeScope();

        Assert.Equal(ScalarType.Byte, ones(2, 3).sum(0).dtype);
        Assert.Equal([3], ones(2, 3).sum(0L).shape);
    }

    [Fact]
    public void InitializersGiveTheirArgumentBack()
    {
        using var scope = NewDisposeScope();
        var tensor = zeros(4, 4);

        Assert.Same(tensor, nn.init.xavier_uniform_(tensor));
    }

    [Fact]
    public void TheLogTargetOfADivergenceIsOnByDefault()
    {
        using var scope = NewDisposeScope();
        var (predicted, target) = (tensor([-1f, -2f]), tensor([0.5f, 0.5f]));
        var byDefault = F.kl_div(predicted, target, reduction: nn.Reduction.Sum).ToSingle();

        Assert.Equal(F.kl_div(predicted, target, log_target: true, reduction: nn.Reduction.Sum).ToSingle(), byDefault);
        Assert.NotEqual(F.kl_div(predicted, target, log_target: false, reduction: nn.Reduction.Sum).ToSingle(), byDefault);
    }

    [Fact]
    public void AModulesParameterMadeInAScopeDiesWithIt()
    {
        TorchSharp.Modules.Parameter parameter;
        using (NewDisposeScope()) parameter = nn.Parameter(zeros(2));

        Assert.True(parameter.IsInvalid);
    }

    [Fact]
    public void DropoutRepeatsWithItsSeedOnAnyNumberOfThreads()
    {
        var threads = get_num_threads();
        using var scope = NewDisposeScope();
        try
        {
            Assert.Equal(Dropped(1), Dropped(2));
        }
        finally
        {
            set_num_threads(threads);
        }

        static float[] Dropped(int threads)
        {
            set_num_threads(threads);
            manual_seed(7).Dispose();
            return F.dropout(ones(100_000), 0.5, true).data<float>().ToArray();
        }
    }
}
