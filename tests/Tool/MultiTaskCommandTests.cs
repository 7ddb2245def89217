using System.Text.Json;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.Tool;

/// <summary><c>vl train multi-task</c> on a very small world of scenes, with the tasks file that is written beside it.</summary>
[Collection(TorchCollection.Name)]
public sealed class MultiTaskCommandTests : IDisposable
{
    private static readonly string[] Names = ["VQA", "VCR_Q-A", "VCR_QA-R", "RetrievalCOCO", "refcoco", "NLVR2", "VisualEntailment"];

    private readonly TemporaryFolder _folder = new();

    public MultiTaskCommandTests()
    {
        var rendered = ToolRun.Run("scenes", "--output", Scenes, "--scenes", "24", "--val-scenes", "12");
        Assert.True(rendered.Code == 0, rendered.Error);
    }

    private string Scenes => _folder.File("scenes");

    private string Tasks => Path.Combine(Scenes, "tasks.yml");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Tasks_are_trained_and_each_model_is_opened_by_every_verb()
    {
        var run = ToolRun.Run(Train("models"));
        Assert.True(run.Code == 0, run.Error);
        Assert.Matches("^task +rows +unseen +metric +score +baseline +batches$", run.Lines[0]);
        Assert.Equal(Names, run.Lines.Skip(1).Select(line => line.Split(' ')[0]));
        Assert.All(run.Lines.Skip(1), line => Assert.Matches(" (accuracy|R@1) +[01]\\.[0-9]{4} +[01]\\.[0-9]{4} +[0-9]+( +paused)?$", line));
        Assert.Matches("vl: NLVR2: validation score [01]\\.[0-9]{4} after [0-9]+ batches", run.Error);
        Assert.False(Directory.Exists(_folder.File("models.checkpoint")));
        Assert.Equal(Names.Select(name => name + ".zip").Order(), Directory.GetFiles(_folder.File("models")).Select(Path.GetFileName).Order());

        var images = Path.Combine(Scenes, "images");
        foreach (var (name, verb, data, folder) in new[]
            {
                ("VCR_Q-A", "vcr", "choices.jsonl", images), ("VCR_QA-R", "vcr-rationale", "choices.jsonl", images),
                ("NLVR2", "nlvr2", "pairs.json", Path.Combine(Scenes, "pairs")), ("VisualEntailment", "snli-ve", "entailment.jsonl", images),
            })
        {
            string[] given = ["--data", Path.Combine(Scenes, "val_" + data), "--images", folder, "--model", Model(name)];
            var accuracy = ToolRun.Run(["evaluate", verb, .. given]).Json().GetProperty("accuracy").GetDouble();
            Assert.Matches($"^{name} .* {accuracy.ToString("F4", System.Globalization.CultureInfo.InvariantCulture)} ", run.Lines.Single(line => line.StartsWith(name + " ", StringComparison.Ordinal)));
            Assert.Equal(0, ToolRun.Run(["score", verb, .. given, "--output", _folder.File("results.json")]).Code);
            Assert.Equal("model", ToolRun.Run("inspect", Model(name), "--json").Json().GetProperty("kind").GetString());
        }

        string[] captions = ["--data", Path.Combine(Scenes, "val_captions.json"), "--images", images, "--model", Model("RetrievalCOCO")];
        Assert.Equal(24, ToolRun.Run(["evaluate", "retrieval", .. captions]).Json().GetProperty("imageRetrieval").GetProperty("count").GetInt32());
        string[] expressions =
        [
            "--refs", Path.Combine(Scenes, "val_refs.p"), "--instances", Path.Combine(Scenes, "val_instances.json"), "--split", "val", "--images", images,
            "--model", Model("refcoco"),
        ];
        Assert.InRange(ToolRun.Run(["evaluate", "refcoco", .. expressions]).Json().GetProperty("accuracy").GetDouble(), 0, 1);
        string[] questions = ["--questions", Path.Combine(Scenes, "val_questions.json"), "--images", images, "--model", Model("VQA")];
        Assert.Equal(0, ToolRun.Run(["score", .. questions, "--output", _folder.File("results.json")]).Code);
        Assert.Equal("vqa", ToolRun.Run("inspect", Model("VQA"), "--json").Json().GetProperty("task").GetString());
    }

