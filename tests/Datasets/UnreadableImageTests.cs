using System.Text.Json;
using MLNet.VisionLanguage.Tests.Images;
using MLNet.VisionLanguage.Tests.Support;
using SkiaSharp;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Datasets;

/// <summary>An image that cannot be read is a problem of the data like one that is missing.</summary>
public sealed class UnreadableImageTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Unreadable_images_are_counted_with_their_reasons_and_left_out_on_request()
    {
        var (questions, annotations) = Write(pictures: 4);
        Break(1, "<html>404</html>"u8);
        Break(3, []);
        var options = new VqaDatasetOptions { CheckImages = true };
        var error = Assert.Throws<InvalidDataException>(() => VqaDataset.Load(questions, annotations, Images, options));
        Assert.Contains("4 questions whose image cannot be read, the first: question 10, image '", error.Message);
        Assert.Contains("1.png': it is a web page (HTML)", error.Message);
        Assert.Contains("question 30, image '", error.Message);
        Assert.Contains("3.png': the file is empty", error.Message);

        var dataset = VqaDataset.Load(questions, annotations, Images, new() { SkipProblems = true });
        Assert.Equal(["0", "1", "20", "21"], dataset.Examples.Select(example => example.QuestionId));
        Assert.Equal([0L, 1L, 20L, 21L], dataset.Annotations.Select(annotation => annotation.QuestionId));
        var problem = Assert.Single(dataset.Problems);
        Assert.Equal((DatasetProblemKind.UnreadableImage, 4), (problem.Kind, problem.Count));

        // Scoring has no annotations.
        Assert.Equal(4, VqaDataset.Load(questions, null, Images, new() { SkipProblems = true }).Examples.Count);
    }

    [Fact]
    public void Many_are_named_up_to_a_point()
    {
        var (questions, _) = Write(pictures: 8);
        for (var i = 0; i < 7; i++) Break(i, "text"u8);
        var problem = Assert.Single(VqaDataset.Load(questions, null, Images, new() { SkipProblems = true }).Problems);
        Assert.Equal(14, problem.Count);
        Assert.Contains("image '", problem.FirstExample);
        Assert.EndsWith("; and 2 more images", problem.FirstExample);
        Break(7, "text"u8);
        Assert.Contains("no question is left to use", Assert.Throws<InvalidDataException>(
            () => VqaDataset.Load(questions, null, Images, new() { SkipProblems = true })).Message);
    }

    [Fact]
    public void Nobody_looks_at_images_unless_asked()
    {
        var (questions, _) = Write(pictures: 2);
        Break(1, []);
        Assert.Equal(4, VqaDataset.Load(questions, null, Images).Examples.Count);
        Assert.Equal(4, VqaDataset.Load(questions, null, Images, new() { SkipProblems = true, CheckImages = false }).Examples.Count);
        Assert.Equal(4, VqaDataset.Load(questions, null, null, new() { SkipProblems = true }).Examples.Count);
    }

    [Fact]
    public void The_check_tells_how_far_it_is_and_ends_when_asked()
    {
        var (questions, _) = Write(pictures: 5);
        var told = new List<(int Done, int Total)>();
        VqaDataset.Load(questions, null, Images, new() { CheckImages = true, ImageProgress = new Listener(told.Add) });
        Assert.Equal([(1, 5), (2, 5), (3, 5), (4, 5), (5, 5)], told);
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(
            () => VqaDataset.Load(questions, null, Images, new() { CheckImages = true, Cancellation = source.Token }));
    }

    [Fact]
    public void The_easy_vqa_layout_is_checked_alike()
    {
        Write(pictures: 3);
        Break(2, "II*\0"u8);
        _folder.Write("questions.json", """[["red?", "yes", 0], ["red?", "no", 2], ["blue?", "no", 1]]"""u8);
        var dataset = VqaDataset.LoadEasyVqa(_folder.Path, new() { SkipProblems = true });
        Assert.Equal(["0", "2"], dataset.Examples.Select(example => example.QuestionId));
        Assert.Equal([0L, 2L], dataset.Annotations.Select(annotation => annotation.QuestionId));
        Assert.Contains("TIFF", Assert.Single(dataset.Problems).FirstExample);
    }

    private string Images => _folder.File("images");

    private void Break(int picture, ReadOnlySpan<byte> content) => _folder.Write($"images/{picture}.png", content);

    /// <summary>Pictures with two questions each.</summary>
    private (string Questions, string Annotations) Write(int pictures)
    {
        Directory.CreateDirectory(Images);
        for (var i = 0; i < pictures; i++) _folder.Write($"images/{i}.png", Pictures.Quarters(8, 8, SKEncodedImageFormat.Png));
        var ids = Enumerable.Range(0, pictures * 2).Select(i => (Question: i / 2 * 10 + i % 2, Image: i / 2)).ToArray();
        var questions = JsonSerializer.SerializeToUtf8Bytes(
            ids.Select(id => new { question_id = id.Question, image_id = id.Image, question = "red?" }));
        var annotations = JsonSerializer.SerializeToUtf8Bytes(
            ids.Select(id => new { question_id = id.Question, image_id = id.Image, answers = new[] { new { answer = "yes" } } }));
        return (_folder.Write("q.json", questions), _folder.Write("a.json", annotations));
    }

    private sealed class Listener(Action<(int, int)> act) : IProgress<(int Done, int Total)>
    {
        public void Report((int Done, int Total) value) => act(value);
    }
}
