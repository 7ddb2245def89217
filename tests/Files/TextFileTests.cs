using System.IO.Compression;
using System.Text.Json;
using MLNet.VisionLanguage.Files;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;
using TextEncoding = System.Text.Encoding;

namespace MLNet.VisionLanguage.Tests.Files;

public sealed class TextFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("one\ntwo\n", false)]
    [InlineData("one\r\ntwo", false)]
    [InlineData("\uFEFFone\r\ntwo\r\n", false)]
    [InlineData("\uFEFFone\ntwo", true)]
    public void Lines_end_in_any_way_after_a_mark_and_packed(string text, bool gzip)
    {
        var path = Write(TextEncoding.UTF8.GetBytes(text), gzip);
        Assert.Equal(["one", "two"], TextFile.ReadLines(path));
        Assert.StartsWith("one", TextFile.ReadAllText(path));
    }

    [Fact]
    public void Lines_may_be_longer_than_buffers_or_missing()
    {
        var lines = Enumerable.Range(0, 5).Select(i => new string((char)('a' + i), 50_000 * i)).ToArray();
        Assert.Equal(lines, TextFile.ReadLines(Write(TextEncoding.UTF8.GetBytes(string.Join('\n', lines)), gzip: false)));
        Assert.Empty(TextFile.ReadLines(Write([], gzip: false)));
        Assert.Equal("", TextFile.ReadAllText(Write([], gzip: false)));
        Assert.Equal([""], TextFile.ReadLines(Write("\n"u8, gzip: false)));
    }

    public static TheoryData<byte[], string> OtherEncodings() => new()
    {
        { [0xFF, 0xFE, .. TextEncoding.Unicode.GetBytes("[1]")], "UTF-16 (little-endian)" },
        { [0xFE, 0xFF, .. TextEncoding.BigEndianUnicode.GetBytes("[1]")], "UTF-16 (big-endian)" },
        { TextEncoding.Unicode.GetBytes("[1]"), "UTF-16 (little-endian, without a mark)" },
        { TextEncoding.BigEndianUnicode.GetBytes("[1]"), "UTF-16 (big-endian, without a mark)" },
        { [0xFF, 0xFE, 0, 0, .. TextEncoding.UTF32.GetBytes("[1]")], "UTF-32" },
    };

    [Theory]
    [MemberData(nameof(OtherEncodings))]
    public void Other_encodings_are_named_by_every_reader(byte[] bytes, string encoding)
    {
        var path = Write(bytes, gzip: false);
        Action[] readers =
        [
            () => TextFile.ReadAllText(path), () => TextFile.ReadLines(path).Count(), () => VqaFiles.ReadQuestions(path),
            () => VqaFiles.ReadAnnotations(path), () => VqaFiles.ReadResults(path), () => AnswerList.Load(path),
            () => BertVocabulary.Load(path), () => BottomUpTsvReader.Open(path), () => ViLbertConfig.Load(path),
        ];
        foreach (var read in readers)
        {
            var error = Assert.Throws<InvalidDataException>(read);
            Assert.StartsWith(path, error.Message);
            Assert.Contains(encoding, error.Message);
        }
    }

    [Fact]
    public void Latin_is_named_with_its_line()
    {
        var path = Write(TextEncoding.Latin1.GetBytes("[\"one\",\n\"caf\u00e9\"]"), gzip: false);
        foreach (var read in new Action[]
        {
            () => TextFile.ReadAllText(path), () => TextFile.ReadLines(path).Count(), () => AnswerList.Load(path), () => BertVocabulary.Load(path),
        })
        {
            Assert.Contains("line 2 is not text in UTF-8: its byte 5 is 0xE9", Assert.Throws<InvalidDataException>(read).Message);
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_mark_is_accepted_by_every_reader(bool gzip)
    {
        string File(string text) => Write(TextEncoding.UTF8.GetBytes("\uFEFF" + text), gzip);
        Assert.Single(VqaFiles.ReadQuestions(File("""[{"question_id": 1, "image_id": 1, "question": "?"}]""")).Questions);
        Assert.Single(VqaFiles.ReadResults(File("""[{"question_id": 1, "answer": "?"}]""")));
        Assert.Equal(["a", "b"], AnswerList.Load(File("a\r\nb\r\n")));
        Assert.Equal(["a", "b"], AnswerList.Load(File("""["a", "b"]""")));
        Assert.Equal(0, BertVocabulary.Load(File("[PAD]\r\n[UNK]\r\n[CLS]\r\n[SEP]\r\n")).PaddingId);
        Assert.NotNull(ViLbertConfig.Load(File(GoldenConfiguration())));
        using var reader = BottomUpTsvReader.Open(File(Regions.FeatureFile.Row("one", 10, 10, [0, 0, 5, 5], [1, 2])));
        Assert.Equal(["one"], reader.ImageIds);
        Assert.Equal([1f, 2], reader.Read("one").Features);
    }

    /// <summary>No theory: its runner passes texts on as UTF-8, which has no half pairs.</summary>
    [Fact]
    public void Texts_of_json_keep_half_pairs()
    {
        (string Json, string Expected)[] cases =
        [
            ("\"a\\ud83d b\"", "a\ud83d b"),
            ("\"\\ude00\\ud83d\"", "\ude00\ud83d"),
            ("\"\\ud83d\\ude00\\u00e9\\n\\t\\\"\\\\\\/\\b\\f\\r\"", "\ud83d\ude00\u00e9\n\t\"\\/\b\f\r"),
            ("\"\"", ""),
        ];
        foreach (var (json, expected) in cases)
        {
            using var document = JsonDocument.Parse(json);
            var text = JsonText.Of(document.RootElement);
            Assert.Equal(expected, text);

            using var stream = new MemoryStream();
            using (var writer = new Utf8JsonWriter(stream)) JsonText.Write(writer, text);
            using var again = JsonDocument.Parse(stream.ToArray());
            Assert.Equal(expected, JsonText.Of(again.RootElement));
        }
    }

    [Fact]
    public void Half_pairs_may_be_anywhere_in_the_files()
    {
        var questions = Write("""
            {"info\ud83d": "x\ud83d", "data_subtype": "val2014", "questions":
            [{"question_id": "q\ud83d", "image_id": "i\udc00", "question": "what \ud83d is it?"}]}
            """u8, gzip: false);
        var question = Assert.Single(VqaFiles.ReadQuestions(questions).Questions);
        Assert.Equal(("q\ud83d", "i\udc00", "what \ud83d is it?"), (question.QuestionId.Text, question.ImageId.Text, question.Question));

        var results = _folder.File("results.json");
        VqaFiles.WriteResults(results, [new(question.QuestionId, "yes")]);
        Assert.Equal([new VqaResult("q\ud83d", "yes")], VqaFiles.ReadResults(results));

        Assert.Equal(["a\ud83d", "b"], AnswerList.Load(Write("""["a\ud83d", "b"]"""u8, gzip: false)));
        Assert.Equal(["a\ud83d", "b"], AnswerList.Load(Write("""{"b": 1, "a\ud83d": 0}"""u8, gzip: false)));
        var annotations = Write("""[{"question_id": 1, "answers": [{"answer": "a\ud83d", "answer_confidence": "yes"}]}]"""u8, gzip: false);
        Assert.Equal("a\ud83d", VqaFiles.ReadAnnotations(annotations)[0].Answers[0].Answer);
    }

    [Fact]
    public void A_vocabulary_that_is_something_else_is_told()
    {
        string Error(string text) => Assert.Throws<InvalidDataException>(
            () => BertVocabulary.Load(Write(TextEncoding.UTF8.GetBytes(text), gzip: false))).Message;

        Assert.Contains("a web page ('Not found')", Error("<!doctype html><title>Not found</title>"));
        Assert.Contains("Git LFS pointer to a file of 231508 bytes", Error("version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 231508\n"));
        Assert.Contains("an empty file", Error(""));
    }

    [Fact]
    public void Damaged_gzip_data_names_the_file()
    {
        var whole = Packed([.. Enumerable.Range(0, 20_000).Select(i => (byte)(i * 7919 >> 5))]);
        var path = _folder.Write("cut.gz", whole.AsSpan(0, whole.Length / 2));
        Assert.StartsWith(path, Assert.Throws<InvalidDataException>(() => BertVocabulary.Load(path)).Message);
        Assert.StartsWith(path, Assert.Throws<InvalidDataException>(() => BottomUpTsvReader.Open(path)).Message);
    }

    private static string GoldenConfiguration()
    {
        using var document = JsonDocument.Parse(File.ReadAllText(TestData.Golden("vilbert", "encoder-a", "case.json")));
        return document.RootElement.GetProperty("config").GetRawText();
    }

    private static byte[] Packed(ReadOnlySpan<byte> bytes)
    {
        using var stream = new MemoryStream();
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest)) gzip.Write(bytes);
        return stream.ToArray();
    }

    private string Write(ReadOnlySpan<byte> bytes, bool gzip) => _folder.Write("file", gzip ? Packed(bytes) : bytes);
}
