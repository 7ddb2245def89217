using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Checkpoints;

/// <summary>Where in a PyTorch file the weights are, and what is asked when that is not clear.</summary>
public sealed class StateDictionaryTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("state_dict")]
    [InlineData("model_state_dict")]
    [InlineData("model")]
    [InlineData("net")]
    [InlineData("ema")]
    [InlineData("module")]
    [InlineData("network")]
    [InlineData("anything")]
    public void Any_single_dictionary_of_weights_is_found(string key)
    {
        var file = Write(p => Weights(p.Text(key), "w").Raw('s').Text("rng_state").Tensor("0", "ByteStorage", 4, 0, [4], [1]).Raw('s'));
        using var checkpoint = Checkpoint.Open(Write(p => Weights(p.Text(key), "w").Raw('s').Text("epoch").Int(3).Raw('s')));
        Assert.Equal(["w"], checkpoint.Names);
        if (key == "anything") return;

        // The state of a random generator is a tensor too.
        using var withState = Checkpoint.Open(file);
        Assert.Equal(["w"], withState.Names);
    }

    [Theory]
    [InlineData("generator", "discriminator")]
    [InlineData("model", "ema")]
    [InlineData("generator", "ema")]
    [InlineData("state_dict", "teacher")]
    public void Two_dictionaries_of_weights_are_asked_about(string one, string other)
    {
        var file = Write(p => Weights(Weights(p.Text(one), "a.weight").Raw('s').Text(other), "b.weight").Raw('s'));
        var error = Assert.Throws<CheckpointFormatException>(() => Checkpoint.Open(file));
        Assert.Contains($"'{one}', '{other}'", error.Message);
        Assert.Contains("--state-dict", error.Message);
        using var first = Checkpoint.Open(file, one);
        Assert.Equal(["a.weight"], first.Names);
        using var second = Checkpoint.Open(file, other);
        Assert.Equal(["b.weight"], second.Names);
        Assert.Contains(one, second.Others.Keys);
    }

    [Fact]
    public void The_same_dictionary_under_two_keys_is_asked_about_too()
    {
        var file = Write(p => p.Text("generator").Raw('}').Raw((byte)'q', 0).Text("a.weight").Tensor("0", "FloatStorage", 1, 0, [1],
            [1]).Raw('s').Raw('s')
            .Text("ema").Raw((byte)'h', 0).Raw('s'));
        Assert.Contains("'generator', 'ema'", Assert.Throws<CheckpointFormatException>(() => Checkpoint.Open(file)).Message);
        using var checkpoint = Checkpoint.Open(file, "ema");
        Assert.Equal(["a.weight"], checkpoint.Names);
    }

    [Theory]
    [InlineData("optimizer")]
    [InlineData("lr_scheduler")]
    [InlineData("metrics")]
    public void The_state_of_the_training_is_no_second_dictionary(string key)
    {
        using var checkpoint = Checkpoint.Open(Write(p => Weights(Weights(p.Text("model"), "a.weight").Raw('s').Text(key), "loss")
            .Raw('s')));
        Assert.Equal(["a.weight"], checkpoint.Names);
        using var unusual = Checkpoint.Open(Write(p => Weights(Weights(p.Text("mine"), "a.weight").Raw('s').Text(key), "loss").Raw('s')));
        Assert.Equal(["a.weight"], unusual.Names);
    }

    [Theory]
    [InlineData("ema/module")]
    [InlineData("ema")]
    public void A_dictionary_in_a_dictionary_is_chosen_by_its_path(string chosen)
    {
        var file = Write(p => Weights(Weights(p.Text("model"), "a.weight").Raw('s').Text("ema").Raw('}').Text("module"), "b.weight")
            .Raw('s').Raw('s'));
        using var checkpoint = Checkpoint.Open(file, chosen);
        Assert.Equal(["b.weight"], checkpoint.Names);
    }

    [Fact]
    public void A_key_that_is_not_there_is_refused_with_those_that_are()
    {
        var file = Write(p => Weights(p.Text("model"), "a.weight").Raw('s'));
        var error = Assert.Throws<CheckpointFormatException>(() => Checkpoint.Open(file, "ema"));
        Assert.Contains("'ema'", error.Message);
        Assert.Contains("'model'", error.Message);
        Assert.Throws<CheckpointFormatException>(() => Checkpoint.Open(file, "model/ema"));
    }

    [Fact]
    public void The_weights_may_lie_in_a_defaultdict()
    {
        using var checkpoint = Checkpoint.Open(Write(p => p.Text("model").Global("collections", "defaultdict").Raw('N').Raw(0x85).Raw('R')
            .Text("w").Tensor("0", "FloatStorage", 1, 0, [1], [1]).Raw('s').Raw('s')));
        Assert.Equal(["w"], checkpoint.Names);
    }

    public void Dispose() => _folder.Dispose();

    private static PickleBuilder Weights(PickleBuilder pickle, string name) =>
        pickle.Raw('}').Text(name).Tensor("0", "FloatStorage", 1, 0, [1], [1]).Raw('s');

    private string Write(Func<PickleBuilder, PickleBuilder> write) =>
        _folder.Write($"{Guid.NewGuid():N}.pt", PickleBuilder.Zip(write(new PickleBuilder().Raw('}')).Stop(),
            new() { ["0"] = new byte[4] }));
}
