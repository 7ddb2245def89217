using MLNet.VisionLanguage.Tests.Regions;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Tests.Datasets;

/// <summary>The one rule by which identifiers find image files and rows of features.</summary>
public sealed class ImageRuleTests : IDisposable
{
    private const string SplitQuestions = """
        [{"question_id": 1, "image_id": 1, "question": "?", "coco_split": "train2014"}, {"question_id": 2, "image_id": 1, "question": "?", "coco_split": "val2014"}]
        """;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("COCO_train2014_000000000001.jpg", "COCO_val2014_000000000001.jpg", null)]
    [InlineData("COCO_train2014_000000000001.png", "COCO_val2014_000000000001.png", null)]
    [InlineData("train2014/COCO_train2014_000000000001.jpg", "val2014/COCO_val2014_000000000001.jpg", null)]
    [InlineData("train2014/1.png", "val2014/1.png", null)]
    [InlineData("images/train2014/0001.png", "images/val2014/0001.png", null)]
    [InlineData("x/COCO_train2014_000000000001.jpg", "x/COCO_val2014_000000000001.jpg", "COCO_{coco_split}_{image_id:D12}")]
    [InlineData("COCO_train2014_000000000001.jpg", "COCO_val2014_000000000001.jpg", "COCO_{data_subtype}_{image_id:D12}.jpg")]
    [InlineData("train2014/a1.jpg", "val2014/a1.jpg", "{coco_split}/a{image_id}")]
    public void Images_of_several_subsets_are_found(string first, string second, string? pattern)
    {
        Images(first, second, "other/2.png");
        var data = VqaDataset.Load(Questions(SplitQuestions), null, _folder.File("images"), new() { ImagePattern = pattern });
        Assert.Equal([Image(first), Image(second)], data.Examples.Select(e => e.ImagePath));
    }

    [Theory]
    [InlineData("COCO_train2014_000000000001", "COCO_val2014_000000000001", null)]
    [InlineData("COCO_train2014_000000000001", "COCO_val2014_000000000001", "COCO_{coco_split}_{image_id:D12}")]
    [InlineData("COCO_train2014_000000000001", "COCO_val2014_000000000001", "{coco_split}/COCO_{coco_split}_{image_id:D12}.jpg")]
    public void Features_of_several_subsets_are_found(string first, string second, string? pattern)
    {
        var data = VqaDataset.Load(Questions(SplitQuestions), null, null, new() { ImagePattern = pattern, FeatureFiles = [Features("a", first), Features("b", second)] });
        Assert.Equal([first, second], data.Examples.Select(e => e.ImageId));
        Assert.Equal(["", ""], data.Examples.Select(e => e.ImagePath));
    }

    [Theory]
    [InlineData("2370799", "2370799")]
    [InlineData("\"n161313\"", "n161313")]
    [InlineData("\"dev-850-0-img0\"", "dev-850-0-img0")]
    [InlineData("\"COCO_val2014_000000000042\"", "COCO_val2014_000000000042")]
    [InlineData("42", "scene_042")]
    [InlineData("\"016\"", "016")]
    [InlineData("0", "img_000")]
    public void Files_and_rows_are_found_alike(string id, string name)
    {
        Images($"{name}.png", "notes/9999.png");
        var questions = Questions($$"""[{"question_id": 1, "image_id": {{id}}, "question": "?"}]""");
        Assert.Equal(Image($"{name}.png"), VqaDataset.Load(questions, null, _folder.File("images")).Examples[0].ImagePath);
        Assert.Equal(name, VqaDataset.Load(questions, null, null, new() { FeatureFiles = [Features("f", name, "9999")] }).Examples[0].ImageId);
    }

    [Fact]
    public void Zeros_are_not_left_out()
    {
        Images("scene_16.png");
        var questions = Questions("""[{"question_id": 1, "image_id": "016", "question": "?"}]""");
        var error = Assert.Throws<InvalidDataException>(() => VqaDataset.Load(questions, null, _folder.File("images")));
        Assert.Contains("1 questions whose image is missing, the first: question 1, image 016", error.Message);
    }

    [Fact]
    public void Another_subset_is_not_taken()
    {
        Images("train2014/1.png", "val2014/2.png");
        var data = VqaDataset.Load(Questions(SplitQuestions), null, _folder.File("images"), new() { SkipProblems = true, CheckImages = false });
        Assert.Equal("1", Assert.Single(data.Examples).QuestionId);
        Assert.Equal("question 2, image 1", Assert.Single(data.Problems).FirstExample);
    }

    [Fact]
    public void Several_that_fit_are_named()
    {
        var questions = Questions("""[{"question_id": 1, "image_id": 1, "question": "?"}]""");
        Images("train/1.png", "val/1.png");
        string Error(Action load) => Assert.Throws<InvalidDataException>(load).Message;
        Assert.Contains("fit image 1: train/1.png, val/1.png", Error(() => VqaDataset.Load(questions, null, _folder.File("images"))).Replace('\\', '/'));
        var features = Features("f", "COCO_train2014_000000000001", "COCO_val2014_000000000001");
        Assert.Contains(
            "fit image 1: COCO_train2014_000000000001, COCO_val2014_000000000001", Error(() => VqaDataset.Load(questions, null, null, new() { FeatureFiles = [features] })));
        Images("1.png");
        Assert.Equal(Image("1.png"), VqaDataset.Load(questions, null, _folder.File("images")).Examples[0].ImagePath);
    }

    [Fact]
    public void A_member_that_the_pattern_names_may_be_missing()
    {
        Images("1.png");
        var error = Assert.Throws<InvalidDataException>(
            () => VqaDataset.Load(Questions(SplitQuestions), null, _folder.File("images"), new() { ImagePattern = "{place}/{image_id}" }));
        Assert.Contains("question 1, image 1 (its record has no 'place', which the image pattern names)", error.Message);
    }

    [Fact]
    public void Missing_and_damaged_rows_are_problems()
    {
        var questions = Questions("""
            [{"question_id": 1, "image_id": 1, "question": "?"}, {"question_id": 2, "image_id": 2, "question": "?"}, {"question_id": 3, "image_id": 3, "question": "?"}]
            """);
        var whole = FeatureFile.Row("1", 10, 10, [0, 0, 5, 5], [1, 2]);
        var features = _folder.Write("f.tsv", TextEncoding.UTF8.GetBytes(whole + "\n" + FeatureFile.Row("2", 10, 10, [0, 0, 5, 50], [1, 2])));
        var error = Assert.Throws<InvalidDataException>(() => VqaDataset.Load(questions, null, null, new() { FeatureFiles = [features], CheckImages = true }));
        Assert.Contains("1 questions whose image is missing, the first: question 3, image 3", error.Message);
        Assert.Contains($"1 questions whose region features cannot be read, the first: question 2, image '2': {features}: line 2, image '2', column 'boxes'", error.Message);

        var data = VqaDataset.Load(questions, null, null, new() { FeatureFiles = [features], SkipProblems = true });
        Assert.Equal("1", Assert.Single(data.Examples).QuestionId);
        Assert.Equal([DatasetProblemKind.MissingImage, DatasetProblemKind.UnreadableFeatures], data.Problems.Select(p => p.Kind));
        Assert.Throws<ArgumentException>(() => VqaDataset.Load(questions, null, _folder.Path, new() { FeatureFiles = [features] }));
    }

    private string Image(string name) => Path.Combine([_folder.File("images"), .. name.Split('/')]);

    private void Images(params string[] names)
    {
        foreach (var name in names)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Image(name))!);
            File.WriteAllBytes(Image(name), []);
        }
    }

    private string Features(string file, params string[] names) => _folder.Write(
        $"{file}.tsv", TextEncoding.UTF8.GetBytes(string.Join('\n', names.Select(name => FeatureFile.Row(name, 10, 10, [0, 0, 5, 5], [1, 2])))));

    private string Questions(string json) => _folder.Write("q.json", TextEncoding.UTF8.GetBytes(json));
}
