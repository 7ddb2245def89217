using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Regions;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Tests.Datasets;

/// <summary>LXMERT's own JSON, in the forms of its VQA, GQA, NLVR2 and pre-training.</summary>
public sealed class LxmertFilesTests : IDisposable
{
    private const string Vqa = """
        [{"answer_type": "other", "img_id": "COCO_val2014_000000000007", "label": {"red": 1, "dark red": 0.3}, "question_id": 7000,
          "question_type": "what", "sent": "What color?"},
         {"answer_type": "number", "img_id": "COCO_val2014_000000000008", "label": {}, "question_id": 8000, "question_type": "how many", "sent": "How many?"},
         {"answer_type": "other", "img_id": "COCO_val2014_000000000009", "label": {"no": 1}, "question_id": 9000, "question_type": "is", "sent": "Is it?"}]
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Labels_are_soft_targets_and_images_without_features_are_left_out()
    {
        var features = Write("f.tsv", string.Join("\r\n", new[] { 8, 7 }.Select(i =>
            FeatureFile.Row($"COCO_val2014_{i:D12}", 100, 50, [0, 0, 10, 20], [i, i]))));
        var more = Write("more.json", """[{"img_id": "COCO_val2014_000000000007", "question_id": "g1", "label": {"yes": 1.0}, "sent": "More?"}]""");
        var data = VqaDataset.LoadLxmert([Write("q.json", Vqa), more], null, new() { FeatureFiles = [features] });

        Assert.Equal("1 questions whose image is missing, the first: question 9000, image COCO_val2014_000000000009", Assert.Single(data.Problems).ToString());
        Assert.Equal(["7000", "8000", "g1"], data.Examples.Select(row => row.QuestionId));
        Assert.Equal([true, true, false], data.Examples.Select(row => row.Identifier.IsNumber));
        Assert.Empty(data.Annotations);
        var first = data.Examples[0];
        Assert.Equal(("What color?", "what", "other"), (first.Question, first.QuestionType, first.AnswerType));
        Assert.Equal(["red", "dark red"], first.Answers);
        Assert.Equal([1f, 0.3f], first.AnswerScores);
        Assert.Empty(data.Examples[1].Answers);

        var ml = new MLContext(1);
        var view = data.ToDataView(ml);
        Assert.Equal([[7f, 7], [8f, 8], [7f, 7]], ml.Transforms.LoadRegionFeatures([features]).Fit(view).Transform(view).GetColumn<float[]>("RegionFeatures"));

        VqaResult[] results = [new("7000", "dark red"), new("8000", "2"), new("g1", "yes")];
        var found = VqaAccuracy.EvaluateScored(data.Examples, results);
        Assert.Equal(43.33, found.Overall);
        Assert.Equal(0, found.PerAnswerType["number"]);
        Assert.Equal(30, found.PerQuestion["7000"]);
        Assert.Equal(65, VqaAccuracy.EvaluateScored(data.Examples, results.Where(row => row.Answer != "2")).Overall);
        Assert.Contains("9000", Assert.Throws<ArgumentException>(() => VqaAccuracy.EvaluateScored(data.Examples, [new("9000", "no")])).Message);
        Assert.Throws<ArgumentException>(() => VqaAccuracy.EvaluateScored(data.Examples, []));
    }

    [Fact]
    public void Questions_without_labels_or_images_are_read_too()
    {
        var data = VqaDataset.LoadLxmert([Write("q.json", """[{"img_id": "n1", "question_id": 1, "sent": "Is it?"}]""")], null);
        Assert.Equal(("n1", "", 0), (data.Examples[0].ImageId, data.Examples[0].ImagePath, data.Examples[0].Answers.Length));

        // The reference leaves images out, but nothing else.
        var twice = Write("q.json", """[{"img_id": "n1", "question_id": 1, "sent": "Is it?"}, {"img_id": "n1", "question_id": 1, "sent": "Was it?"}]""");
        Assert.Contains("repeated question ids", Assert.Throws<InvalidDataException>(() => VqaDataset.LoadLxmert([twice], null)).Message);
    }

    [Theory]
    [InlineData("""{"question_id": 1, "image_id": 1, "question": "What?"}""", "'img_id' is missing")]
    [InlineData("""{"question_id": 1, "img_id": "a", "sent": "What?", "label": ["yes"]}""", "'label' must be an object of answers and their scores but is a list")]
    [InlineData("""{"question_id": 1, "img_id": "a", "sent": "What?", "label": {"yes": 3}}""", "the score of \"yes\" must be a number from 0 to 1 but is the number 3")]
    public void Other_files_are_refused_with_their_place(string record, string expected)
    {
        var path = Write("q.json", """[{"question_id": 0, "img_id": "a", "sent":"b"},""" + record + "]");
        var error = Assert.Throws<InvalidDataException>(() => VqaDataset.LoadLxmert([path], null));
        Assert.Contains("q.json", error.Message);
        Assert.Contains(expected, error.Message);
    }

    [Fact]
    public void Pre_training_has_a_row_for_each_sentence()
    {
        var rows = LxmertDataset.LoadPretraining(Write("p.json", """
            [{"img_id": "COCO_val2014_000000000007", "labelf": {"vqa": [{"red": 1, "pink": 0.6}, {}]},
              "sentf": {"mscoco": ["A ball."], "vqa": ["What color?", "Why?"]}}, {"img_id": "8", "sentf": {"vg": []}}]
            """)).ToList();
        Assert.Equal(["A ball.", "What color?", "Why?"], rows.Select(row => row.Question));
        Assert.Equal(["mscoco", "vqa", "vqa"], rows.Select(row => row.QuestionType));
        Assert.Equal(["COCO_val2014_000000000007_vqa_000"], rows.Skip(1).Take(1).Select(row => row.QuestionId));
        Assert.Equal([0, 2, 0], rows.Select(row => row.Answers.Length));
        Assert.Equal([1f, 0.6f], rows[1].AnswerScores);
        Assert.All(rows, row => Assert.Equal("COCO_val2014_000000000007", row.ImageId));

        var wrong = Write("p.json", """[{"img_id": "7", "labelf": {"vqa": [{}]}, "sentf": {"vqa": ["What?", "Why?"]}}]""");
        Assert.Contains("'labelf.vqa' has 1 entries for the 2 sentences", Assert.Throws<InvalidDataException>(() => LxmertDataset.LoadPretraining(wrong).Count()).Message);
    }

    [Fact]
    public void Statements_about_two_images_have_their_names()
    {
        var rows = LxmertDataset.LoadNlvr2(Write("n.json", """
            [{"identifier": "dev-850-0-1", "img0": "dev-850-0-img0", "img1": "dev-850-0-img1", "label": 1, "sent": "Both.", "uid": "u"},
             {"identifier": "x", "img0": "a", "img1": "b", "sent": "None."}]
            """)).ToList();
        Assert.Equal(("dev-850-0-1", "dev-850-1", "True"), (rows[0].ExampleId, rows[0].SentenceId, rows[0].Label));
        Assert.Equal(("dev-850-0-img0", "dev-850-0-img1", "Both."), (rows[0].LeftImageId, rows[0].RightImageId, rows[0].Sentence));
        Assert.Equal(("x", "", "b"), (rows[1].SentenceId, rows[1].Label, rows[1].RightImageId));
        Assert.Throws<InvalidDataException>(() => LxmertDataset.LoadNlvr2(Write("n.json", """[{"identifier": "x", "img0": 1, "img1": 2, "sent": "", "label": 2}]""")).Count());
    }

    [Fact]
    public void Questions_of_gqa_are_rows_of_that_data_set()
    {
        var rows = LxmertDataset.LoadGqa(Write("g.json", """
            [{"img_id": "2354786", "label": {"no": 1.0}, "question_id": "02930152", "sent": "Is the sky dark?"},
             {"img_id": "n1", "question_id": "2", "sent": "Why?"}]
            """)).ToList();
        Assert.Equal(("02930152", "2354786", "Is the sky dark?"), (rows[0].QuestionId, rows[0].ImageId, rows[0].Question));
        Assert.Equal(["no"], rows[0].Answers);
        Assert.Equal([1f], rows[0].AnswerScores);
        Assert.Empty(rows[1].Answers);
        var error = Assert.Throws<InvalidDataException>(() => LxmertDataset.LoadGqa(Write("g.json", """[{"img_id": "a", "question_id": 1}]""")).Count());
        Assert.Contains("question 0 (byte 1): 'sent' is missing", error.Message);
    }

    private string Write(string name, string text) => _folder.Write(name, TextEncoding.UTF8.GetBytes(text));
}
