using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Checkpoints;

public sealed class ParameterMatchTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("bert.encoder.layer.0.output.LayerNorm.gamma", "bert.encoder.layer.0.output.LayerNorm.weight")]
    [InlineData("module.bert.embeddings.LayerNorm.beta", "bert.embeddings.LayerNorm.bias")]
    [InlineData("module.module.cls.bias", "cls.bias")]
    [InlineData("lxrt_encoder.model.module.bert.pooler.dense.weight", "lxrt_encoder.model.bert.pooler.dense.weight")]
    [InlineData("vlbert._module.betamax.gamma_rate", "vlbert._module.betamax.gamma_rate")]
    [InlineData("plain", "plain")]
    public void Names_are_normalized_by_parts(string name, string expected) => Assert.Equal(expected, CheckpointNames.Normalize(name));

    [Theory]
    [InlineData("bert.x", "bert.x")]
    [InlineData("module.bert.x", "bert.x")]
    [InlineData("x", "bert.x")]
    [InlineData("bert.x", "x")]
    [InlineData("module.x", "bert.x")]
    [InlineData("bert.LayerNorm.gamma", "LayerNorm.weight")]
    public void One_name_finds_the_other(string found, string expected)
    {
        using var checkpoint = Write((found, [2]));
        var match = ParameterMatch.Match(checkpoint, [new ParameterSpec(expected, [2])]);
        Assert.Equal([expected], match.Found.Keys);
        Assert.Empty(match.Unexpected);
        Assert.Equal([0f, 1f], match.Source.Read(expected));
    }

    [Fact]
    public void Prefixes_are_exchanged()
    {
        using var checkpoint = Write(("lxrt_encoder.model.module.bert.x", [1]), ("lxmert.y", [1]), ("logit_fc.0.weight", [1]));
        var options = new ParameterMatchOptions { TrunkPrefixes = ["bert.", "lxmert.", "lxrt_encoder.model.bert."] };
        var match = ParameterMatch.Match(checkpoint, [new("bert.x", [1]), new("bert.y", [1]), new("logit_fc.0.weight", [1])], options);
        Assert.Equal(3, match.Found.Count);
        Assert.Empty(match.Unexpected);
    }

    [Fact]
    public void Exact_names_come_first()
    {
        using var checkpoint = Write(("module.x", [1]), ("x", [2]));
        var match = ParameterMatch.Match(checkpoint, [new("x", [2])]);
        Assert.Equal("x", match.Found["x"].Name);
        Assert.Equal(["module.x"], match.Unexpected);
    }

    [Fact]
    public void Tied_names_stand_in_for_each_other()
    {
        var options = new ParameterMatchOptions { Aliases = new Dictionary<string, string> { ["decoder"] = "embeddings" } };
        ParameterSpec[] one = [new("embeddings", [2])];
        ParameterSpec[] both = [new("embeddings", [2]), new("decoder", [2])];
        using var tied = Write(("embeddings", [2]), ("decoder", [2]));
        using var plain = Write(("embeddings", [2]));
        using var alias = Write(("decoder", [2]));
        foreach (var checkpoint in new[] { tied, plain, alias })
        {
            foreach (var expected in new[] { one, both })
            {
                var match = ParameterMatch.Match(checkpoint, expected, options);
                Assert.Equal(expected.Length, match.Found.Count);
                Assert.Empty(match.Missing);
                Assert.Empty(match.Unexpected);
            }
        }
    }

    [Fact]
    public void Differences_are_reported_by_name()
    {
        using var checkpoint = Write(("a", [2, 3]), ("b", [4]), ("c", [1]));
        var match = ParameterMatch.Match(checkpoint, [new("a", [2, 3]), new("b", [5]), new("d", [1])]);
        Assert.Equal(["d"], match.Missing);
        Assert.Equal(["c"], match.Unexpected);
        Assert.Equal("b (expected [5], found [4])", Assert.Single(match.Mismatched).ToString());
        Assert.False(match.Source.Contains("b"));
        Assert.Throws<KeyNotFoundException>(() => match.Source.Read("d"));
        var error = Assert.Throws<CheckpointMismatchException>(() => match.ThrowIfIncompatible("TestModel", "some/file.bin"));
        foreach (var part in new[] { "some/file.bin", "TestModel", "1 of 3 parameters are missing: d", "b (expected [5], found [4])", "unexpected: c" })
            Assert.Contains(part, error.Message);
    }

    [Fact]
    public void Missing_heads_may_be_allowed()
    {
        using var checkpoint = Write(("a", [1]));
        var match = ParameterMatch.Match(checkpoint, [new("a", [1]), new("head.weight", [1])]);
        match.ThrowIfIncompatible("TestModel", "f", n => n.StartsWith("head.", StringComparison.Ordinal));
        Assert.Throws<CheckpointMismatchException>(() => match.ThrowIfIncompatible("TestModel", "f"));
    }

    [Theory]
    [InlineData("vilbert", "encoder-a", "ViLBERT")]
    [InlineData("lxmert", "pretraining-a", "LXMERT")]
    [InlineData("vlbert", "pretraining_core-a", "VL-BERT")]
    [InlineData("fiber", "rank_score-a", "FIBER")]
    public void Model_is_guessed_from_names(string system, string name, string expected)
    {
        using var checkpoint = Checkpoint.Open(TestData.Golden(system, name, "weights.safetensors"));
        Assert.Equal(expected, VisionLanguageModel.Guess(checkpoint.Names));
        var error = Assert.Throws<CheckpointMismatchException>(
            () => ParameterMatch.Match(checkpoint, [new("q", [1])]).ThrowIfIncompatible("Other", checkpoint.Path, madeBy: expected));
        Assert.Contains($"looks like a checkpoint of {expected}", error.Message);
    }

    [Fact]
    public void Unknown_names_are_not_guessed()
    {
        Assert.Null(VisionLanguageModel.Guess(["fc.weight", "fc.bias"]));
        Assert.Equal(
            "BERT",
            VisionLanguageModel.Guess(
                ["bert.embeddings.word_embeddings.weight", "bert.embeddings.token_type_embeddings.weight", "bert.encoder.layer.0.attention.self.query.weight"]));
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.NegativeInfinity)]
    public void What_is_no_number_is_told_with_its_tensor(float wrong)
    {
        var path = _folder.File("wrong.safetensors");
        SafeTensors.Write(path, [new NamedTensor("module.x", [2, 2], [1, 2, wrong, 4]), new NamedTensor("y", [1], [5])]);
        using var checkpoint = Checkpoint.Open(path);
        var source = ParameterMatch.Match(checkpoint, [new("x", [2, 2]), new("y", [1])]).Source;
        Assert.Equal([5f], source.Read("y"));
        var told = Assert.Throws<InvalidDataException>(() => source.Read("x")).Message;
        Assert.Contains($"Parameter 'x' (tensor 'module.x' of the checkpoint): value 2 of 4 is {wrong}", told);
    }

    private Checkpoint Write(params (string Name, long[] Shape)[] tensors)
    {
        var path = _folder.File($"{Guid.NewGuid():N}.safetensors");
        SafeTensors.Write(path, tensors.Select(t => new NamedTensor(t.Name, t.Shape, Enumerable.Range(0, (int)t.Shape.Aggregate(1L, (a, b) => a * b)).Select(i => (float)i).ToArray())));
        return Checkpoint.Open(path);
    }
}
