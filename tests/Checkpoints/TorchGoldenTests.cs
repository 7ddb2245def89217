using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Checkpoints;

/// <summary>Files written by the real torch.save, next to the same weights as safetensors.</summary>
public sealed class TorchGoldenTests
{
    [Theory]
    [InlineData("vilbert/vltasks-mul-a", "weights.bin", "PyTorch zip", "")]
    [InlineData("vilbert/vltasks-mul-a", "weights_legacy.bin", "PyTorch legacy", "")]
    [InlineData("vilbert/vltasks-mul-a", "weights_module_prefix.bin", "PyTorch zip", "module.")]
    [InlineData("lxmert/pretraining-a", "weights.bin", "PyTorch zip", "")]
    [InlineData("lxmert/pretraining-a", "weights_legacy.bin", "PyTorch legacy", "")]
    [InlineData("lxmert/pretraining-a", "checkpoint_module_prefix.bin", "PyTorch zip", "module.")]
    [InlineData("vlbert/pretraining_core-a", "weights.bin", "PyTorch zip", "")]
    [InlineData("vlbert/pretraining_core-a", "weights_legacy.bin", "PyTorch legacy", "")]
    [InlineData("fiber/rank_score-a", "weights.bin", "PyTorch zip", "")]
    [InlineData("fiber/rank_score-a", "weights_legacy.bin", "PyTorch legacy", "")]
    public void Equal_the_safetensors_of_the_case(string folder, string file, string format, string prefix)
    {
        using var expected = Checkpoint.Open(TestData.Golden(folder, "weights.safetensors"));
        using var actual = Checkpoint.Open(TestData.Golden(folder, file));
        Assert.Equal(format, actual.Format);
        Assert.Equal(expected.Names.Select(n => prefix + n).Order(StringComparer.Ordinal), actual.Names.Order(StringComparer.Ordinal));
        foreach (var name in expected.Names)
            AssertSame(expected[name], actual[prefix + name]);
    }

    [Theory]
    [InlineData("vilbert/vltasks-mul-a", "weights_module_prefix.bin")]
    [InlineData("lxmert/pretraining-a", "checkpoint_module_prefix.bin")]
    [InlineData("vlbert/pretraining_core-a", "checkpoint.model")]
    public void Match_without_the_module_prefix(string folder, string file)
    {
        using var plain = Checkpoint.Open(TestData.Golden(folder, "weights.safetensors"));
        using var prefixed = Checkpoint.Open(TestData.Golden(folder, file));
        var match = ParameterMatch.Match(prefixed, plain.Names.Where(n => prefixed.TryGet("module." + n, out _)).Select(n => new ParameterSpec(n, plain[n].Shape)));
        Assert.Equal(prefixed.Names.Count, match.Found.Count);
        Assert.Empty(match.Missing);
        Assert.Empty(match.Unexpected);
        Assert.Empty(match.Mismatched);
        foreach (var name in match.Found.Keys)
            AssertSame(plain[name], match.Found[name]);
    }

    [Fact]
    public void Nested_training_checkpoint_gives_the_state_dict_and_lists_the_rest()
    {
        using var checkpoint = Checkpoint.Open(TestData.Golden("vlbert", "pretraining_core-a", "checkpoint.model"));
        Assert.All(checkpoint.Names, n => Assert.StartsWith("module.", n));
        Assert.Contains("optimizer", checkpoint.Others.Keys);
        Assert.DoesNotContain("state_dict", checkpoint.Others.Keys);
    }

    [Fact]
    public void Tied_tensors_are_both_there()
    {
        using var checkpoint = Checkpoint.Open(TestData.Golden("vilbert", "vltasks-mul-a", "weights.bin"));
        Assert.Equal(
            checkpoint["bert.embeddings.word_embeddings.weight"].ToSingles(), checkpoint["cls.predictions.decoder.weight"].ToSingles());
    }

    private static void AssertSame(CheckpointTensor expected, CheckpointTensor actual)
    {
        Assert.Equal(expected.ElementType, actual.ElementType);
        Assert.Equal(expected.Shape, actual.Shape);
        var (left, right) = (new byte[expected.ByteLength], new byte[actual.ByteLength]);
        expected.CopyBytesTo(left);
        actual.CopyBytesTo(right);
        Assert.True(left.AsSpan().SequenceEqual(right), $"{expected.Name} differs");
    }
}
