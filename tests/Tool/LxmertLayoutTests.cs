using System.Text.Json;
using System.Text.Json.Nodes;
using MLNet.VisionLanguage.Tests.Regions;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Tests.Training;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>LXMERT's JSON of GQA, NLVR2 and pre-training on the command line.</summary>
public sealed class LxmertLayoutTests : IDisposable
{
    private const int Images = 6;

    private readonly TemporaryFolder _folder = new();

    public LxmertLayoutTests() => File.WriteAllLines(Features, Enumerable.Range(1, Images).Select(i => FeatureFile.Row(
        $"n{i}", 100, 50, [0, 0, 40, 40, 10, 5, 100, 50], [.. Enumerable.Repeat(i % 2 == 0 ? 1f : 0f, 2 * Questions.FeatureSize)])));

    private string Features => _folder.File("f.tsv");

    private string Model => _folder.File("m.zip");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Questions_of_gqa_train_and_its_evaluations_file_is_written()
    {
        var first = Json("q1.json", Enumerable.Range(1, 4).Select(Question));
        var second = Json("q2.json", Enumerable.Range(5, 3).Select(Question));
        string[] data = ["--layout", "lxmert", first, second, "--features", Features];
        var trained = Run(
        [
            "train", "gqa", .. data, "--output", Model, "--epochs", "60", "--learning-rate", "2e-3", "--batch-size", "2", "--best-answer-only",
        ]);
        Assert.Contains("left out 1 questions whose image is missing, the first: question q7", trained.Error);

        var results = _folder.File("r.json");
        Run(["score", "gqa", "--model", Model, .. data, "--output", results]);
        var written = JsonNode.Parse(File.ReadAllText(results))!.AsArray();
        Assert.Equal(
            Enumerable.Range(1, Images).Select(i => (QuestionId: $"q{i}", Prediction: i % 2 == 0 ? "yes" : "no")),
            written.Select(row => (row!["questionId"]!.GetValue<string>(), row["prediction"]!.GetValue<string>())));

        // Nothing tells the questions' types.
        var metrics = Run(["evaluate", "gqa", .. data, "--results", results]);
        Assert.Equal("""{"accuracy":1,"count":6}""", metrics.Output.Trim());
        Assert.Equal(metrics.Output, Run(["evaluate", "gqa", .. data, "--model", Model]).Output);

        ToolRun.Run(["score", "gqa", "--model", Model, .. data, "--data", first, "--output", results]).AssertFailed(2, "--layout and --data exclude each other");
        ToolRun.Run(["score", "gqa", "--model", Model, "--layout", "coco", first, "--output", results]).AssertFailed(2, "'coco' is not a known layout");
        ToolRun.Run("evaluate", "gqa", "--features", Features, "--results", results).AssertFailed(2, "--data (or --layout) is needed");

        static object Question(int i) => new
        {
            img_id = $"n{i}",
            label = i % 2 == 0 ? new Dictionary<string, double> { ["no"] = 0.3, ["yes"] = 1 } : new() { ["no"] = 1 },
            question_id = $"q{i}",
            sent = "is it on?",
        };
    }

    [Fact]
    public void Statements_about_two_images_are_read_scored_and_measured()
    {
        var statements = Json("s.json", Enumerable.Range(1, Images).Select(i => new
        {
            identifier = $"dev-{i}-0-0",
            img0 = $"n{i}",
            img1 = $"n{i + 1}",
            label = i % 2,
            sent = "both are on",
            uid = $"nlvr2_{i}",
        }));
        string[] data = ["--layout", "lxmert", statements, "--features", Features];
        var trained = Run(["train", "nlvr2", .. data, "--output", Model, "--epochs", "1"]);
        Assert.Contains("left out 1 statements whose image is missing, the first: statement dev-6-0-0", trained.Error);
        var submission = _folder.File("r.csv");
        Run(["score", "nlvr2", "--model", Model, .. data, "--output", submission]);
        Assert.Equal(Enumerable.Range(1, 5).Select(i => $"dev-{i}-0-0"), File.ReadLines(submission).Select(line => line.Split(',')[0]));
        var metrics = Run(["evaluate", "nlvr2", .. data, "--model", Model]).Json();
        Assert.Equal(5, metrics.GetProperty("count").GetInt32());
    }

