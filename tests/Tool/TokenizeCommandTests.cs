using System.Text.Json;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

public sealed class TokenizeCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _vocabulary;

    public TokenizeCommandTests() =>
        _vocabulary = _folder.Write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\nwhat\nis\nthis\n?\nred\n##dish"u8);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Writes_an_array_of_ids_for_each_line()
    {
        var input = _folder.Write("a.jsonl", """
            {"text": "What is THIS?", "id": 1}

            {"id": 2, "text": "reddish \u00e9"}
            {"text": ""}
            """u8);
        var run = ToolRun.Run("tokenize", "--vocabulary", _vocabulary, "--input", input, "--field", "text");
        Assert.Equal(["[4, 5, 6, 7]", "[8, 9, 1]", "[]"], run.Lines);
        Assert.Equal(0, run.Code);
    }

    [Fact]
    public void Adds_special_tokens_and_cuts_when_asked_to()
    {
        var input = _folder.Write("a.jsonl", """{"q": "what is this?", "a": "red"}"""u8);
        string[] command = ["tokenize", "--vocabulary", _vocabulary, "--input", input, "--field", "q"];
        Assert.Equal(["[2, 4, 5, 6, 7, 3]"], ToolRun.Run([.. command, "--special-tokens"]).Lines);
        Assert.Equal(["[2, 4, 5, 3]"], ToolRun.Run([.. command, "--special-tokens", "--max-length", "4"]).Lines);
        Assert.Equal(["[4, 5, 6]"], ToolRun.Run([.. command, "--max-length", "3"]).Lines);
        Assert.Equal(["[2, 4, 5, 6, 7, 3, 8, 3]"], ToolRun.Run([.. command, "--pair-field", "a"]).Lines);
        Assert.Equal(["[4, 5, 6, 7]"], ToolRun.Run([.. command, "--cased"]).Lines);
        var upper = _folder.Write("upper.jsonl", """{"q": "What is this?"}"""u8);
        Assert.Equal(["[1, 5, 6, 7]"], ToolRun.Run("tokenize", "--vocabulary", _vocabulary, "--input", upper, "--field", "q", "--cased").Lines);
    }

    [Theory]
    [InlineData("{\"text\": \"a\"}\n{\"text\"", "line 2")]
    [InlineData("{\"text\": \"a\"}\n\n{\"question\": \"a\"}", "line 3")]
    [InlineData("{\"text\": 3}", "'text'")]
    [InlineData("[1]", "array")]
    public void A_bad_line_is_named(string content, string named)
    {
        var input = _folder.Write("bad.jsonl", System.Text.Encoding.UTF8.GetBytes(content));
        var run = ToolRun.Run("tokenize", "--vocabulary", _vocabulary, "--input", input);
        Assert.Equal(1, run.Code);
        Assert.Contains("bad.jsonl", run.Error);
        Assert.Contains(named, run.Error);
    }

    [SkippableFact]
    public void Equals_the_original_tokenizer_on_real_questions()
    {
        var cases = TestData.SharedData("vocab/bert_uncased_tokenisation_shared.jsonl");
        var vocabulary = TestData.SharedData("vocab/bert-base-uncased-vocab.txt");
        var run = ToolRun.Run("tokenize", "--vocabulary", vocabulary, "--input", cases, "--field", "text");
        var expected = File.ReadLines(cases).Select(line => JsonDocument.Parse(line).RootElement.GetProperty("ids").Deserialize<int[]>()!).ToList();
        Assert.Equal(928, expected.Count);
        Assert.Equal(expected, run.Lines.Select(line => JsonSerializer.Deserialize<int[]>(line)!));
    }
}
