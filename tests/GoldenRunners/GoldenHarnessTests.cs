using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using Xunit.Sdk;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>The harness itself: it must find cases, and it must fail where numbers differ.</summary>
public sealed class GoldenHarnessTests
{
    [Fact]
    public void Finds_the_cases_of_the_repository()
    {
        var names = GoldenCases.FoldersUnder(TestData.Goldens).Select(f => $"{Path.GetFileName(Path.GetDirectoryName(f))}/{Path.GetFileName(f)}").ToList();
        Assert.Contains("vilbert/encoder-a", names);
        Assert.Contains("vlbert/encoder_scale-a", names);
        Assert.Equal(names.Count, names.Distinct().Count());
    }

    [Fact]
    public void Refuses_a_directory_that_is_not_there() =>
        Assert.Throws<DirectoryNotFoundException>(() => GoldenCases.FoldersUnder(Path.Combine(TestData.Goldens, "nowhere")));

    [Theory]
    [InlineData("vilbert", "task-vqa-a", "task-vqa", "task", 1e-4)]
    [InlineData("lxmert", "encoder-a", "encoder", "encoder", 1e-4)]
    [InlineData("vilbert", "train-vqa-a", "train-vqa", "train_tasks", 2e-5)]
    public void Reads_case_json(string system, string name, string variant, string kind, double tolerance)
    {
        using var c = GoldenCases.Get(system, name);
        Assert.Equal((system, name, variant, kind, tolerance), (c.System, c.Name, c.Variant, c.Kind, c.Tolerance));
    }

    [Fact]
    public void Leaves_out_what_the_case_excludes()
    {
        using var c = GoldenCases.Get("vilbert", "train-vqa-a");
        Assert.True(c.IsExcluded("bert.encoder.layer.0.attention.self.key.bias"));
        Assert.False(c.IsExcluded("bert.encoder.layer.0.attention.self.query.bias"));
    }

    [Fact]
    public void Comparison_fails_beyond_the_tolerance_only()
    {
        using var c = GoldenCases.Get("vilbert", "encoder-a");
        var name = c.Outputs.Names[0];
        var tensor = c.Outputs[name];
        var values = tensor.ToSingles();
        GoldenAssert.Close(tensor, values, tensor.Shape, c, name);
        values[1] += 5e-5f;
        GoldenAssert.Close(tensor, values, tensor.Shape, c, name);
        values[1] += 1e-3f;
        var error = Assert.ThrowsAny<XunitException>(() => GoldenAssert.Close(tensor, values, tensor.Shape, c, name));
        Assert.Contains(name, error.Message);
        Assert.ThrowsAny<XunitException>(() => GoldenAssert.Close(tensor, tensor.ToSingles(), [.. tensor.Shape, 1], c, name));
    }

    [Fact]
    public void Comparison_counts_nan_equal_to_nan_only()
    {
        GoldenAssert.Close([float.NaN, float.NegativeInfinity], [float.NaN, float.NegativeInfinity], 0, "x");
        Assert.ThrowsAny<XunitException>(() => GoldenAssert.Close([1f], [float.NaN], 1e9, "x"));
        Assert.ThrowsAny<XunitException>(() => GoldenAssert.Close([float.NaN], [1f], 1e9, "x"));
    }

    [Fact]
    public void No_two_runners_of_an_engine_claim_the_same_kind()
    {
        var claims = Support.GoldenRunners.All.SelectMany(r => r.Kinds.Select(k => $"{r.System}/{k} on {r.Engine}")).ToList();
        Assert.Equal(claims.Distinct(), claims);
    }

    [Fact]
    public void Golden_files_hold_tensors_of_known_types()
    {
        foreach (var file in Directory.EnumerateFiles(TestData.Goldens, "*.safetensors", SearchOption.AllDirectories))
        {
            using var checkpoint = Checkpoint.Open(file);
            foreach (var name in checkpoint.Names)
                Assert.Equal(checkpoint[name].Count, checkpoint[name].ToSingles().Length);
        }
    }
}