    [Fact]
    public void Pre_training_answers_questions_and_tells_what_the_detector_says()
    {
        var texts = Json("p.json", Enumerable.Range(1, Images + 1).Select(i => new
        {
            img_id = $"n{i}",
            sentf = new { mscoco = new[] { "a light that is on", "a light" }, vqa = new[] { "is it on?" } },
            labelf = new { vqa = new[] { new Dictionary<string, double> { [i % 2 == 0 ? "Yes." : "no"] = 1 } } },
        }));
        var answers = Json("all_ans.json", new[] { "nothing", "yes", "no" }.Select(answer => new { ans = answer, dsets = new[] { "vqa" } }));
        string[] train =
        [
            "train", "pretraining", "--layout", "lxmert", texts, "--features", Features, "--output", Model, "--epochs", "2", "--batch-size", "6",
            "--learning-rate", "1e-3", "--device", "cpu", "--threads", "1", .. Architecture("lxmert"),
        ];
        var trained = Run([.. train, "--answers", answers, "--region-labels", "objects", "attributes"]);
        Assert.Contains("left out 3 captions whose image is missing, the first: caption n7_mscoco_000", trained.Error);
        Assert.Contains("18 captions to train on", trained.Error);
        var weights = Weights();
        Assert.Equal(3, weights["answer_head.logit_fc.3.bias"].Length);
        Assert.Contains(weights["answer_head.logit_fc.3.bias"], value => value != 0);
        foreach (var (part, first, second) in new[] { ("obj", 100, 101), ("attr", 200, 201) })
        {
            // Of all classes those that the detector says become likelier.
            var bias = weights[$"obj_predict_head.decoder_dict.{part}.bias"];
            Assert.Equal(new HashSet<int> { first, second }, bias.Index().Where(pair => pair.Item > 0).Select(pair => pair.Index).ToHashSet());
        }

        // Without the options neither answers nor labels are learnt.
        Run(train);
        var without = Weights();
        Assert.DoesNotContain(without.Keys, name => name.StartsWith("answer_head", StringComparison.Ordinal));
        Assert.All(without["obj_predict_head.decoder_dict.obj.bias"], value => Assert.Equal(0, value));

        ToolRun.Run([.. train[..^4], "--region-labels", "objects"]).AssertLastLine(2, "--region-labels: ViLBERT predicts no such thing of regions");
        ToolRun.Run([.. train[..^4], "--answers", answers]).AssertLastLine(2, "--answers: ViLBERT answers no questions in pre-training");
        ToolRun.Run([.. train, "--answers", _folder.File("none.json")]).AssertFailed(1, "--answers: the file", "none.json");
        Directory.CreateDirectory(_folder.File("images"));
        for (var i = 1; i <= Images + 1; i++) ColourQuestions.WriteImage(_folder.File($"images/n{i}.png"), ColourQuestions.Colours["red"], seed: i);
        ToolRun.Run([.. train[..4], texts, "--images", _folder.File("images"), "--output", Model, "--region-labels", "objects"])
            .AssertLastLine(2, "--region-labels needs --features");
    }

    [Fact]
    public void Texts_without_images_go_with_the_captions_of_vl_bert()
    {
        var captions = _folder.File("c.token");
        File.WriteAllLines(captions, Enumerable.Range(1, Images).Select(i => $"n{i}.png#0\ta light that is {(i % 2 == 0 ? "on" : "off")}"));
        var corpus = _folder.File("corpus.txt");
        File.WriteAllLines(corpus, ["the sun is a star", "", "stars shine at night"]);
        string[] train =
        [
            "train", "pretraining", "--data", captions, "--features", Features, "--output", Model, "--epochs", "1", "--batch-size", "3",
            "--device", "cpu", "--threads", "1",
        ];
        string[] texts = ["--texts", corpus, "--text-length", "4", "--text-batch-size", "2"];
        Run([.. train, .. texts, .. Architecture("vlbert")]);
        Assert.Contains("aux_text_visual_embedding.weight", Weights().Keys);
        var words = VocabularySize();
        Run([.. train, .. Architecture("vlbert")]);
        Assert.DoesNotContain("aux_text_visual_embedding.weight", Weights().Keys);

        // the, sun, star, stars, shine, at, night, and the letters that are new
        Assert.InRange(words - VocabularySize(), 7, 20);

        ToolRun.Run([.. train, .. texts]).AssertLastLine(2, "--texts: ViLBERT is pre-trained on captions of images alone");
        ToolRun.Run([.. train, .. texts[2..]]).AssertFailed(2, "need --texts");
        ToolRun.Run([.. train, "--texts", _folder.File("none.txt")]).AssertFailed(1, "--texts: the file", "none.txt");
        File.WriteAllText(corpus, "\n\n");
        ToolRun.Run([.. train, .. texts, .. Architecture("vlbert")]).AssertLastLine(1, "the texts has no rows");
    }

    private int VocabularySize() => ToolRun.Run("inspect", Model, "--json").Json().GetProperty("vocabulary").GetInt32();

    /// <summary>The options of a small model of another kind.</summary>
    private string[] Architecture(string kind)
    {
        var path = _folder.File(kind + ".json");
        File.WriteAllText(path, Questions.ModelOf(kind).ToJson());
        return ["--model", path, "--kind", kind];
    }

    private Dictionary<string, float[]> Weights() => ModelWeights.Of(Model, _folder.File("w.safetensors"));

    private string Json<T>(string name, IEnumerable<T> rows)
    {
        File.WriteAllText(_folder.File(name), JsonSerializer.Serialize(rows));
        return _folder.File(name);
    }

    private static ToolRun Run(params string[] arguments)
    {
        var run = ToolRun.Run(arguments);
        Assert.True(run.Code == 0, run.Error);
        return run;
    }
}
