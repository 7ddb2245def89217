using System.Globalization;
using System.IO.Compression;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;
using Xunit.Abstractions;

namespace MLNet.VisionLanguage.Tests.Datasets;

public sealed class VqaFilesTests(ITestOutputHelper output) : IDisposable
{
    private const string Question = """{"image_id": 7, "question": "What?", "question_id": 700}""";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("""{"info": {"a": [1, {"b": 2}]}, "data_subtype": "val2014", "questions": [@]}""", "val2014")]
    [InlineData("""{"questions": [@], "data_subtype": "train2014", "license": null}""", "train2014")]
    [InlineData("""{"questions": [@]}""", null)]
    [InlineData("""[@]""", null)]
    public void Reads_questions_with_any_header(string file, string? subtype)
    {
        var read = VqaFiles.ReadQuestions(Write(file.Replace("@", Question, StringComparison.Ordinal)));
        Assert.Equal([new VqaQuestion(700, "7", "What?")], read.Questions);
        Assert.Equal(subtype, read.DataSubtype);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Reads_rows_that_lie_across_buffers(bool gzip)
    {
        // Rows of very different lengths, some longer than the reader's first buffer.
        var texts = Enumerable.Range(0, 300).Select(i => new string((char)('a' + (i % 26)), i % 50 == 49 ? 150_000 : i * 7 % 900) + "é\\n").ToList();
        var json = "\uFEFF{\"questions\": [" + string.Join(",\n", texts.Select((t, i) => $$"""{"question_id": {{i}}, "image_id": "{{i}}", "question": "{{t}}"}""")) + "]}";
        var bytes = System.Text.Encoding.UTF8.GetBytes(json);
        var path = _folder.Write("q.json", gzip ? Gzip(bytes) : bytes);
        var read = VqaFiles.ReadQuestions(path).Questions;
        Assert.Equal(texts.Select(t => t.Replace("\\n", "\n", StringComparison.Ordinal)), read.Select(q => q.Question));
        Assert.Equal(Enumerable.Range(0, 300).Select(i => (Identifier)i), read.Select(q => q.QuestionId));
    }

    [Fact]
    public void Reads_an_image_file_named_in_the_record()
    {
        var read = VqaFiles.ReadQuestions(Write("""[{"question_id": "5", "question": "What?", "image": "a/b.png"}]""")).Questions;
        Assert.Equal([new VqaQuestion(5, "b", "What?", "a/b.png")], read);
    }

    [Fact]
    public void Reads_annotations()
    {
        var path = Write(
            """
            {"annotations": [{"question_type": "what", "multiple_choice_answer": "dog", "answer_type": "other", "image_id": 7, "question_id": 700,
              "answers": [{"answer": "dog", "answer_confidence": "maybe", "answer_id": 4}, {"answer": "cat"}]}]}
            """);
        var annotation = Assert.Single(VqaFiles.ReadAnnotations(path));
        Assert.Equal<(Identifier, Identifier, string, string, string?)>((700, "7", "what", "other", "dog"), (annotation.QuestionId, annotation.ImageId, annotation.QuestionType, annotation.AnswerType, annotation.MostCommonAnswer));
        Assert.Equal([new("dog", 4, "maybe"), new("cat", 2)], annotation.Answers);
    }

    [Theory]
    [InlineData("""{"questions": [@, {"question_id": 1, "image_id": 2}]}""", "question 1 (byte 73): 'question' is missing")]
    [InlineData("""[@, {"question_id": true, "image_id": 2, "question": "?"}]""", "question 1 (byte 59): 'question_id' must be a number or a string but is true")]
    [InlineData("""[@, {"question_id": "", "image_id": 2, "question": "?"}]""", "question 1 (byte 59): 'question_id' is empty")]
    [InlineData("""[@, 5]""", "question 1 (byte 59): an object is expected but it is the number 5")]
    [InlineData("""[{"question_id": 1, "image_id": [2], "question": "?"}]""", "question 0 (byte 1): 'image_id' must be a number or a string but is a list")]
    [InlineData("""{"question": []}""", "there is no list 'questions'")]
    [InlineData("""{"questions": 3}""", "'questions' must be a list")]
    [InlineData("3", "a JSON object with 'questions', or a list, is expected")]
    [InlineData("[@\n,, @]", "not valid JSON at line 2, byte 2 of that line")]
    [InlineData("[@", "not valid JSON at line 1")]
    [InlineData("", "the file is empty; a JSON object with 'questions', or a list, is expected")]
    [InlineData("[@] [", "not valid JSON at line 1")]
    public void A_bad_row_is_named_by_file_index_and_place(string file, string message)
    {
        var path = Write(file.Replace("@", Question, StringComparison.Ordinal));
        var error = Assert.Throws<InvalidDataException>(() => VqaFiles.ReadQuestions(path));
        Assert.StartsWith(path, error.Message);
        Assert.Contains(message, error.Message);
    }

    [Theory]
    [InlineData("""[{"question_id": 1, "answers": []}]""", "annotation 0 (byte 1): 'answers' is empty")]
    [InlineData("""[{"question_id": 1, "answers": {}}]""", "'answers' must be a list but is an object")]
    [InlineData("""[{"question_id": 1, "answers": [{"answer": 3}]}]""", "answers[0] must be an object with the string 'answer'")]
    public void A_bad_annotation_is_named(string file, string message) =>
        Assert.Contains(message, Assert.Throws<InvalidDataException>(() => VqaFiles.ReadAnnotations(Write(file))).Message);

    [Fact]
    public void A_damaged_gzip_file_is_named()
    {
        var bytes = Gzip(System.Text.Encoding.UTF8.GetBytes($"[{Question}]"));
        var cut = _folder.Write("cut.json.gz", bytes.AsSpan(0, bytes.Length / 2));
        Assert.Contains(cut, Assert.Throws<InvalidDataException>(() => VqaFiles.ReadQuestions(cut)).Message);
        Assert.Contains("none.json", Assert.Throws<FileNotFoundException>(() => VqaFiles.ReadQuestions(_folder.File("none.json"))).Message);
    }

    [Fact]
    public void Results_survive_writing_and_reading()
    {
        VqaResult[] results = [new(12345678901, "yes"), new(2, "\"naïve\" / café")];
        var path = _folder.File("results.json");
        VqaFiles.WriteResults(path, results);
        Assert.Equal(results, VqaFiles.ReadResults(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_failed_write_leaves_the_old_results()
    {
        var path = _folder.File("results.json");
        VqaFiles.WriteResults(path, [new(1, "yes")]);
        Assert.Throws<InvalidOperationException>(() => VqaFiles.WriteResults(path, Failing()));
        Assert.Equal([new VqaResult(1, "yes")], VqaFiles.ReadResults(path));
        Assert.Equal([path], Directory.GetFiles(_folder.Path));

        static IEnumerable<VqaResult> Failing()
        {
            yield return new VqaResult(2, "no");
            throw new InvalidOperationException("the model failed");
        }
    }

    [SkippableFact]
    public void Reads_the_real_subset()
    {
        var folder = TestData.SharedData("vqa_v2/nlp1_subset");
        var questions = VqaFiles.ReadQuestions(Path.Combine(folder, "vqa_questions_test.json.gz")).Questions;
        var annotations = VqaFiles.ReadAnnotations(Path.Combine(folder, "vqa_annotatons_test.json.gz"));
        Assert.Equal(2962, questions.Count);
        Assert.Equal(2962, annotations.Count);
        Assert.All(annotations, a => Assert.Equal(10, a.Answers.Count));
    }

    [SkippableFact]
    public void Fifty_thousand_real_questions_are_read_within_300_megabytes() => Assert.InRange(ReadFiftyThousand().Peak, 1, 300_000);

    // Beside other tests, which share caches and the halves of cores, a process takes up to twice the time.
    [SkippableFact]
    [Trait(LongTier.Tier, LongTier.Long)]
    [Trait(LongTier.Part, "reading")]
    public void Fifty_thousand_real_questions_are_read_within_three_seconds() =>
        Assert.InRange(ReadFiftyThousand().Processor, 1, 3000);

    /// <summary>Milliseconds of the processor, start and compilation included, and the peak of resident memory in KiB.</summary>
    private (int Processor, int Peak) ReadFiftyThousand()
    {
        Skip.IfNot(ResidentMemory.CanMeasure, "needs Linux's figures of memory");
        var folder = TestData.SharedData("vqa_v2/nlp1_subset");
        string[] files = [.. new[] { "train", "test" }.SelectMany(part => new[] { "questions", "annotatons" }.Select(
            kind => Path.Combine(folder, $"vqa_{kind}_{part}.json.gz")))];
        using var process = TrainingProcess.Start([ReadingProcess.Questions, .. files]);
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (text.Split(' ') is not [var count, var milliseconds, var processor, var peak]) throw new InvalidDataException(text);
        output.WriteLine($"{count} questions in {milliseconds} ms, {processor} ms of the processor, at most {peak.TrimEnd()} KiB");
        Assert.Equal("51023", count);
        return (int.Parse(processor, CultureInfo.InvariantCulture), int.Parse(peak, CultureInfo.InvariantCulture));
    }

    private static byte[] Gzip(byte[] bytes)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest))
            gzip.Write(bytes);
        return stream.ToArray();
    }

    private string Write(string json) => _folder.Write("file.json", System.Text.Encoding.UTF8.GetBytes(json));
}
