using System.Text.Json;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Checkpoints;

/// <summary>A checkpoint in several files with an index is one checkpoint.</summary>
public sealed class ShardedCheckpointTests : IDisposable
{
    private const string First = "model-00001-of-00002.safetensors";
    private const string Second = "model-00002-of-00002.safetensors";

    private readonly TemporaryFolder _folder = new();

    public ShardedCheckpointTests()
    {
        SafeTensors.Write(_folder.File(First), [new NamedTensor("b", [2], [1f, 2f]), new NamedTensor("a", [1], [3f])]);
        SafeTensors.Write(_folder.File(Second), [new NamedTensor("c", [2], [4f, 5f])]);
    }

    [Fact]
    public void Safetensors_are_read_as_one()
    {
        using var checkpoint = Checkpoint.Open(Index(new() { ["a"] = First, ["b"] = First, ["c"] = Second }));
        Assert.Equal(["a", "b", "c"], checkpoint.Names);
        Assert.Equal([3f], checkpoint["a"].ToSingles());
        Assert.Equal([1f, 2f], checkpoint["b"].ToSingles());
        Assert.Equal([4f, 5f], checkpoint["c"].ToSingles());
        Assert.Equal("safetensors, 2 files", checkpoint.Format);
        Assert.Equal("20", checkpoint.Metadata["total_size"]);
        Assert.EndsWith("index.json", checkpoint.Path);
    }

    [Fact]
    public void PyTorch_files_are_read_as_one()
    {
        foreach (var (name, value) in new[] { ("x", 1f), ("y", 2f) })
        {
            var pickle = new PickleBuilder().Raw('}').Text(name).Tensor("0", "FloatStorage", 1, 0, [1], [1]).Raw('s').Stop();
            var bytes = PickleBuilder.Floats(value);
            _folder.Write(name + ".bin", name == "x" ? PickleBuilder.Zip(pickle, new() { ["0"] = bytes }) : PickleBuilder.Legacy(pickle,
                [("0", 1, bytes)]));
        }

        using var checkpoint = Checkpoint.Open(Index(new() { ["y"] = "y.bin", ["x"] = "x.bin" }));
        Assert.Equal([1f], checkpoint["x"].ToSingles());
        Assert.Equal([2f], checkpoint["y"].ToSingles());
        Assert.Equal("PyTorch legacy and PyTorch zip, 2 files", checkpoint.Format);
    }

    [Fact]
    public void A_file_that_is_not_there_or_no_checkpoint_is_named()
    {
        var index = Index(new() { ["a"] = First, ["d"] = "model-00003.safetensors" });
        Assert.Contains("'model-00003.safetensors'", Refused(index));
        _folder.Write("model-00003.safetensors", "version https://git-lfs.github.com/spec/v1\nsize 12\n"u8);
        Assert.Contains("Git LFS", Refused(index));
        _folder.Write("model-00003.safetensors", File.ReadAllBytes(_folder.File(First)).AsSpan(0, 100));
        Assert.Contains("truncated?", Refused(index));
        File.Copy(index, _folder.File("model-00003.safetensors"), overwrite: true);
        Assert.Contains("model-00003.safetensors", Refused(index));
    }

    [Fact]
    public void One_file_of_several_is_told()
    {
        using var checkpoint = Checkpoint.Open(_folder.File(First));
        var match = ParameterMatch.Match(checkpoint, [new ParameterSpec("a", [1]), new ParameterSpec("c", [2])]);
        var error = Assert.Throws<CheckpointMismatchException>(() => match.ThrowIfIncompatible("model", checkpoint.Path));
        Assert.Contains("index", error.Message);
    }

    [Fact]
    public void An_index_that_does_not_fit_its_files_is_refused() =>
        Assert.Contains("'c' is in '" + First, Refused(Index(new() { ["a"] = First, ["c"] = First })));

    [Theory]
    [InlineData("../secret.bin")]
    [InlineData("/etc/passwd")]
    [InlineData("..\\secret.bin")]
    [InlineData("..")]
    [InlineData("")]
    public void An_index_leads_to_files_beside_it_only(string name) => Assert.Contains("'a'", Refused(Index(new() { ["a"] = name })));

    [Fact]
    public void Disposing_closes_all_files()
    {
        var checkpoint = Checkpoint.Open(Index(new() { ["a"] = First, ["c"] = Second }));
        checkpoint.Dispose();
        Assert.ThrowsAny<ObjectDisposedException>(() => checkpoint["a"].ToSingles());
        Assert.ThrowsAny<ObjectDisposedException>(() => checkpoint["c"].ToSingles());
    }

    public void Dispose() => _folder.Dispose();

    private string Index(Dictionary<string, string> map) => _folder.Write(
        "model.index.json", JsonSerializer.SerializeToUtf8Bytes(new { metadata = new { total_size = 20 }, weight_map = map }));

    private static string Refused(string index) => Assert.Throws<CheckpointFormatException>(() => Checkpoint.Open(index)).Message;
}
