using System.Text.Json;
using MLNet.VisionLanguage.Tests.Regions;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary>Expressions, phrases, questions and games that mean a place of an image, on the command line.</summary>
public sealed class LocatingTaskTests : IDisposable
{
    private const int Pictures = 60;

    /// <summary>From a guess among four to 1. How far forty epochs of sixty rows come depends on how a processor rounds.</summary>
    private const double ThirdOfTheWay = 0.5;

    private static readonly string[] Training =
    [
        "--device", "cpu", "--threads", "1", "--cell-size", "4", "--batch-size", "16", "--held-out", "0.2", "--json",
    ];

    private static readonly string[] Few = ["--learning-rate", "0.003"];

    private static readonly string[] Colours = [.. ColourQuestions.Colours.Keys];

    private readonly TemporaryFolder _folder = new();

    private string Model => _folder.File("m.zip");

    private string Images => _folder.File("images");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Referring_expressions_about_rendered_scenes()
    {
        Run("scenes", "--output", _folder.File("scenes"), "--scenes", "200", "--val-scenes", "30");
        string[] Files(string part) =>
        [
            "--refs", _folder.File($"scenes/{part}_refs.p"), "--instances", _folder.File($"scenes/{part}_instances.json"),
            "--images", _folder.File("scenes/images"),
        ];
        var trained = Run(["train", "refcoco", .. Files("train"), "--output", Model, "--epochs", "7", "--learning-rate", "0.001", .. Training]).Json();
        double accuracy = trained.GetProperty("accuracy").GetDouble(), baseline = trained.GetProperty("baseline").GetDouble();
        Assert.InRange(baseline, 0.3, 0.8);
        Assert.InRange(accuracy, baseline + ((1 - baseline) / 3), 1);
        Assert.Equal("chance", trained.GetProperty("baselineAnswer").GetString());

        var ofModel = Run(["evaluate", "refcoco", .. Files("val"), "--model", Model]).Json();
        var lines = _folder.File("results.jsonl");
        Run(["score", "refcoco", .. Files("val"), "--model", Model, "--output", lines]);
        var count = File.ReadAllLines(lines).Length;
        Assert.Equal(count, ofModel.GetProperty("count").GetInt32());
        Assert.InRange(ofModel.GetProperty("recallAt5").GetDouble(), 1, 1);
        Assert.Equal(ofModel.ToString(), Run(["evaluate", "refcoco", .. Files("val"), "--results", lines]).Json().ToString());

        // The toolbox's own form has one box an expression.
        var submission = _folder.File("results.json");
        Run(["score", "refcoco", .. Files("val"), "--model", Model, "--output", submission]);
        var ofSubmission = Run(["evaluate", "refcoco", .. Files("val"), "--results", submission]).Json();
        Assert.Equal(ofModel.GetProperty("accuracy").GetDouble(), ofSubmission.GetProperty("accuracy").GetDouble());
        Assert.False(ofSubmission.TryGetProperty("recallAt5", out _));

        var first = RefCocoDataset.Load(_folder.File("scenes/val_refs.p"), _folder.File("scenes/val_instances.json"), null, _folder.File("scenes/images")).First();
        string[] one = ["score", "refcoco", "--model", Model, "--image", first.ImagePath, "--text", first.Expression];
        string[] boxes = ["--boxes", .. first.ObjectBoxes.Select(number => number.ToString(System.Globalization.CultureInfo.InvariantCulture))];
        var told = Run([.. one, .. boxes, "--json"]).Json().GetProperty("boxes");
        Assert.Equal(Math.Min(5, first.ObjectBoxes.Length / 4), told.GetArrayLength());
        Run([.. one, .. boxes[..^1]], isRight: false).AssertFailed(2, "--boxes: four numbers a box");
        Run(one, isRight: false).AssertFailed(2, "--boxes is needed");
        Run(["train", "refcoco", "--refs", "r.p", "--images", "i", "--output", Model], isRight: false).AssertFailed(2, "--refs needs --instances");

        var inspected = Run("inspect", Model, "--json").Json();
        Assert.Equal("refcoco", inspected.GetProperty("task").GetString());
        Assert.Equal(
            ["ImagePath", "ObjectBoxes", "Expression"],
            inspected.GetProperty("inputs").EnumerateArray().Select(input => input.GetProperty("name").GetString()!));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Visual7w_chooses_one_of_the_boxes_of_a_question(bool fromFeatures)
    {
        WritePictures();
        var data = _folder.File("v7w.json");
        File.WriteAllText(data, JsonSerializer.Serialize(new
        {
            boxes = Enumerable.Range(0, 4 * Pictures).Select(i => new { box_id = i, x = i % 4 * 8, y = 2, width = 8, height = 8 }),
            images = Enumerable.Range(0, Pictures).Select(i => new
            {
                image_id = i,
                filename = $"{i}.png",
                split = "train",
                qa_pairs = new[]
                {
                    new
                    {
                        qa_id = i,
                        question = $"Which is {Colours[i % 3]}?",
                        answer = (4 * i) + Place(i, i % 3),
                        multiple_choices = Enumerable.Range(0, 4).Where(k => k != Place(i, i % 3)).Select(k => (4 * i) + k),
                    },
                },
            }),
        }));
        string[] files = ["--data", data, "--split", "train", .. fromFeatures ? ["--features", WriteFeatures()] : new[] { "--images", Images }];
        var trained = Run(["train", "visual7w", .. files, "--output", Model, "--epochs", fromFeatures ? "1" : "40", .. Few, .. Training]).Json();
        Assert.Equal(0.25, trained.GetProperty("baseline").GetDouble(), 6);
        if (!fromFeatures) Assert.InRange(trained.GetProperty("accuracy").GetDouble(), ThirdOfTheWay, 1);
        AssertSame("visual7w", files, Pictures);

        // The boxes to choose from are the regions, whatever else a file of features has.
        string[] one = ["score", "visual7w", "--model", Model, "--question", "Which is red?", "--boxes", "8", "2", "16", "10", "0", "2", "8", "10", "--json"];
        string[] image = fromFeatures ? ["--features", _folder.File("f.tsv"), "--image-id", "3"] : ["--image", Path.Combine(Images, "3.png")];
        var told = Run([.. one, .. image]).Json().GetProperty("boxes").EnumerateArray().OrderBy(box => box.GetProperty("region").GetInt32()).ToList();
        Assert.Equal(["[8,2,16,10]", "[0,2,8,10]"], told.Select(box => box.GetProperty("box").ToString()));
        Run(["train", "visual7w", "--data", data, "--split", "test", "--images", Images, "--output", Model], isRight: false).AssertFailed(1, "no rows");
    }

    [Fact]
    public void Games_are_about_one_of_the_objects_of_an_image()
    {
        WritePictures();
        var data = _folder.File("guesswhat.train.jsonl");
        File.WriteAllLines(data, Enumerable.Range(0, Pictures).Select(i => JsonSerializer.Serialize(new
        {
            id = i,
            status = "success",
            image = new { id = i, file_name = $"{i}.png", width = 32, height = 12 },
            object_id = Place(i, i % 3),
            objects = Enumerable.Range(0, 4).Select(k => new { id = k, category = "thing", bbox = new[] { k * 8, 2, 8, 8 } }),
            qas = new[] { new { id = i, question = $"Is it {Colours[i % 3]}?", answer = "Yes" } },
        })));
        string[] files = ["--data", data, "--images", Images];
        var trained = Run(["train", "guesswhat-pointing", .. files, "--output", Model, "--epochs", "1", .. Few, .. Training]).Json();
        Assert.Equal(0.25, trained.GetProperty("baseline").GetDouble(), 6);
        AssertSame("guesswhat-pointing", files, Pictures);
    }

    [Fact]
    public void Phrases_mean_places()
    {
        WritePictures();
        var data = _folder.File("entities");
        Directory.CreateDirectory(Path.Combine(data, "Sentences"));
        Directory.CreateDirectory(Path.Combine(data, "Annotations"));
        for (var i = 0; i < Pictures; i++)
        {
            File.WriteAllText(Path.Combine(data, "Sentences", $"{i}.txt"), $"There is [/EN#{i % 3}/other a {Colours[i % 3]} square] .\n");
            var objects = Enumerable.Range(0, 3).Select(k =>
                $"<object><name>{k}</name><bndbox><xmin>{(Place(i, k) * 8) + 1}</xmin><ymin>3</ymin><xmax>{(Place(i, k) * 8) + 9}</xmax><ymax>11</ymax></bndbox></object>");
            File.WriteAllText(
                Path.Combine(data, "Annotations", $"{i}.xml"),
                $"<annotation><size><width>32</width><height>12</height></size>{string.Concat(objects)}</annotation>");
        }

        File.WriteAllLines(_folder.File("train.txt"), Enumerable.Range(0, Pictures).Select(i => $"{i}"));
        string[] files = ["--data", data, "--image-list", _folder.File("train.txt"), "--images", Images];
        var trained = Run(["train", "flickr30k-entities", .. files, "--output", Model, "--epochs", "40", .. Few, .. Training]).Json();
        Assert.InRange(trained.GetProperty("accuracy").GetDouble(), ThirdOfTheWay, 1);
        AssertSame("flickr30k-entities", files, Pictures);
    }

    /// <summary>A results file measures as the model that it is of, in either form.</summary>
    private void AssertSame(string task, string[] files, int count)
    {
        var ofModel = Run(["evaluate", task, .. files, "--model", Model]).Json();
        Assert.Equal(count, ofModel.GetProperty("count").GetInt32());
        string[] named = files[..Array.FindIndex(files, word => word is "--images" or "--features")];
        foreach (var name in task == "flickr30k-entities" ? new[] { "results.jsonl" } : ["results.jsonl", "results.json"])
        {
            var results = _folder.File(name);
            Run(["score", task, .. files, "--model", Model, "--output", results]);
            Assert.Equal(ofModel.ToString(), Run(["evaluate", task, .. named, "--results", results]).Json().ToString());
        }

        var lines = File.ReadAllLines(_folder.File("results.jsonl"));
        File.WriteAllLines(_folder.File("less.jsonl"), lines[1..]);
        Run(["evaluate", task, .. named, "--results", _folder.File("less.jsonl")], isRight: false).AssertFailed(1, "is not predicted");
        File.WriteAllLines(_folder.File("twice.jsonl"), [lines[0], .. lines]);
        Run(["evaluate", task, .. named, "--results", _folder.File("twice.jsonl")], isRight: false).AssertFailed(1, "is predicted twice");
    }

    /// <summary>Where in a picture a colour's square stands.</summary>
    private static int Place(int picture, int colour) => ((picture * 7 / 3) + colour) % 4;

    /// <summary>Pictures of four squares in a row, of which one is grey.</summary>
    private void WritePictures()
    {
        Directory.CreateDirectory(Images);
        for (var i = 0; i < Pictures; i++)
        {
            var pixels = new byte[32 * 12 * 4];
            for (var p = 0; p < pixels.Length; p++)
            {
                int x = p / 4 % 32, y = p / 4 / 32;
                var colour = Enumerable.Range(0, 3).FirstOrDefault(c => Place(i, c) == x / 8, -1);
                pixels[p] = p % 4 == 3 ? (byte)255 : y is < 2 or >= 10 || colour < 0 ? (byte)128 : ColourQuestions.Colours[Colours[colour]][p % 4];
            }

            using var image = Microsoft.ML.Data.MLImage.CreateFromPixels(32, 12, Microsoft.ML.Data.MLPixelFormat.Rgba32, pixels);
            image.Save(Path.Combine(Images, $"{i}.png"));
        }
    }

    /// <summary>Features of the squares, and of the whole picture, which is none of the boxes.</summary>
    private string WriteFeatures()
    {
        var path = _folder.File("f.tsv");
        File.WriteAllLines(path, Enumerable.Range(0, Pictures).Select(i => FeatureFile.Row(
            $"{i}", 32, 12, [0, 0, 32, 12, .. Enumerable.Range(0, 4).SelectMany(k => new float[] { k * 8, 2, (k * 8) + 8, 10 })],
            [0, 0, 0, .. Enumerable.Range(0, 4).SelectMany(k => Enumerable.Range(0, 3).Select(c => Place(i, c) == k ? 1f : 0))])));
        return path;
    }

    private static ToolRun Run(params string[] args) => Run(args, isRight: true);

    private static ToolRun Run(string[] args, bool isRight)
    {
        var run = ToolRun.Run(args);
        if (isRight) Assert.True(run.Code == 0, run.Error);
        return run;
    }
}
