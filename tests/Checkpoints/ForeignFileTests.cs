using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Tests.Checkpoints;

/// <summary>What people have in the place of the file they meant is called what it is.</summary>
public sealed class ForeignFileTests : IDisposable
{
    private const string Pointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:4665a5ea423c2713d436b5ee50593a9640e0018c1550b5a0002f74190d6caea8\nsize 440449768\n";

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("", "empty file")]
    [InlineData(Pointer, "Git LFS pointer to a file of 440449768 bytes")]
    [InlineData("<!DOCTYPE html><html><head><title>Google Drive - Virus scan warning</title></head></html>",
        "web page ('Google Drive - Virus scan warning')")]
    [InlineData("\r\n  <HTML><body>404</body></html>", "web page")]
    [InlineData("<?xml version=\"1.0\"?><Error><Code>AccessDenied</Code></Error>", "web page")]
    [InlineData("\u001f\u008b\u0008 packed", "gzip")]
    [InlineData("\u0089HDF\r\n", "HDF5")]
    public void Other_files_are_called_what_they_are(string content, string what)
    {
        var path = _folder.Write("model.bin", TextEncoding.Latin1.GetBytes(content));
        var error = Assert.Throws<CheckpointFormatException>(() => Checkpoint.Open(path));
        Assert.Contains(what, error.Message);
        Assert.Contains("model.bin", error.Message);
        if (what != "gzip") Assert.Contains("model.bin", Assert.Throws<InvalidDataException>(() => AnswerList.Load(path)).Message);
    }

    [Fact]
    public void Zeros_and_tar_archives_are_told()
    {
        Assert.Contains("zero bytes", Refused(new byte[5000]));
        var tar = new byte[1024];
        "name"u8.CopyTo(tar);
        "ustar"u8.CopyTo(tar.AsSpan(257));
        Assert.Contains("tar archive", Refused(tar));
    }

    [Theory]
    [InlineData("{\"model_type\": \"bert\", \"hidden_size\": 768}", "'model_type', 'hidden_size'")]
    [InlineData("{\"error\": \"Unauthorized\"}", "'error'")]
    [InlineData("[1, 2]", "JSON")]
    [InlineData("{\"weight_map\": {\"a\": \"model-0000", "truncated")]
    [InlineData("{\"weight_map\": {}}", "no tensor")]
    public void Json_is_told_from_an_index(string json, string what) => Assert.Contains(what, Refused(TextEncoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("weights.safetensors")]
    [InlineData("weights.bin")]
    [InlineData("weights_legacy.bin")]
    public void Half_a_download_is_told(string name)
    {
        var whole = File.ReadAllBytes(TestData.Golden("vlbert", "pretraining_core-a", name));
        Assert.Contains("truncated?", Refused(whole.AsSpan(0, whole.Length / 2).ToArray()));
        Assert.Contains("truncated?", Refused(whole.AsSpan(0, whole.Length - 1).ToArray()));
    }

    [Fact]
    public void A_zip_of_something_else_is_told_by_its_entries() =>
        Assert.Contains("other/data/0", Refused(PickleBuilder.Zip([], new() { ["0"] = [1] }, "other/").Replace("data.pkl"u8,
            "data.abc"u8)));

    public void Dispose() => _folder.Dispose();

    private string Refused(byte[] bytes) =>
        Assert.Throws<CheckpointFormatException>(() => Checkpoint.Open(_folder.Write("file", bytes))).Message;
}

file static class Bytes
{
    /// <summary>Replaces every occurrence by as many bytes.</summary>
    public static byte[] Replace(this byte[] bytes, ReadOnlySpan<byte> from, ReadOnlySpan<byte> to)
    {
        for (var at = 0; at + from.Length <= bytes.Length; at++)
        {
            if (bytes.AsSpan(at, from.Length).SequenceEqual(from)) to.CopyTo(bytes.AsSpan(at));
        }

        return bytes;
    }
}
