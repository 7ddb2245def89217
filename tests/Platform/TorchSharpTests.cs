using System.Runtime.InteropServices;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;
using Parameter = TorchSharp.Modules.Parameter;

namespace MLNet.VisionLanguage.Tests.Platform;

/// <summary>
/// What the trainers know of TorchSharp: where it differs from what its names promise, and what resuming, reading and padding rely on. A
/// test
/// that fails after an upgrade tells that code written around such a fact may be simpler, or is wrong.
/// </summary>
[Collection(TorchCollection.Name)]
public sealed class TorchSharpTests : IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    /// <summary>So the engine compares inner sizes itself before every product.</summary>
    [Fact]
    public async Task A_matrix_product_of_sizes_that_do_not_fit_ends_the_process()
    {
        using var process = TrainingProcess.Start(TrainingProcess.BadProduct);
        var error = process.StandardError.ReadToEndAsync();
        var written = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.NotEqual(0, process.ExitCode);
        Assert.Equal("multiplying", written.Trim());
        Assert.Contains("cannot be multiplied", await error);
    }

    [Fact]
    public void Other_shape_errors_are_exceptions()
    {
        Assert.Throws<ExternalException>(() => F.linear(ones(1, 3), ones(2, 4), null));
        Assert.Throws<ExternalException>(() => ones(2, 3).narrow(1, 0, 5));
        Assert.Throws<ExternalException>(() => ones(2, 3).add(ones(4)));
    }

    [Fact]
    public void A_slice_ends_with_its_axis() => Assert.Equal([2, 2], ones(2, 3).slice(1, 1, long.MaxValue, 1).shape);

    [Fact]
    public void A_literal_zero_as_axis_of_a_sum_is_taken_for_a_type()
    {
        Assert.Equal(ScalarType.Byte, ones(2, 3).sum(0).dtype);
        Assert.Equal([3], ones(2, 3).sum(0L).shape);
    }

    [Fact]
    public void Batched_products_with_a_sum_take_their_tensors_in_another_order() =>
        Assert.Throws<ExternalException>(() => baddbmm(ones(2, 3, 5), ones(2, 3, 4), ones(2, 4, 5)));

    [Fact]
    public void Copying_broadcasts_in_silence()
    {
        var target = zeros(2, 2);
        target.copy_(ones(1, 2));

        Assert.Equal(4, target.sum().ToSingle());
    }

    [Fact]
    public void Zeroing_works_in_place_but_gives_another_object()
    {
        var tensor = ones(3);

        Assert.NotSame(tensor, tensor.zero_());
        Assert.Equal(0, tensor.sum().ToSingle());
    }

    [Fact]
    public void Initializers_give_their_argument_back()
    {
        var tensor = zeros(4, 4);

        Assert.Same(tensor, nn.init.xavier_uniform_(tensor));
    }

    [Fact]
    public void A_parameter_empties_the_tensor_it_is_made_of()
    {
        var tensor = zeros(3);
        _ = new Parameter(tensor);

        Assert.True(tensor.IsInvalid);
    }

    [Fact]
    public void A_parameter_made_in_a_scope_dies_with_it()
    {
        Parameter parameter;
        using (NewDisposeScope()) parameter = nn.Parameter(zeros(2));

        Assert.True(parameter.IsInvalid);
    }

    [Fact]
    public void A_scope_and_the_mode_without_gradients_hold_on_their_thread_only()
    {
        Tensor? made = null;
        var gradients = false;
        using (NewDisposeScope())
        using (no_grad())
        {
            var other = new Thread(() => (made, gradients) = (ones(2), is_grad_enabled()));
            other.Start();
            other.Join();
        }

        Assert.False(made!.IsInvalid);
        Assert.True(gradients);
        made.Dispose();
    }

    [Fact]
    public void The_bytes_of_a_tensor_are_its_memory_and_an_array_is_copied()
    {
        var tensor = zeros(2);
        MemoryMarshal.AsBytes<float>([1f, 2f]).CopyTo(tensor.bytes);
        float[] array = [1, 2];
        var (copied, shared) = (torch.tensor(array), from_array(array));
        array[0] = 9;

        Assert.Equal([1f, 2f], tensor.data<float>().ToArray());
        Assert.Equal([1f, 2f], copied.data<float>().ToArray());
        Assert.Equal([9f, 2f], shared.data<float>().ToArray());
    }

    [Fact]
    public void Attention_takes_its_mask_as_a_sum_and_divides_by_the_root_of_the_head_size()
    {
        using var generator = new Generator(3);
        Tensor Draw(long length) => rand([1, 2, length, 4], generator: generator);
        var (query, key, value) = (Draw(3), Draw(5), Draw(5));
        var mask = tensor([0f, 0f, -10_000f, 0f, -10_000f], [1, 1, 1, 5]);
        var expected = matmul((matmul(query, key.transpose(2, 3)) / 2 + mask).softmax(-1), value);
        var found = F.scaled_dot_product_attention(query, key, value, mask, 0);

        GoldenAssert.Close(expected.flatten().data<float>().ToArray(), found.flatten().data<float>().ToArray(), 1e-6, "attention");
    }

    [Fact]
    public void Dropout_repeats_with_its_seed_on_any_number_of_threads()
    {
        var threads = get_num_threads();
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

    [Fact]
    public void The_log_target_of_a_divergence_is_on_by_default()
    {
        var (predicted, target) = (tensor([-1f, -2f]), tensor([0.5f, 0.5f]));
        var byDefault = F.kl_div(predicted, target, reduction: nn.Reduction.Sum).ToSingle();

        Assert.Equal(F.kl_div(predicted, target, log_target: true, reduction: nn.Reduction.Sum).ToSingle(), byDefault);
        Assert.NotEqual(F.kl_div(predicted, target, log_target: false, reduction: nn.Reduction.Sum).ToSingle(), byDefault);
    }
}
