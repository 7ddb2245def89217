using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.Torch;

[Collection("torch")]
public class RandomTests
{
    private static float[] Numbers(Tensor t) => t.data<float>().ToArray();

    [Fact]
    public void ASeedRepeatsTheSequence()
    {
        using var scope = NewDisposeScope();
        torch.manual_seed(42);
        var first = Numbers(randn(5));
        Assert.NotEqual(first, Numbers(randn(5)));
        torch.random.manual_seed(42);
        Assert.Equal(first, Numbers(randn(5)));
        Assert.Equal(42, torch.initial_seed());
        Assert.Equal(42, torch.random.initial_seed());
        // What PyTorch gives for this seed: the engine is the same everywhere.
        Assert.Equal(0.33669036626815796, first[0], 1e-7);
    }

    [Fact]
    public void TheStateCanBeTakenAndPutBack()
    {
        using var scope = NewDisposeScope();
        torch.manual_seed(7);
        _ = rand(3);
        var state = torch.get_rng_state();
        Assert.Equal(ScalarType.Byte, state.dtype);
        var next = Numbers(rand(100));
        torch.set_rng_state(state);
        Assert.Equal(next, Numbers(rand(100)));
        torch.random.set_rng_state(state);
        Assert.True(torch.random.get_rng_state().eq(state).all().ToBoolean());
        var saved = state.bytes.ToArray();
        _ = rand(10);
        torch.set_rng_state(torch.tensor(saved));
        Assert.Equal(next, Numbers(rand(100)));
    }

    [Fact]
    public void AGeneratorOfItsOwnLeavesTheDefaultAlone()
    {
        using var scope = NewDisposeScope();
        torch.manual_seed(1);
        var expected = Numbers(rand(2));
        torch.manual_seed(1);
        using var own = new Generator(9);
        Assert.Equal(9, own.initial_seed());
        var drawn = Numbers(rand(3, generator: own));
        _ = randn(3, generator: own);
        _ = randperm(3, generator: own);
        _ = randint(0, 5, new long[] { 3 }, generator: own);
        zeros(3).normal_(generator: own).uniform_(0, 1, own).bernoulli_(0.5, own);
        Assert.Equal(expected, Numbers(rand(2)));
        own.manual_seed(9);
        Assert.Equal(drawn, Numbers(rand(3, generator: own)));
        var state = own.get_state();
        var next = Numbers(rand(3, generator: own));
        own.set_state(state);
        Assert.Equal(next, Numbers(rand(3, generator: own)));
        Assert.Equal(DeviceType.CPU, own.device.type);
    }

    [Fact]
    public void DrawsStayInTheirRange()
    {
        using var scope = NewDisposeScope();
        torch.manual_seed(2);
        var whole = randint(3, 6, new long[] { 1000 });
        Assert.Equal(ScalarType.Int64, whole.dtype);
        Assert.Equal(3, whole.min().ToInt64());
        Assert.Equal(5, whole.max().ToInt64());
        Assert.Equal(1, randint(2, new long[] { 1000 }).max().ToInt64());
        Assert.Equal([0, 1, 2, 3, 4], randperm(5).data<long>().Order());
        Assert.InRange(zeros(10000).uniform_(-1, 3).mean().ToSingle(), 0.9f, 1.1f);
        Assert.InRange(zeros(10000).normal_(2, 0.5).std().ToSingle(), 0.48f, 0.52f);
        Assert.InRange(zeros(10000).bernoulli_(0.2).mean().ToSingle(), 0.17f, 0.23f);
        Assert.InRange(full([10000], 0.2f).bernoulli().mean().ToSingle(), 0.17f, 0.23f);
        Assert.InRange(torch.bernoulli(full([10000], 0.2f)).mean().ToSingle(), 0.17f, 0.23f);
        var weights = torch.tensor(new[] { 0f, 1, 0 });
        Expect.Whole(weights.multinomial(1), 1);
        Expect.Whole(torch.multinomial(weights, 2, replacement: true), 1, 1);
    }

    [Fact]
    public void ThreadsAndDevices()
    {
        var threads = torch.get_num_threads();
        torch.set_num_threads(1);
        Assert.Equal(1, torch.get_num_threads());
        torch.set_num_threads(threads);
        Assert.True(torch.get_num_interop_threads() >= 1);
        Assert.Equal(torch.cuda.is_available(), torch.cuda_is_available());
        Assert.Equal(torch.cuda.is_available(), torch.cuda.device_count() > 0);
        torch.cuda.manual_seed_all(1);
        Assert.Equal(DeviceType.CPU, torch.device("cpu").type);
        Assert.Equal(DeviceType.CPU, torch.CPU.type);
        Assert.Equal(DeviceType.META, torch.META.type);
        var second = new Device("cuda:1");
        Assert.Equal((DeviceType.CUDA, 1), (second.type, second.index));
        Assert.Equal("cuda:1", second.ToString());
        Assert.Equal(DeviceType.CUDA, new Device(DeviceType.CUDA, 0).type);
        Device fromText = "cpu";
        Assert.Equal(DeviceType.CPU, fromText.type);
        Assert.Equal(ScalarType.Float32, torch.get_default_dtype());
        Assert.Equal(DeviceType.CPU, torch.get_default_device().type);
        Assert.NotEmpty(torch.__version__);
        Assert.Equal(
            [ScalarType.Float32, ScalarType.Int64, ScalarType.Bool, ScalarType.Float64, ScalarType.Float16],
            [torch.float32, torch.int64, torch.@bool, torch.float64, torch.float16]);
    }

    [SkippableFact]
    public void CudaIsRefusedWhereThereIsNone()
    {
        Skip.If(torch.cuda.is_available(), "this machine has CUDA");
        Assert.ThrowsAny<Exception>(() => torch.CUDA);
        Assert.ThrowsAny<Exception>(() => zeros(1, device: new Device(DeviceType.CUDA, 0)));
    }
}
