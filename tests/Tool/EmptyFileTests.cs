using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>Files without a byte, as an interrupted download leaves them.</summary>
public sealed class EmptyFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("vqa --questions FILE --annotations FILE", "the file is empty; a JSON object with 'questions', or a list, is expected.")]
    [InlineData("vqa --layout lxmert FILE", "the file is empty; a JSON object with 'questions', or a list, is expected.")]
    [InlineData("gqa --data FILE", "the file is empty; a JSON object with a member for each question is expected.")]
    [InlineData("pretraining --format coco --data FILE", "the file is empty; a JSON object with 'annotations', or a list, is expected.")]
    [InlineData("refcoco --refs FILE --instances FILE", "the file is empty; a pickled list of references is expected.")]
    [InlineData("snli-ve --data FILE", "the data set has no rows")]
    public void They_are_told_with_what_was_expected(string data, string expected)
    {
        var path = _folder.Write("empty", []);
        ToolRun.Run(["train", .. data.Replace("FILE", path).Split(' '), "--images", _folder.Path, "--output", _folder.File("m.zip")])
            .AssertFailed(1, $"vl: {path}: {expected}");
    }

    [Fact]
    public void White_space_alone_is_an_empty_file_too()
    {
        var path = _folder.Write("q.json", "\ufeff \n\n"u8);
        var error = Assert.Throws<InvalidDataException>(() => VqaFiles.ReadQuestions(path));
        Assert.EndsWith("q.json: the file is empty; a JSON object with 'questions', or a list, is expected.", error.Message);
    }

    [Theory]
    [InlineData("vilbert")]
    [InlineData("lxmert")]
    [InlineData("vlbert")]
    public void A_configuration_without_content_is_none(string kind)
    {
        var path = _folder.Write("config.json", "\n"u8);
        var error = Assert.Throws<InvalidDataException>(() => VisionLanguageModel.Load(kind, path));
        Assert.Contains("config.json' is no ", error.Message);
        Assert.EndsWith("configuration: it is empty; a JSON object is expected.", error.Message);
    }
}
