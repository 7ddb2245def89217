using System.Text.Json;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Datasets;

public sealed class IdentifierTests : IDisposable
{
    private const string Huge = "123456789012345678901234567890";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Texts_decide_what_is_the_same()
    {
        Assert.Equal(new Identifier("16"), (Identifier)16);
        Assert.Equal(new Identifier("16").GetHashCode(), ((Identifier)16).GetHashCode());
        Assert.NotEqual(new Identifier("016"), (Identifier)16);
        Assert.True(new Identifier("a") != "A");
        Assert.Equal("", default(Identifier).Text);
        Assert.Equal(default, new Identifier(""));
        Assert.Throws<ArgumentException>(() => new Identifier("016", isNumber: true));
        Assert.Throws<ArgumentException>(() => new Identifier("1\n", isNumber: true));
    }

    [Theory]
    [InlineData("16")]
    [InlineData("\"016\"")]
    [InlineData(Huge)]
    [InlineData("-1.50e3")]
    [InlineData("\"a \\u0022\"")]
    public void Json_keeps_numbers_and_texts(string json)
    {
        Assert.Equal(json, JsonSerializer.Serialize(JsonSerializer.Deserialize<Identifier>(json)));
        Assert.Throws<JsonException>(() => JsonSerializer.Deserialize<Identifier>("true"));
    }

    [Fact]
    public void Results_name_questions_as_the_questions_file_does()
    {
        var questions = _folder.Write("q.json", """
            [{"question_id": "01827492", "image_id": "n1", "question": "?"}, {"question_id": "1827492", "image_id": "n1", "question": "?"},
            {"question_id": 1827493, "image_id": "n1", "question": "?"}, {"question_id": 123456789012345678901234567890, "image_id": 7, "question": "?"}]
            """u8);
        var data = VqaDataset.Load(questions, null, null);
        Assert.Empty(data.Problems);
        Assert.Equal(["01827492", "1827492", "1827493", Huge], data.Examples.Select(e => e.QuestionId));
        var results = _folder.File("r.json");
        VqaFiles.WriteResults(results, data.Examples.Select(e => new VqaResult(e.Identifier, "yes")));
        Assert.Equal(
            """[{"question_id":"01827492","answer":"yes"},{"question_id":"1827492","answer":"yes"},{"question_id":1827493,"answer":"yes"},"""
            + $$"""{"question_id":{{Huge}},"answer":"yes"}]""",
            File.ReadAllText(results));
    }

    [Fact]
    public void A_row_read_back_from_columns_keeps_its_identifier()
    {
        var row = new VqaExample { Identifier = 7 };
        row.QuestionId = "7";
        Assert.True(row.Identifier.IsNumber);
        row.QuestionId = "07";
        Assert.Equal((new Identifier("07"), false), (row.Identifier, row.Identifier.IsNumber));
    }

    [Fact]
    public void Evaluation_compares_texts()
    {
        VqaAnnotation[] truth = [new(16, 1, "", "", null, [new("yes", "a")]), new("016", 1, "", "", null, [new("no", 1)])];
        var metrics = VqaAccuracy.Evaluate(truth, [new("16", "yes"), new("016", "no")]);
        Assert.Equal(2, metrics.PerQuestion.Count);
        Assert.True(metrics.PerQuestion.ContainsKey(16));
        Assert.Contains("\"016\"", metrics.ToJson(withQuestions: true));
        Assert.Contains("the first is 016", Assert.Throws<ArgumentException>(() => VqaAccuracy.Evaluate(truth, [new(16, "yes")])).Message);
    }

    [Fact]
    public void Answer_ids_are_kept()
    {
        var path = _folder.Write("a.json", """
            [{"question_id": "q", "image_id": 7, "answers": [{"answer": "a", "answer_id": "w01"}, {"answer": "b", "answer_id": 9}, {"answer": "c"}]}]
            """u8);
        var annotation = Assert.Single(VqaFiles.ReadAnnotations(path));
        Assert.Equal<Identifier>(["w01", 9, 3], annotation.Answers.Select(answer => answer.Id));
        Assert.Equal([false, true, true], annotation.Answers.Select(answer => answer.Id.IsNumber));
        Assert.True(annotation.ImageId.IsNumber);
    }
}
