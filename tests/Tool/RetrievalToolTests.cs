using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLNet.VisionLanguage.Tasks.Matching;
using MLNet.VisionLanguage.Tests.Regions;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>Captions and images on the command line: training, scores, measures, and the search with its page.</summary>
public sealed class RetrievalToolTests : IDisposable
{
    private const int Pictures = 30;

    private readonly TemporaryFolder _folder = new();

    private string Model => _folder.File("m.zip");

    private string Images => _folder.File("images");

    private string Features => _folder.File("f.tsv");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Captions_find_images_and_images_captions()
    {
        string[] colours = [.. ColourQuestions.Colours.Keys];
        var training = Captions(Images, [.. Enumerable.Range(0, Pictures).Select(i => ($"{i}.png", colours[i % 3]))]);
        string[] train =
        [
            "train", "retrieval", "--data", training, "--images", Images, "--output", Model, "--epochs", "60", "--learning-rate", "0.004",
            "--batch-size", "8", "--device", "cpu", "--threads", "1", "--grid", "2", "--cell-size", "4", "--nearest-images", "20", "--seed", "1",
        ];
        var trained = ToolRun.Run([.. train, "--held-out", "0.2", "--json"]).Json();
        Assert.Equal(1.0 / 6, trained.GetProperty("baseline").GetDouble(), 3);

        var few = _folder.File("few");
        var data = Captions(few, [("red one.png", "red"), ("green.png", "green"), ("blue.png", "blue")]);
        var results = _folder.File("results.json");
        Assert.Equal(0, ToolRun.Run("score", "retrieval", "--model", Model, "--data", data, "--images", few, "--output", results).Code);
        Assert.Equal(3, File.ReadAllLines(results).Length);
        var metrics = ToolRun.Run("evaluate", "retrieval", "--model", Model, "--data", data, "--images", few).Json();
        Assert.Equal(metrics.ToString(), ToolRun.Run("evaluate", "retrieval", "--data", data, "--results", results).Json().ToString());
        foreach (var direction in new[] { "imageRetrieval", "textRetrieval" })
        {
            Assert.Equal((1, 1, 3), (
                metrics.GetProperty(direction).GetProperty("recallAt1").GetDouble(), metrics.GetProperty(direction).GetProperty("meanRank").GetDouble(),
                metrics.GetProperty(direction).GetProperty("count").GetInt32()));
        }

        // A pair alone has the score that it has among others.
        var one = ToolRun.Run(
            "score", "retrieval", "--model", Model, "--caption", "a red picture", "--image", Path.Combine(few, "red one.png"), "--json").Json();
        var page = _folder.File("page.html");
        string[] search = ["retrieve", "--model", Model, "--images", few];
        var found = ToolRun.Run([.. search, "--query", "a red picture", "--top", "2", "--json", "--report", page]).Json();
        Assert.Equal("a red picture", found.GetProperty("query").GetString());
        var best = found.GetProperty("images")[0];
        Assert.EndsWith("red one.png", best.GetProperty("image").GetString());
        Assert.Equal(one.GetProperty("scores").EnumerateObject().Single().Value.GetDouble(), best.GetProperty("score").GetDouble(), 1e-4);
        Assert.Equal(2, found.GetProperty("images").GetArrayLength());
        Assert.Equal(2, Occurrences(File.ReadAllText(page), "<img src=\"data:image/jpeg;base64,"));

        // Several queries, of which one would be a tag.
        File.WriteAllText(_folder.File("queries.txt"), "a green picture\n\n<script>alert(\"blue\" & 'red')</script>\n");
        var several = ToolRun.Run([.. search, "--queries", _folder.File("queries.txt"), "--top", "1", "--report", page]);
        Assert.Equal("a green picture", several.Lines[0]);
        Assert.Matches("^  1 +-?[0-9.]+  .*green\\.png$", several.Lines[1]);
        Assert.Equal(4, several.Lines.Count);
        Assert.DoesNotContain("<script", File.ReadAllText(page));
        Assert.Contains("&lt;script&gt;alert(&quot;blue&quot; &amp; &#39;red&#39;)&lt;/script&gt;", File.ReadAllText(page));

        var inspected = ToolRun.Run("inspect", Model, "--json").Json();
        Assert.Equal("retrieval", inspected.GetProperty("task").GetString());
        AssertMessages(search, few, data);
    }

