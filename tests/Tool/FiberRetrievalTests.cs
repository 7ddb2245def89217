using System.Text.Json;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>FIBER on the command line: pre-trained, then embeddings of it, whose finds it orders anew.</summary>
public sealed class FiberRetrievalTests : IDisposable
{
    private const int Pictures = 12;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Embeddings_find_images_that_a_second_model_orders()
    {
        var images = _folder.File("images");
        Directory.CreateDirectory(images);
        string[] colours = [.. ColourQuestions.Colours.Keys];
        for (var i = 0; i < Pictures; i++)
            ColourQuestions.WriteImage(Path.Combine(images, $"{i}.png"), ColourQuestions.Colours[colours[i % 3]], seed: i);
        var data = _folder.File("captions.json");
        File.WriteAllText(data, JsonSerializer.Serialize(new
        {
            images = Enumerable.Range(0, Pictures).Select(i => new { id = i, file_name = $"{i}.png" }),
            annotations = Enumerable.Range(0, Pictures).Select(i => new { id = i, image_id = i, caption = $"a {colours[i % 3]} picture" }),
        }));
        File.WriteAllText(_folder.File("fiber.json"), (FiberConfig.Tiny with
        {
            ImageSize = 32,
            PatchSize = 8,
            Depths = [1, 1, 1, 2],
            ImageHeads = [1, 1, 2, 2],
            TextHiddenSize = 16,
            TextLayers = 2,
            TextHeads = 2,
            TextIntermediateSize = 32,
            HiddenSize = 16,
            FusedBlocks = 2,
            FusionKind = "merged",
        }).ToJson());
        string[] run = ["--data", data, "--images", images, "--epochs", "1", "--batch-size", "6", "--device", "cpu", "--threads", "1", "--learning-rate", "0.001"];
        string both = _folder.File("both.zip"), dual = _folder.File("dual.zip");
        Done("train", ["pretraining", "--kind", "fiber", "--model", _folder.File("fiber.json"), "--queue", "8", .. run, "--output", both]);
        Done("train", ["retrieval", "--dual-encoder", "--queue", "4", "--init", both, .. run, "--output", dual]);
        Assert.Equal("retrieval", ToolRun.Run("inspect", dual, "--json").Json().GetProperty("task").GetString());
        var metrics = ToolRun.Run("evaluate", "retrieval", "--model", dual, "--data", data, "--images", images).Json();
        Assert.Equal(Pictures, metrics.GetProperty("imageRetrieval").GetProperty("count").GetInt32());

        string[] search = ["retrieve", "--images", images, "--query", "a red picture", "--top", "12", "--json"];
        var first = Found([.. search, "--model", dual]);
        var second = Found([.. search, "--model", both]);
        Assert.Equal(Pictures, first.Count);
        string[] again = [.. search, "--model", dual, "--rerank", both, "--candidates", "5"];
        var reranked = Found(again);
        Assert.Equal(first.Take(5).Select(pair => pair.Name).Order(), reranked.Select(pair => pair.Name).Order());
        Assert.All(reranked, pair => Assert.Equal(second.Single(other => other.Name == pair.Name).Score, pair.Score, 1e-4));
        Assert.Equal(reranked.OrderByDescending(pair => pair.Score).Select(pair => pair.Score), reranked.Select(pair => pair.Score));
        Assert.All(Found([.. again, "--first-weight", "1"]), pair => Assert.Equal(
            second.Single(other => other.Name == pair.Name).Score + first.Single(other => other.Name == pair.Name).Score, pair.Score, 1e-4));

        // The second model's own figures, where it looks at all; where it looks at one, the first's.
        string[] measure = ["evaluate", "retrieval", "--data", data, "--images", images];
        string[] rerank = [.. measure, "--model", dual, "--rerank", both];
        Assert.Equal(ToolRun.Run([.. measure, "--model", both]).Output, ToolRun.Run(rerank).Output);
        var narrow = ToolRun.Run([.. rerank, "--candidates", "1"]).Json();
        foreach (var side in (string[])["imageRetrieval", "textRetrieval"])
            Assert.Equal(metrics.GetProperty(side).GetProperty("recallAt1").GetDouble(), narrow.GetProperty(side).GetProperty("recallAt1").GetDouble());
        ToolRun.Run([.. measure, "--results", data, "--rerank", both]).AssertFailed(2, "--rerank goes with --model");

        ToolRun.Run([.. search, "--model", dual, "--candidates", "5"]).AssertFailed(2, "--candidates needs --rerank");
        ToolRun.Run([.. again[..^1], "0"]).AssertFailed(2, "--candidates 0: at least 1 is needed");
        ToolRun.Run([.. again, "--first-weight", "-1"]).AssertFailed(2, "--first-weight -1");
        ToolRun.Run(["train", "retrieval", "--queue", "4", .. run, "--output", dual]).AssertFailed(2, "--queue needs --dual-encoder");
        var refused = ToolRun.Run(["train", "retrieval", "--dual-encoder", "--kind", "lxmert", .. run, "--output", dual]);
        Assert.Equal(2, refused.Code);
        Assert.Contains("LXMERT reads text and image together alone", refused.Error);
    }

    private static void Done(string verb, string[] arguments)
    {
        var run = ToolRun.Run([verb, .. arguments]);
        Assert.True(run.Code == 0, run.Error);
    }

    private static List<(string Name, double Score)> Found(string[] arguments) =>
    [
        .. ToolRun.Run(arguments).Json().GetProperty("images").EnumerateArray()
            .Select(image => (image.GetProperty("image").GetString()!, image.GetProperty("score").GetDouble())),
    ];
}
