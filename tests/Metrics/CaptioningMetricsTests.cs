using System.Text.Json;
using Microsoft.ML;
using MLNet.VisionLanguage.Metrics;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Tool;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Metrics;

public sealed class CaptioningMetricsTests : IDisposable
{
    private const string Set = "captions/shared/fakecap2014_in_val2017";

    private readonly MLContext _ml = new(1);
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [SkippableFact]
    public void Equals_the_reference_on_cocos_captions()
    {
        var folder = TestData.SharedData(Set);
        using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json")));
        using var words = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "tokenised.json")));
        List<(CaptionText, CaptionText[])> rows =
        [
            .. words.RootElement.EnumerateArray().Select(row =>
                (Text(row.GetProperty("hyp")), row.GetProperty("refs").EnumerateArray().Select(Text).ToArray())),
        ];
        var metrics = CaptioningMetrics.Measure(rows, null);
        Same(expected.RootElement.GetProperty("corpus"), metrics.Bleu, metrics.RougeL, metrics.CiderD);
        var images = expected.RootElement.GetProperty("per_image").EnumerateArray().ToList();
        Assert.Equal(126, images.Count);
        Assert.Equal(images.Count, metrics.Count);
        foreach (var (image, own) in images.Zip(metrics.Captions)) Same(image, own.Bleu, own.RougeL, own.CiderD);

        static CaptionText Text(JsonElement text) => new(text.GetString()!.Split(' '));
    }

    [SkippableFact]
    public void Splits_cocos_captions_as_the_reference_set_has_them()
    {
        var folder = TestData.SharedData(Set);
        using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "tokenised.json")));
        var images = CocoCaptionsDataset.LoadByImage(Path.Combine(folder, "annotations.json"), Path.Combine(folder, "results.json")).ToDictionary(row => row.ImageNumber);
        Assert.Equal(expected.RootElement.GetArrayLength(), images.Count);
        foreach (var row in expected.RootElement.EnumerateArray())
        {
            var image = images[row.GetProperty("image_id").ToString()];
            Assert.Equal(row.GetProperty("hyp").GetString(), string.Join(' ', CaptionWords.Split(image.Caption)));
            Assert.Equal(row.GetProperty("refs").EnumerateArray().Select(text => text.GetString()), image.References.Select(text => string.Join(' ', CaptionWords.Split(text))));
        }
    }

    [SkippableFact]
    public void The_tool_measures_cocos_files()
    {
        var folder = TestData.SharedData(Set);
        using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json")));
        var (annotations, results) = (Path.Combine(folder, "annotations.json"), Path.Combine(folder, "results.json"));
        var found = ToolRun.Run("evaluate", "captioning", "--annotations", annotations, "--predictions", results, "--per-image").Json();
        Assert.Equal(126, found.GetProperty("images").GetInt32());
        Same(expected.RootElement.GetProperty("corpus"), found);
        foreach (var image in expected.RootElement.GetProperty("per_image").EnumerateArray())
            Same(image, found.GetProperty("perImage").GetProperty(image.GetProperty("image_id").ToString()));

        // The words of the measured references themselves, told apart.
        var same = ToolRun.Run("evaluate", "captioning", "--annotations", annotations, "--results", results, "--document-frequencies", annotations).Json();
        Same(expected.RootElement.GetProperty("corpus"), same);
    }

    [SkippableFact]
    public void Equals_the_published_numbers()
    {
        using var file = JsonDocument.Parse(File.ReadAllText(TestData.SharedData("captions/shared/nlg_eval_cases.json")));
        var cases = file.RootElement.GetProperty("cases").EnumerateArray().ToList();
        var compared = 0;
        foreach (var one in cases)
        {
            var rows = one.GetProperty("hyp").EnumerateArray().Zip(one.GetProperty("refs").EnumerateArray(), (hypothesis, references) =>
                (Text(hypothesis), references.EnumerateArray().Select(Text).ToArray())).ToList();
            var metrics = CaptioningMetrics.Measure(rows, null);
            var expected = one.GetProperty("expected");
            double[] found = [.. metrics.Bleu, metrics.RougeL, metrics.CiderD];
            foreach (var (name, value) in new[] { "Bleu_1", "Bleu_2", "Bleu_3", "Bleu_4", "ROUGE_L", "CIDEr" }.Zip(found))
            {
                // Not every case has every number.
                if (!expected.TryGetProperty(name, out var number)) continue;
                Assert.Equal(number.GetDouble(), value, 2e-6);
                compared++;
            }
        }

        Assert.True(compared >= 12, $"{compared}");

        static CaptionText Text(JsonElement text) => new(text.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Theory]
    [InlineData("Two cats, perched on someone's  close-up.", "two cats perched on someone's close-up")]
    [InlineData("animals - a 'bull' (and) \"deer\"!", "animals a bull and deer")]
    [InlineData("it-- 'tis rock 'n' roll-", "it tis rock n roll")]
    [InlineData("Café №7, naïve e\u0301te\u0301 𝒜x", "café 7 naïve e\u0301te\u0301 𝒜x")]
    [InlineData("\uD83Da\uDC00", "a")]
    [InlineData(" \t.", "")]
    [InlineData("", "")]
    public void Words_are_letters_and_digits(string caption, string expected) => Assert.Equal(expected, string.Join(' ', CaptionWords.Split(caption)));

    [Fact]
    public void Scores_are_those_by_hand()
    {
        // Four of five words; "a cat" and "on the" of four pairs; nothing longer. The reference has six words, the caption five.
        var rows = View(("a cat is on the", ["a cat lay upon on the"]), ("", ["a dog"]));
        var metrics = _ml.VisionLanguage().EvaluateCaptioning(rows);
        Assert.Equal(2, metrics.Count);
        var brevity = Math.Exp(1 - (6.0 / 5));
        Assert.Equal(0.8 * brevity, metrics.Captions[0].Bleu[0], 1e-8);
        Assert.Equal(Math.Sqrt(0.8 * 0.5) * brevity, metrics.Captions[0].Bleu[1], 1e-8);
        Assert.Equal(0, metrics.Captions[0].Bleu[2], 1e-4);

        // "a cat on the": 4 of 5 and 4 of 6.
        Assert.Equal(2.44 * 0.8 * (4.0 / 6) / ((4.0 / 6) + (1.44 * 0.8)), metrics.Captions[0].RougeL, 1e-12);
        Assert.Equal((0.0, 0.0), (metrics.Captions[1].RougeL, metrics.Captions[1].CiderD));
        Assert.Equal(metrics.Captions[0].RougeL / 2, metrics.RougeL, 1e-12);

        // Both counts together: 4 of 5 words, 8 wanted.
        Assert.Equal(0.8 * Math.Exp(1 - (8.0 / 5)), metrics.Bleu[0], 1e-8);
    }

    [Fact]
    public void Cider_weighs_words_by_the_images_that_have_them()
    {
        var scorer = CiderScorer.Create([["a cat", "a cat"], ["a dog"], ["dogs", "a cow"], ["birds"]]);
        Assert.Equal(4, scorer.ImageCount);

        // Equal texts: cosine 1 for runs of one and two words, none longer; the mean over four lengths, times 10.
        Assert.Equal(5, scorer.Score("a cat", ["A cat!"]), 1e-9);
        Assert.Equal(2.5, scorer.Score("a cat", ["A cat!", "birds"]), 1e-9);
        Assert.Equal(0, scorer.Score("dogs", ["a cat"]), 1e-12);

        // "a" has three of four images, "cat" one: log(4/3) and log 4; of the longer caption only "cat" and "a" count, and a pair more.
        double a = Math.Log(4.0 / 3), cat = Math.Log(4);
        var one = ((a * a) + (cat * cat)) / Math.Sqrt((a * a) + (cat * cat)) / Math.Sqrt((a * a) + (2 * cat * cat));
        var two = 1 / Math.Sqrt(2);
        Assert.Equal(10 * (one + two) / 4 * Math.Exp(-1.0 / 72), scorer.Score("a cat miaows", ["a cat"]), 1e-9);

        // Twice the same word counts as often as the reference has it.
        Assert.Equal(10 * 0.5 / 4 * Math.Exp(-1.0 / 72), scorer.Score("cat cat", ["cat"]), 1e-9);
        scorer.Save(_folder.File("df.json"));
        Assert.Equal(scorer.Score("a cat miaows", ["a cat"]), CiderScorer.Load(_folder.File("df.json")).Prepare(["a cat"]).Score("a cat miaows"));
    }

    [Fact]
    public void What_is_missing_is_told()
    {
        Assert.Throws<ArgumentException>(() => CiderScorer.Create(Array.Empty<string[]>()));
        Assert.Throws<ArgumentException>(() => CiderScorer.Create([["a"]]).Prepare([]));
        Assert.Throws<FileNotFoundException>(() => CiderScorer.Load(_folder.File("none.json")));
        File.WriteAllText(_folder.File("bad.json"), """{"Images":1,"Frequencies":{"a":2}}""");
        Assert.Contains("of 1 to so many images each", Assert.Throws<InvalidDataException>(() => CiderScorer.Load(_folder.File("bad.json"))).Message);
        File.WriteAllText(_folder.File("bad.json"), "[");
        Assert.Throws<InvalidDataException>(() => CiderScorer.Load(_folder.File("bad.json")));
        var none = Assert.Throws<InvalidOperationException>(() => _ml.VisionLanguage().EvaluateCaptioning(View(("a", []))));
        Assert.Contains("EvaluateCaptioning: row 0: column 'References' has no caption to compare with", none.Message);
        Assert.Throws<ArgumentException>(() => _ml.VisionLanguage().EvaluateCaptioning(View()));
        Assert.Throws<ArgumentException>(() => _ml.VisionLanguage().EvaluateCaptioning(View(("a", ["b"])), captionColumnName: "No"));
    }

    [Fact]
    public void Results_and_annotations_must_fit()
    {
        var annotations = Write("a.json", """
            {"images": [{"id": 7, "file_name": "x.jpg"}, {"id": 8, "file_name": "y.jpg"}, {"id": 9, "file_name": "z.jpg"}],
             "annotations": [{"id": 1, "image_id": 8, "caption": "a dog "}, {"id": 2, "image_id": 7, "caption": "a cat"}, {"id": 3, "image_id": 8, "caption": "dogs"}]}
            """);
        var rows = CocoCaptionsDataset.LoadByImage(annotations).ToList();
        Assert.Equal([("7", "x", "a cat"), ("8", "y", "a dog|dogs")], rows.Select(row => (row.ImageNumber, row.ImageId, string.Join('|', row.References))));
        SubmissionFiles.WriteCaptions(_folder.File("r.json"), [("8", "a \"dog\"")]);
        Assert.Equal("""[{"image_id":8,"caption":"a \"dog\""}]""", File.ReadAllText(_folder.File("r.json")));
        var run = ToolRun.Run("evaluate", "captioning", "--annotations", annotations, "--results", _folder.File("r.json"));
        Assert.Equal(1, run.Json().GetProperty("bleu2").GetDouble(), 1e-6);
        Assert.Contains("1 of the 2 images with captions have a result", run.Error);
        Failed("""[{"image_id": 9, "caption": "a"}]""", "there is no caption of image 9");
        Failed("""[{"image_id": 8, "caption": "a"}, {"image_id": 8, "caption": "b"}]""", "image 8 stands there twice");
        Failed("[]", "there is no caption to measure");

        void Failed(string results, string reason) =>
            ToolRun.Run("evaluate", "captioning", "--annotations", annotations, "--results", Write("r.json", results)).AssertFailed(1, reason);
    }

    private static void Same(JsonElement expected, IReadOnlyList<double> bleu, double rouge, double cider)
    {
        for (var i = 0; i < bleu.Count; i++) Assert.Equal(expected.GetProperty($"Bleu_{i + 1}").GetDouble(), bleu[i], 1e-6);
        Assert.Equal(expected.GetProperty("ROUGE_L").GetDouble(), rouge, 1e-6);
        Assert.Equal(expected.GetProperty("CIDEr").GetDouble(), cider, 1e-6);
    }

    private static void Same(JsonElement expected, JsonElement found) => Same(
        expected, [.. Enumerable.Range(1, 4).Select(i => found.GetProperty($"bleu{i}").GetDouble())], found.GetProperty("rougeL").GetDouble(),
        found.GetProperty("ciderD").GetDouble());

    private IDataView View(params (string Caption, string[] References)[] rows) =>
        _ml.Data.LoadFromEnumerable(rows.Select(row => new CaptionedImage { Caption = row.Caption, References = row.References }));

    private string Write(string name, string text)
    {
        File.WriteAllText(_folder.File(name), text);
        return _folder.File(name);
    }
}