    [Fact]
    public void A_pre_trained_model_searches_files_of_features_without_fine_tuning()
    {
        var vocabulary = BertVocabulary.Build(["a red picture", "a blue one"]);
        var ml = new MLContext(1);
        var settings = new MatchingSettings { Model = ViLbertConfig.Tiny with { VocabularySize = vocabulary.Count, RegionFeatureSize = 8 } };
        var words = ml.Transforms.TokenizeText(vocabulary, "Caption").Fit(ml.Data.LoadFromEnumerable(Array.Empty<CaptionExample>()));
        var chain = new TransformerChain<ITransformer>(words, settings.Create(ml, new RandomWeights(settings.ToNetwork())));
        using (chain) ml.VisionLanguage().Save(chain, null, Model);
        var random = new Random(3);
        File.WriteAllLines(Features, new[] { "red", "blue", "none" }.Select((name, i) => FeatureFile.Row(
            name, 20, 20, [.. Enumerable.Repeat(new float[] { 1, 2, 10 + i, 12 }, i + 1).SelectMany(box => box)],
            [.. Enumerable.Range(0, 8 * (i + 1)).Select(_ => random.NextSingle())])));
        var data = Captions(Images, [("red.png", "red"), ("blue.png", "blue")]);

        string[] search = ["retrieve", "--model", Model, "--features", Features, "--query", "a red picture", "a blue one", "--json"];
        var lines = ToolRun.Run(search).Lines.Select(line => JsonDocument.Parse(line).RootElement).ToList();
        Assert.Equal(["a red picture", "a blue one"], lines.Select(line => line.GetProperty("query").GetString()));
        Assert.All(lines, line => Assert.Equal(
            ["blue", "none", "red"], line.GetProperty("images").EnumerateArray().Select(image => image.GetProperty("image").GetString()!).Order()));
        Assert.All(lines, line => Assert.All(
            line.GetProperty("images").EnumerateArray(), image => Assert.InRange(image.GetProperty("score").GetDouble(), 0, 1)));

        // Pictures, where there are some, are on the page alone.
        var page = _folder.File("page.html");
        var pictured = ToolRun.Run([.. search, "--images", Images, "--report", page]);
        Assert.Equal(lines.Select(line => line.ToString()), pictured.Lines);
        Assert.Equal((4, 2), (Occurrences(File.ReadAllText(page), "<img "), Occurrences(File.ReadAllText(page), "no picture")));

        var metrics = ToolRun.Run("evaluate", "retrieval", "--model", Model, "--data", data, "--features", Features).Json();
        Assert.Equal(2, metrics.GetProperty("imageRetrieval").GetProperty("count").GetInt32());

        // Flickr30k's captions are in one file; a list says which images are judged.
        var (tokens, list) = (_folder.File("results.token"), _folder.File("test.txt"));
        File.WriteAllLines(tokens, new[] { "red", "blue", "none" }.Select(name => $"{name}.jpg#0\ta {name} picture"));
        File.WriteAllLines(list, ["none", "red"]);
        string[] judged = ["evaluate", "retrieval", "--model", Model, "--data", tokens, "--features", Features, "--image-list", list];
        Assert.Equal(2, ToolRun.Run(judged).Json().GetProperty("textRetrieval").GetProperty("count").GetInt32());
        File.WriteAllLines(list, ["green"]);
        ToolRun.Run(judged).AssertFailed(1, "results.token: the data set has no rows about an image of", "test.txt");
        ToolRun.Run([.. judged[..^1], _folder.File("none.txt")]).AssertFailed(1, "--image-list: the file", "none.txt");
        ToolRun.Run("retrieve", "--model", Model, "--images", Images, "--query", "a").AssertFailed(2, "--features is needed");
        ToolRun.Run("retrieve", "--model", Model, "--query", "a").AssertFailed(2, "--images or --features is needed");
    }

    private void AssertMessages(string[] search, string few, string data)
    {
        ToolRun.Run(search).AssertFailed(2, "--query or --queries is needed");
        ToolRun.Run([.. search, "--query", " "]).AssertFailed(2, "--query is empty");
        ToolRun.Run([.. search, "--query", "a", "--top", "0"]).AssertFailed(2, "--top 0: at least 1 is needed");
        ToolRun.Run([.. search, "--query", "a", "--report", _folder.File("no/page.html")]).AssertFailed(1, "--report");
        ToolRun.Run("retrieve", "--model", Model, "--images", _folder.File("no"), "--query", "a").AssertFailed(1, "--images", "does not exist");
        ToolRun.Run([.. search, "--features", Features, "--query", "a"]).AssertFailed(1);
        Directory.CreateDirectory(_folder.File("empty"));
        ToolRun.Run("retrieve", "--model", Model, "--images", _folder.File("empty"), "--query", "a").AssertFailed(1, "has no image");
        File.WriteAllText(_folder.File("r.json"), """{"id":"9","scores":{"x":1}}""");
        ToolRun.Run("evaluate", "retrieval", "--data", data, "--results", _folder.File("r.json")).AssertFailed(1, "r.json", "no caption '9'");
        File.WriteAllText(_folder.File("r.json"), """{"id":"0","scores":{"x":1}}""");
        ToolRun.Run("evaluate", "retrieval", "--data", data, "--results", _folder.File("r.json")).AssertFailed(1, "no row has the image 'x'");

        File.WriteAllText(Path.Combine(few, "broken.png"), "no picture");
        ToolRun.Run([.. search, "--query", "a"]).AssertFailed(1, "broken.png", "cannot be read as an image");
        var skipped = ToolRun.Run([.. search, "--query", "a", "--skip-problems"]);
        Assert.Equal((0, 3), (skipped.Code, skipped.Lines.Count));
        Assert.Contains("left 1 of 4 images out", skipped.Error);
    }

    /// <summary>Writes pictures, and captions of them as COCO has them.</summary>
    private string Captions(string folder, (string File, string Colour)[] pictures)
    {
        Directory.CreateDirectory(folder);
        foreach (var (i, (file, colour)) in pictures.Index())
            ColourQuestions.WriteImage(Path.Combine(folder, file), ColourQuestions.Colours[colour], seed: i);
        var path = folder + ".json";
        File.WriteAllText(path, JsonSerializer.Serialize(new
        {
            images = pictures.Select((picture, i) => new { id = i, file_name = picture.File }),
            annotations = pictures.Select((picture, i) => new { id = i, image_id = i, caption = $"a {picture.Colour} picture" }),
        }));
        return path;
    }

    private static int Occurrences(string text, string part) => text.Split(part).Length - 1;
}
