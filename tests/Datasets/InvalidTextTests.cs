using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Tests.Datasets;

/// <summary>Found by fuzzing: bytes that are no UTF-8 inside a text of a JSON file were an InvalidOperationException.</summary>
public sealed class InvalidTextTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData("{\"data_subtype\": \"val\u00af\", \"questions\": []}")]
    [InlineData("{\"questions\": [{\"question_id\": 1, \"image_id\": 2, \"question\": \"caf\u00e9?\"}]}")]
    public void Questions_name_the_file(string latin)
    {
        var path = _folder.Write("q.json", TextEncoding.Latin1.GetBytes(latin));
        var error = Assert.Throws<InvalidDataException>(() => VqaFiles.ReadQuestions(path));
        Assert.Contains("q.json", error.Message);
    }

    [Fact]
    public void Annotations_name_the_file_and_the_record()
    {
        const string Latin = "{\"annotations\": [{\"question_id\": 1, \"image_id\": 2, \"answers\": [{\"answer\": \"caf\u00e9\"}]}]}";
        var path = _folder.Write("a.json", TextEncoding.Latin1.GetBytes(Latin));
        var error = Assert.Throws<InvalidDataException>(() => VqaFiles.ReadAnnotations(path));
        Assert.Contains("a.json: annotation 0", error.Message);
    }

    public void Dispose() => _folder.Dispose();
}
