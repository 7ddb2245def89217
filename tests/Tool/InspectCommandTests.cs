using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

public sealed class InspectCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("weights.safetensors", "safetensors")]
    [InlineData("weights.bin", "PyTorch zip")]
    [InlineData("weights_legacy.bin", "PyTorch legacy")]
    public void Tells_the_tensors_of_a_checkpoint(string file, string format)
    {
        var path = TestData.Golden("vilbert", "vltasks-mul-a", file);
        var found = ToolRun.Run("inspect", path, "--json").Json();
        Assert.Equal("checkpoint", found.GetProperty("kind").GetString());
        Assert.Equal(format, found.GetProperty("format").GetString());
        Assert.Equal("ViLBERT", found.GetProperty("architecture").GetString());
        var weights = found.GetProperty("weights").EnumerateArray().ToList();
        Assert.Equal(found.GetProperty("tensors").GetInt32(), weights.Count);
        Assert.Equal(found.GetProperty("parameters").GetInt64(), weights.Sum(weight => weight.GetProperty("count").GetInt64()));
        var pooler = weights.Single(weight => weight.GetProperty("name").GetString() == "bert.t_pooler.dense.weight");
        Assert.Equal("Float32", pooler.GetProperty("type").GetString());
        Assert.Equal(2, pooler.GetProperty("shape").GetArrayLength());
        Assert.Contains(ToolRun.Run("inspect", path).Lines, line => line.TrimStart().StartsWith("bert.t_pooler.dense.weight ", StringComparison.Ordinal));
    }

    [Fact]
    public void Tells_the_images_of_a_feature_file()
    {
        var found = ToolRun.Run("inspect", TestData.Golden("lxmert", "tsv-a", "val2014_obj36.tsv"), "--json").Json();
        Assert.Equal("region features", found.GetProperty("kind").GetString());
        var images = found.GetProperty("images").EnumerateArray().ToList();
        Assert.Equal(found.GetProperty("rows").GetInt32(), images.Count);
        Assert.All(images, image => Assert.True(image.GetProperty("featureSize").GetInt32() > 0));
    }

    [Fact]
    public void A_file_of_another_kind_is_refused()
    {
        ToolRun.Run("inspect", _folder.Write("notes.txt", "just some text\n"u8)).AssertFailed(1, "notes.txt", "expected");
        ToolRun.Run("inspect", _folder.Write("empty.bin", [])).AssertFailed(1, "empty.bin");
        ToolRun.Run("inspect", _folder.Path).AssertFailed(1, "folder");
        var whole = File.ReadAllBytes(TestData.Golden("vilbert", "vltasks-mul-a", "weights.bin"));
        ToolRun.Run("inspect", _folder.Write("half.bin", whole.AsSpan(0, whole.Length / 2))).AssertFailed(1, "half.bin");
        ToolRun.Run("inspect", _folder.Write("broken.tsv", "image-1\t10\tten\n"u8)).AssertFailed(1, "broken.tsv", "line 1");
    }
}
