using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Datasets;

public sealed class VqaDatasetTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Joins_questions_annotations_and_images()
    {
        var images = Images("COCO_train2014_000000000007.jpg", "COCO_train2014_000000000008.jpg");
        var questions = Questions("train2014", (1, 7, "What color?"), (2, 8, "Is it?"));
        var annotations = Annotations((2, ["yes", "yes", "no"]), (1, ["Red.", "red", "the red", "red", "blue"]));

        var dataset = VqaDataset.Load(questions, annotations, images);

        Assert.Empty(dataset.Problems);
        Assert.Equal<Identifier>([1, 2], dataset.Annotations.Select(a => a.QuestionId));
        var first = dataset.Examples[0];
        Assert.Equal(("1", "COCO_train2014_000000000007", "What color?"), (first.QuestionId, first.ImageId, first.Question));
        Assert.Equal(Path.Combine(images, "COCO_train2014_000000000007.jpg"), first.ImagePath);
        Assert.Equal(["red", "blue"], first.Answers);
        Assert.Equal([1f, 0.3f], first.AnswerScores);
        Assert.Equal(["yes", "no"], dataset.Examples[1].Answers);

        var ml = new MLContext(1);
        var view = dataset.ToDataView(ml);
        Assert.Equal(["1", "2"], view.GetColumn<string>("QuestionId"));
        Assert.Equal([["red", "blue"], ["yes", "no"]], view.GetColumn<string[]>("Answers"));
        Assert.Equal([[1f, 0.3f], [0.6f, 0.3f]], view.GetColumn<float[]>("AnswerScores"));
    }

    [Fact]
    public void Plain_scores_are_shares_of_unchanged_answers()
    {
        var dataset = VqaDataset.Load(
            Questions("train2014", (1, 7, "What?")), Annotations((1, ["The Dog", "The Dog", "a cat", "The Dog"])), null, new() { VqaSoftScores = false });
        Assert.Equal(["The Dog", "a cat"], dataset.Examples[0].Answers);
        Assert.Equal([0.75f, 0.25f], dataset.Examples[0].AnswerScores);
        Assert.Equal("COCO_train2014_000000000007", dataset.Examples[0].ImageId);
        Assert.Equal("", dataset.Examples[0].ImagePath);
    }

    [Fact]
    public void Problems_are_counted_with_their_first_example()
    {
        var images = Images("7.png");
        var questions = Questions(null, (1, 7, "What?"), (1, 7, "Again?"), (2, 8, "No image?"), (3, 9, "No image too?"), (4, 7, " "), (5, 7, "Unanswered?"));
        var annotations = Annotations((1, ["a"]), (1, ["b"]), (2, ["c"]), (3, ["d"]), (4, ["e"]), (66, ["f"]));

        var error = Assert.Throws<InvalidDataException>(() => VqaDataset.Load(questions, annotations, images));
        Assert.Contains("2 questions whose image is missing, the first: question 2, image 8", error.Message);

        var dataset = VqaDataset.Load(questions, annotations, images, new() { SkipProblems = true });
        Assert.Equal(["1"], dataset.Examples.Select(e => e.QuestionId));
        Assert.Equal("What?", dataset.Examples[0].Question);
        Assert.Equal(
            [
                new(DatasetProblemKind.DuplicateQuestion, 1, "question 1"),
                new(DatasetProblemKind.EmptyQuestion, 1, "question 4"),
                new(DatasetProblemKind.DuplicateAnnotation, 1, "question 1"),
                new(DatasetProblemKind.AnnotationWithoutQuestion, 1, "question 66"),
                new(DatasetProblemKind.QuestionWithoutAnnotation, 1, "question 5"),
                new(DatasetProblemKind.MissingImage, 2, "question 2, image 8"),
            ],
            dataset.Problems);
    }

    [Fact]
    public void An_empty_data_set_is_an_error()
    {
        var error = Assert.Throws<InvalidDataException>(() => VqaDataset.Load(Questions("val2014"), null, null));
        Assert.Contains("no question is left", error.Message);
        error = Assert.Throws<InvalidDataException>(() => VqaDataset.Load(Questions(null, (1, 5, "What?")), null, Images("7.png"), new() { SkipProblems = true }));
        Assert.Contains("1 questions whose image is missing", error.Message);
    }

    [Theory]
    [InlineData("COCO_val2014_000000000042.jpg", "val2014", null)]
    [InlineData("COCO_test2015_000000000042.jpg", "test-dev2015", null)]
    [InlineData("scene_00042.png", null, null)]
    [InlineData("42.png", "val2014", null)]
    [InlineData("img-0042.webp", null, "img-{image_id:D4}.webp")]
    [InlineData("train-42.png", "train", "{data_subtype}-{image_id}.png")]
    public void Finds_images_by_convention_pattern_or_number(string file, string? subtype, string? pattern)
    {
        var images = Images(file, "scene_420.png", "notes.txt");
        var found = new ImageFileResolver(images, pattern).Resolve(new VqaQuestion(1, "42", "?"), subtype);
        Assert.Equal(Path.Combine(images, file), found);
    }

    [Fact]
    public void A_named_image_is_not_replaced_by_another_with_its_number()
    {
        var images = Images("42.png");
        Assert.Null(new ImageFileResolver(images).Resolve(new VqaQuestion(1, "42", "?", "photo.png"), null));
        Assert.Null(new ImageFileResolver(images, "{image_id}.jpg").Resolve(new VqaQuestion(1, "42", "?"), null));
    }

    [Fact]
    public void Resolver_refuses_what_it_cannot_do()
    {
        var images = Images("a_42.png", "b_042.jpg");
        var error = Assert.Throws<InvalidDataException>(() => new ImageFileResolver(images).Resolve(new VqaQuestion(1, "42", "?"), null));
        Assert.Contains("a_42.png, b_042.jpg", error.Message);
        Assert.Contains("placeholder 'image_id:x'", Assert.Throws<ArgumentException>(() => new ImageFileResolver(images, "{image_id:x}")).Message);
        Assert.Contains("placeholder '{image_id'", Assert.Throws<ArgumentException>(() => new ImageFileResolver(images, "{image_id")).Message);
        Assert.Contains("no {image_id}", Assert.Throws<ArgumentException>(() => new ImageFileResolver(images, "{data_subtype}.jpg")).Message);
        Assert.Throws<ArgumentException>(() => new ImageFileResolver(images, "image.jpg"));
        Assert.Throws<DirectoryNotFoundException>(() => new ImageFileResolver(Path.Combine(images, "none")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("..")]
    public void Reads_the_easy_vqa_layout(string answersFolder)
    {
        var folder = Path.Combine(_folder.Path, "set", "train");
        Directory.CreateDirectory(Path.Combine(folder, "images"));
        File.WriteAllBytes(Path.Combine(folder, "images", "0.png"), []);
        File.WriteAllText(Path.Combine(folder, answersFolder, "answers.txt"), "blue\nyes\nno\n");
        File.WriteAllText(Path.Combine(folder, "questions.json"), """[["what color is it?", "blue", 0], ["is it red?", "no", 0]]""");

        var dataset = VqaDataset.LoadEasyVqa(folder);

        Assert.Equal(["blue", "yes", "no"], dataset.Answers);
        Assert.Equal([("0", "what color", "other"), ("1", "is it", "yes/no")], dataset.Examples.Select(e => (e.QuestionId, e.QuestionType, e.AnswerType)));
        Assert.Equal(["no"], dataset.Examples[1].Answers);
        Assert.Equal([1f], dataset.Examples[1].AnswerScores);
        Assert.Equal(100, VqaAccuracy.Evaluate(dataset.Annotations, dataset.Examples.Select(e => new VqaResult(e.QuestionId, e.Answers[0]))).Overall);
    }

    [Fact]
    public void A_bad_easy_vqa_row_is_named()
    {
        Directory.CreateDirectory(_folder.File("images"));
        File.WriteAllText(_folder.File("questions.json"), """[["what?", "blue", 0], ["what?", 3, 0]]""");
        var error = Assert.Throws<InvalidDataException>(() => VqaDataset.LoadEasyVqa(_folder.Path));
        Assert.Contains("questions.json: row 1 (byte 23): the question and the answer must be strings", error.Message);
    }

    [SkippableFact]
    public void Loads_the_real_easy_vqa()
    {
        var dataset = VqaDataset.LoadEasyVqa(TestData.SharedData("easy_vqa/train"));
        Assert.Equal((38575, 4000, 13), (dataset.Examples.Count, dataset.Examples.Select(e => e.ImageId).Distinct().Count(), dataset.Answers.Count));
        Assert.Empty(dataset.Problems);
        Assert.True(dataset.Examples.All(e => dataset.Answers.Contains(e.Answers.Single())));
    }

    [SkippableFact]
    public void Finds_the_images_of_real_questions()
    {
        var subset = TestData.SharedData("vqa_v2/nlp1_subset");
        var images = TestData.SharedData("bua_features/images");
        var dataset = VqaDataset.Load(
            Path.Combine(subset, "vqa_questions_train.json.gz"), Path.Combine(subset, "vqa_annotatons_train.json.gz"), images, new() { SkipProblems = true });
        Assert.Contains(dataset.Examples, e => e.Identifier == 494628003 && e.ImageId == "COCO_train2014_000000494628");
        Assert.Equal(DatasetProblemKind.MissingImage, Assert.Single(dataset.Problems).Kind);
    }

    private string Images(params string[] names)
    {
        var folder = Directory.CreateDirectory(_folder.File("images")).FullName;
        foreach (var name in names)
            File.WriteAllBytes(Path.Combine(folder, name), Tests.Images.Pictures.Quarters(2, 2, SkiaSharp.SKEncodedImageFormat.Png));
        return folder;
    }

    private string Questions(string? subtype, params (long Id, long Image, string Text)[] questions) => Write("questions.json", new
    {
        data_subtype = subtype,
        questions = questions.Select(q => new { question_id = q.Id, image_id = q.Image, question = q.Text }),
    });

    private string Annotations(params (long Id, string[] Answers)[] annotations) => Write("annotations.json", new
    {
        annotations = annotations.Select(a => new
        {
            question_id = a.Id,
            image_id = 7,
            question_type = "what",
            answer_type = "other",
            answers = a.Answers.Select((t, i) => new { answer = t, answer_id = i + 1 }),
        }),
    });

    private string Write(string name, object content) => _folder.Write(name, System.Text.Encoding.UTF8.GetBytes(JsonSerializer.Serialize(content)));
}
