using System.Text.Json;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Tests.Hub;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>vl ask about a photograph, with small models of the published layouts: a LXMERT, and the golden case's Faster R-CNN.</summary>
[Collection(EnvironmentCollection.Name)]
public sealed class AskCommandTests : IDisposable
{
    private const int RegionSize = 128;

    private readonly TemporaryFolder _folder = new();
    private readonly GoldenCase _detector = new(TestData.Golden("frcnn", "e2e_single-a"));
    private readonly ScriptedServer _server;
    private readonly HubEnvironment _environment;

    public AskCommandTests()
    {
        var files = Publish();
        _server = new(request => files.TryGetValue(request.Path.TrimStart('/'), out var content) ? ScriptedServer.File(request, content, "1") : new(404));
        _environment = new(_folder.File("cache"), _server.Address);
        var pixels = Enumerable.Range(0, 48 * 36 * 4).Select(i => i % 4 == 3 ? byte.MaxValue : (byte)(i * 7 % 251)).ToArray();
        using var image = MLImage.CreateFromPixels(48, 36, MLPixelFormat.Rgba32, pixels);
        image.Save(_folder.File("photo.png"));
    }

    public void Dispose()
    {
        _environment.Dispose();
        _server.Dispose();
        _detector.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void One_command_answers_from_an_empty_cache()
    {
        string[] ask = ["ask", _folder.File("photo.png"), "is it w7?", "--model", "small-lxmert", "--catalog", Catalog()];
        ToolRun.Run(ask).AssertFailed(2, "'small-lxmert' is not here", "--yes");
        var first = ToolRun.Run([.. ask, "--yes", "--json", "--report", _folder.File("page.html")]);
        Assert.True(first.Code == 0, first.Error);
        var answers = first.Json().GetProperty("answers").EnumerateArray().ToList();
        Assert.Equal(["maybe", "no", "yes"], answers.Select(answer => answer.GetProperty("answer").GetString()).Order());
        Assert.Equal(answers.Select(answer => answer.GetProperty("probability").GetDouble()).OrderDescending(), answers.Select(answer => answer.GetProperty("probability").GetDouble()));
        var page = File.ReadAllText(_folder.File("page.html"));
        Assert.Contains("is it w7?", page);
        Assert.Contains("maybe", page);

        // All is there now: nothing is fetched, nothing is made anew, and the answer is that of extracting and scoring by hand.
        var requests = _server.Seen.Count;
        var again = ToolRun.Run([.. ask, "--json"]);
        Assert.Equal(first.Output, again.Output);
        Assert.DoesNotContain("making", again.Error);
        Assert.Equal(requests, _server.Seen.Count);
        var models = Path.Combine(_folder.File("cache"), "mlnet-vision-language");
        Directory.CreateDirectory(_folder.File("images"));
        File.Copy(_folder.File("photo.png"), _folder.File("images/photo.png"));
        Assert.Equal(0, ToolRun.Run(
            "extract", "--images", _folder.File("images"), "--detector", Path.Combine(models, "small-detector", "fixed.zip"), "--output", _folder.File("f.safetensors")).Code);
        var scored = ToolRun.Run(
            "score", "--model", Path.Combine(models, "small-lxmert", "model.zip"), "--features", _folder.File("f.safetensors"), "--image-id", "photo",
            "--question", "is it w7?", "--json").Json();
        Assert.Equal(scored.GetProperty("answers").ToString(), again.Json().GetProperty("answers").ToString());

        // The same model file with a detector told.
        var file = ToolRun.Run(
            "ask", _folder.File("photo.png"), "is it w7?", "--model", Path.Combine(models, "small-lxmert", "model.zip"), "--detector",
            Path.Combine(models, "small-detector", "fixed.zip"), "--json");
        Assert.Equal(first.Output, file.Output);
    }

    [Fact]
    public void What_is_missing_is_named()
    {
        var photo = _folder.File("photo.png");
        string[] catalog = ["--catalog", Catalog(), "--yes"];
        ToolRun.Run(["ask", _folder.File("none.png"), "what?", .. catalog]).AssertFailed(1, "IMAGE", "none.png");
        ToolRun.Run(["ask", photo, " ", .. catalog]).AssertFailed(2, "QUESTION is empty");
        ToolRun.Run(["ask", photo, "what?", "--model", "nobody", .. catalog]).AssertFailed(2, "neither a model file nor a published model");
        ToolRun.Run(["ask", photo, "what?", "--model", "none.zip", .. catalog]).AssertFailed(1, "none.zip");
        ToolRun.Run(["ask", photo, "what?", "--model", "small-detector", .. catalog]).AssertFailed(2, "answers no questions");
        ToolRun.Run(["ask", photo, "what?", "--model", "without-answers", .. catalog]).AssertFailed(2, "--answers is needed");
        Assert.Equal(0, ToolRun.Run(["ask", photo, "what?", "--model", "small-lxmert", .. catalog]).Code);
        File.WriteAllText(_folder.File("bad.png"), "no picture");
        ToolRun.Run(["ask", _folder.File("bad.png"), "what?", "--model", "small-lxmert", .. catalog]).AssertFailed(1, "bad.png");
        ToolRun.Run("ask", photo, "what?", "--model", Path.Combine(_folder.File("cache"), "mlnet-vision-language", "small-lxmert", "model.zip"))
            .AssertFailed(2, "--detector is needed");
    }

    /// <summary>What the server has, by path.</summary>
    private Dictionary<string, byte[]> Publish()
    {
        var model = LxmertConfig.Tiny with { RegionFeatureSize = RegionSize, VocabularySize = 30 };
        var random = new Random(1);
        SafeTensors.Write(_folder.File("w.safetensors"), new TaskNetwork(model, model.FindAnswerClassifier(AnswerHead.Vqa), 3).Parameters().Select(
            parameter => new NamedTensor(
                parameter.Name, parameter.Shape, [.. Enumerable.Range(0, (int)parameter.Count).Select(_ => (random.NextSingle() - 0.5f) / 2)])));
        string[] words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "is", "it", "?", .. Enumerable.Range(0, 22).Select(i => $"w{i}")];
        return new()
        {
            ["lxmert/weights"] = File.ReadAllBytes(_folder.File("w.safetensors")),
            ["lxmert/config"] = System.Text.Encoding.UTF8.GetBytes(model.ToJson()),
            ["lxmert/vocabulary"] = System.Text.Encoding.UTF8.GetBytes(string.Join('\n', words)),
            ["lxmert/answers"] = "[\"yes\", \"no\", \"maybe\"]"u8.ToArray(),
            ["detector/weights"] = File.ReadAllBytes(_detector.FilePath("weights.safetensors")),
            ["detector/config"] = System.Text.Encoding.UTF8.GetBytes(
                _detector.Config.GetRawText().Replace("800", "96", StringComparison.Ordinal).Replace("1333", "160", StringComparison.Ordinal)),
        };
    }

    private string Catalog()
    {
        File.WriteAllText(_folder.File("own.json"), JsonSerializer.Serialize(new[]
        {
            Entry("small-lxmert", "lxmert", "vqa", "small-detector", "lxmert", "weights:w.safetensors", "configuration:config.json", "vocabulary:vocab.txt", "answers:answers.json"),
            Entry("without-answers", "lxmert", "vqa", "small-detector", "lxmert", "weights:w.safetensors", "configuration:config.json", "vocabulary:vocab.txt"),
            Entry("small-detector", "faster-rcnn", "detection", null, "detector", "weights:w.safetensors", "configuration:config.json"),
        }));
        return _folder.File("own.json");
    }

    private object Entry(string name, string architecture, string task, string? regions, string folder, params string[] files) => new
    {
        name,
        title = name,
        architecture,
        task,
        regions,
        page = $"{_server.Address}page",
        citation = "none",
        files = files.Select(file => file.Split(':')).Select(file => new
        {
            role = file[0],
            path = file[1],
            url = $"{_server.Address}{folder}/{(file[0] == "configuration" ? "config" : file[0])}",
        }),
    };
}