    [Fact]
    public void An_interrupted_run_goes_on_and_ends_as_an_uninterrupted_one()
    {
        string[] some = ["--only", "VisualEntailment", "TASK12", "--json"];
        var whole = ToolRun.Run([.. Train("whole", "3"), .. some]).Json();
        using var interrupt = new CancellationTokenSource();
        var stopped = ToolRun.Run(new InterruptingWriter("epoch 1/3", interrupt), interrupt.Token, [.. Train("models", "3"), .. some]);
        Assert.True(stopped.Code == 130, stopped.Error);
        Assert.EndsWith("vl: interrupted\n", stopped.Error);
        Assert.True(File.Exists(_folder.File("models.checkpoint/last.safetensors")));
        Assert.Empty(Directory.GetFiles(_folder.File("models")));

        var resumed = ToolRun.Run([.. Train("models", "3"), .. some]);
        Assert.DoesNotContain("epoch 1/3", resumed.Error);
        Assert.Equal(Figures(whole), Figures(resumed.Json()));
        Assert.Equal(["NLVR2", "VisualEntailment"], Figures(whole).Select(task => task.Name));

        // The file's figure is the one that training pauses by; the one computes on ONNX Runtime, the other on libtorch.
        Assert.All(Figures(whole), task => Assert.Equal(task.Score, task.Validation, 6));
        Assert.All(Figures(whole), task => Assert.InRange(task.Batches, 3, 30));
    }

    [Fact]
    public void Mistakes_are_named()
    {
        ToolRun.Run([.. Train("models"), "--only", "GQA"]).AssertFailed(2, "--only: 'GQA' is not a task of", string.Join(", ", Names));
        ToolRun.Run([.. Train("models"), "--paused-gap", "0", "--only", "NLVR2"]).AssertLastLine(2, "--paused-gap");
        ToolRun.Run("train", "multi-task", "--tasks", Path.Combine(Scenes, "nowhere.yml"), "--output", _folder.File("models")).AssertFailed(1, "nowhere.yml");
        ToolRun.Run("train", "multi-task", "--tasks", Tasks, "--output", Tasks).AssertFailed(2, "--output", "--tasks", "it would be lost");
        ToolRun.Run("train", "multi-task", "--tasks", Tasks, "--output", Path.Combine(Scenes, "train_captions.json"))
            .AssertFailed(1, "--output", "is a file");
        Assert.False(Directory.Exists(_folder.File("models/nowhere")));
        if (Directory.Exists("/proc/self"))
            ToolRun.Run("train", "multi-task", "--tasks", Tasks, "--output", "/proc/x").AssertFailed(1, "--output: '/proc/x' cannot be written");

        var text = File.ReadAllText(Tasks);
        Changed("name: NLVR2", "name: NLVR9").AssertFailed(1, "tasks.yml:", "TASK12: name: 'NLVR9' is not a known name");
        Changed("max_seq_length: 40", "max_seq_length: 4000").AssertFailed(1, "TASK12: max_seq_length: 4000; the model has room for");
        Changed("train_pairs.json", "train_pears.json").AssertFailed(1, "TASK12: train_annotations_jsonpath", "train_pears.json' does not exist");
        Changed("train_pairs.json", "train_entailment.jsonl").AssertFailed(1, "train_entailment.jsonl");

        ToolRun Changed(string before, string after)
        {
            Assert.Contains(before, text, StringComparison.Ordinal);
            File.WriteAllText(Tasks, text.Replace(before, after, StringComparison.Ordinal));
            return ToolRun.Run([.. Train("models"), "--only", "TASK12"]);
        }
    }

    private string Model(string name) => _folder.File($"models/{name}.zip");

    private string[] Train(string output, string epochs = "1") =>
    [
        "train", "multi-task", "--tasks", Tasks, "--output", _folder.File(output), "--epochs", epochs, "--device", "cpu", "--threads", "1", "--grid", "2",
        "--cell-size", "4",
    ];

    private static IReadOnlyList<(string Name, double Score, double Validation, int Batches)> Figures(JsonElement result) =>
    [
        .. result.GetProperty("tasks").EnumerateArray().Select(task => (
            task.GetProperty("task").GetString()!, task.GetProperty("score").GetDouble(), task.GetProperty("validationScore").GetDouble(),
            task.GetProperty("batches").GetInt32())),
    ];
}
