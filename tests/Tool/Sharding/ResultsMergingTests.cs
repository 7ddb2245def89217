using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tool.Sharding;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool.Sharding;

/// <summary>Files of results joined as one process would have written them.</summary>
public sealed class ResultsMergingTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("r.json", "[{\"a\":1.50,\"b\":\"é<\\\"\"},{\"a\":2}]", 2, "[{\"a\":1.50,\"b\":\"é<\\\"\"}]", "[]", "[{\"a\":2}]")]
    [InlineData("r.json", "{\"predictions\":[{\"a\":1},{\"a\":2}]}", 2, "{\"predictions\":[{\"a\":1}]}", "{\"predictions\":[{\"a\":2}]}")]
    [InlineData("r.jsonl", "{\"id\":1,\"scores\":{}}\n{\"id\":2,\"scores\":{}}\n", 2, "{\"id\":1,\"scores\":{}}\n", "", "{\"id\":2,\"scores\":{}}\n")]
    [InlineData("r.jsonl", "{\"id\":1}\n{\"id\":2}\n", 2, "", "{\"id\":1}\n{\"id\":2}\n")]
    [InlineData("r.csv", "x,y\n1,2\n3,4\n", 2, "x,y\n1,2\n", "x,y\n", "x,y\n3,4\n")]
    [InlineData("r.csv", "a-1,True\nb-1,False\n", 2, "a-1,True\n", "b-1,False\n")]
    public void Rows_follow_each_other(string name, string expected, int rows, params string[] parts)
    {
        Assert.Equal(rows, ResultsMerging.Write(_folder.File(name), Files(parts)));
        Assert.Equal(expected, File.ReadAllText(_folder.File(name)));
    }

    [Fact]
    public void Files_of_another_layout_are_told_and_nothing_is_left()
    {
        foreach (var (other, message) in new[] { ("{\"other\":[]}", "called 'other'"), ("{\"a\":1}", "a list of JSON"), ("[", "no JSON") })
        {
            var files = Files("{\"predictions\":[]}", other);
            var error = Assert.Throws<InvalidDataException>(() => ResultsMerging.Write(_folder.File("out.json"), files));
            Assert.Contains(message, error.Message);
            Assert.Contains(files[1], error.Message);
            Assert.False(File.Exists(_folder.File("out.json")));
        }
    }

    private string[] Files(params string[] parts) => [.. parts.Select((part, i) =>
    {
        File.WriteAllText(_folder.File($"part{i}"), part);
        return _folder.File($"part{i}");
    })];
}
