using System.Text.Json;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>vilbert, train_tasks on several tasks: the trajectory of the reference's script, through the project's own loop.</summary>
internal sealed class TorchMultiTaskRunner : IGoldenRunner
{
    public string System => "vilbert";

    public IReadOnlyCollection<string> Kinds => ["train-multitask"];

    public string Engine => "torch";

    public string? WhyNot(GoldenCase c) => GoldenModels<Tensor>.WhyNotViLbert(c);

    public void Run(GoldenCase c)
    {
        using var scope = NewDisposeScope();
        var script = new ReferenceScript(c);
        var rates = c.Json.GetProperty("task_lr").EnumerateObject().ToDictionary(task => task.Name, task => task.Value.GetDouble());
        var least = rates.Values.Min();
        var config = script.Config;
        var parameters = script.TaskParameters();
        var before = parameters.Specs.ToDictionary(spec => spec.Name, spec => parameters.Read(spec.Name));
        var options = script.Options(least, script.Schedule);
        using var optimizer = ParameterGroups.Optimizer(parameters, options);

        int epochs = script.Epochs, accumulation = script.Accumulation;
        var engine = new TorchEngine(parameters);
        var trained = new List<(string Task, double Loss, double Score)>();
        var validated = new List<(string Task, double Loss, double Score)>();
        JointTask[] tasks = [.. rates.Select(rate => Task(rate.Key, rate.Value / least))];
        var iterations = tasks.Max(task => task.Batches);
        var heard = 0;
        var controllers = c.Json.GetProperty("stop_controller_log").EnumerateArray().ToArray();
        var task = new MultiTask(
            parameters, tasks, iterations, iterations * epochs, (int)script.Number("--train_iter_gap", 4),
            isOn => engine.Training = isOn)
        {
            Validated = (joint, _) =>
            {
                var expected = controllers[heard++];
                Assert.Equal(expected.GetProperty("task").GetString(), joint.Name);
                Assert.Equal(expected.GetProperty("after_train_forward").GetInt32(), trained.Count);
                StopAndGoRunner.Check(c, expected, joint.Controller, $"validation {heard}");
            },
        };
        using var folder = new TemporaryFolder();
        var loop = new TrainingLoop<int>(
            task, optimizer, ParameterGroups.Schedule(options, (long)iterations * epochs / accumulation),
            new LoopOptions { Epochs = epochs, GradientAccumulation = accumulation, UpdatesEachResult = true },
            new TrainingCheckpoints(folder.Path, resumable: false), _ => { });
        loop.Run(
            new TrainingState { Run = [] }, iterations,
            (epoch, first) => Enumerable.Range((epoch * iterations) + first, iterations - first), null, default);

        Compare("train_log", trained, perRow: true);
        Compare("val_log", validated, perRow: false);
        Assert.Equal(controllers.Length, heard);
        TorchGolden.CheckTrained(c, parameters, before);

        JointTask Task(string name, double scale)
        {
            int Batches(string split) => script.Batches(i => $"{split}.{name}.{i}.question");
            return new(
                name, Batches("train"), scale,
                done => Record(trained, name, Compute(name, $"train.{name}.{done % Batches("train")}."), perRow: true),
                () =>
                {
                    BatchResult[] results =
                    [
                        .. Enumerable.Range(0, Batches("val"))
                            .Select(batch => Record(validated, name, Compute(name, $"val.{name}.{batch}."), perRow: false)),
                    ];
                    return results.Sum(result => result.Score.ToDouble()) / results.Sum(result => result.Rows);
                });
        }

        BatchResult Record(List<(string Task, double Loss, double Score)> into, string name, BatchResult result, bool perRow)
        {
            into.Add((name, result.Loss.ToDouble(), result.Score.ToDouble() / (perRow ? result.Rows : 1)));
            return result;
        }

        BatchResult Compute(string name, string batch)
        {
            Tensor Field(string field) => TorchGolden.ToTensor(c.Inputs[batch + field]);
            var entry = Settings(name);
            var regions = Field("features").shape[1] / (entry.GetProperty("process").GetString() == "nlvr" ? 2 : 1);
            var inputs = GoldenModels<Tensor>.ViLbertTaskInputs(engine, entry, Field, (int)regions);
            var states = new ViLbertTrunk<Tensor>(engine, config).Run(inputs with { TaskIds = config.TaskTokens ? inputs.TaskIds : null });
            var heads = new ViLbertHeads<Tensor>(engine, config);
            var logits = ViLbertTaskObjective.Logits(
                entry,
                head => head switch
                {
                    "vil_logit" => heads.Rank(states),
                    "vision_logit" => heads.ScoreRegions(states),
                    "vil_binary_prediction" => heads.ClassifyPairs(states),
                    "vil_tri_prediction" => heads.Entail(states),
                    _ => heads.Classify(states, head, script.Classes(head + ".logit_fc.3")),
                },
                Field);
            var (loss, score) = ViLbertTaskObjective.Judge(entry, logits, Field);
            return new(loss, score, (int)Field("target").shape[0]);
        }

        void Compare(string which, List<(string Task, double Loss, double Score)> found, bool perRow)
        {
            var expected = c.Json.GetProperty(which).EnumerateArray().ToArray();
            Assert.Equal(expected.Select(entry => entry.GetProperty("task").GetString()), found.Select(entry => entry.Task));
            foreach (var (entry, (name, loss, score)) in expected.Zip(found))
            {
                var right = entry.GetProperty("loss").GetDouble();
                GoldenAssert.Close(right, loss, Math.Abs(right) * (c.ToleranceNumber("loss_rel") ?? 1e-4), c, $"{which}: loss of {name}");
                GoldenAssert.Close(entry.GetProperty("score").GetDouble(), score, 1e-5, c, $"{which}: score of {name}");
            }
        }
    }

    /// <summary>What vilbert_tasks.yml says of the tasks.</summary>
    private static JsonElement Settings(string task)
    {
        var (type, process) = task switch
        {
            "TASK1" or "TASK2" => ("VL-classifier", "normal"),
            "TASK4" or "TASK17" => ("V-logit-mc", "normal"),
            "TASK5" or "TASK6" => ("VL-logit", "expand"),
            "TASK7" or "TASK8" => ("VL-logit", "retrieval"),
            "TASK9" or "TASK10" or "TASK11" or "TASK18" => ("V-logit", "normal"),
            "TASK12" => ("VL-binary-classifier", "nlvr"),
            "TASK13" => ("VL-tri-classifier", "normal"),
            "TASK15" => ("VL-classifier-GQA", "normal"),
            _ => throw new InvalidDataException($"Unknown task {task}."),
        };
        return JsonSerializer.SerializeToElement(new { type, process, task_id = int.Parse(task["TASK".Length..], null) });
    }
}
