using System.Text.Json;
using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Training;
using TorchSharp;
using Xunit;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>
/// vilbert, train_tasks: the whole trajectory of a run of the reference's training script on one task, through the project's own loop.
/// </summary>
internal sealed class TorchTrainingRunner : IGoldenRunner
{
    private const string AnswerTask = "TASK1";

    public string System => "vilbert";

    public IReadOnlyCollection<string> Kinds => ["train_tasks"];

    public string Engine => "torch";

    public string? WhyNot(GoldenCase c)
    {
        string?[] tasks = [.. c.Options.GetProperty("tasks").EnumerateArray().Select(task => task.GetString())];
        return tasks is [AnswerTask] ? GoldenModels<Tensor>.WhyNotViLbert(c) : $"training on {string.Join(", ", tasks)} is not built yet";
    }

    public void Run(GoldenCase c)
    {
        using var scope = NewDisposeScope();
        var script = new ReferenceScript(c);
        int epochs = script.Epochs, accumulation = script.Accumulation;
        var baseRate = c.Json.GetProperty("task_lr").GetProperty(AnswerTask).GetDouble();
        var config = script.Config;
        var parameters = script.TaskParameters();
        var before = parameters.Specs.ToDictionary(spec => spec.Name, spec => parameters.Read(spec.Name));
        var options = script.Options(baseRate, script.Schedule);
        using var optimizer = ParameterGroups.Optimizer(parameters, options);

        int[] Batches(string split) => [.. Enumerable.Range(0, script.Batches(i => Key(split, i, "question")))];
        int[] training = Batches("train"), validation = Batches("val");
        long total = (long)epochs * training.Length / accumulation;
        var schedule = ParameterGroups.Schedule(options, total);

        var task = new Task(c, config, parameters);
        using var folder = new TemporaryFolder();
        var loop = new TrainingLoop<string>(
            task, optimizer, schedule, new LoopOptions { Epochs = epochs, GradientAccumulation = accumulation },
            new TrainingCheckpoints(folder.Path, resumable: false), _ => { });
        task.BeforeForward = done =>
        {
            // train_tasks.py validates after the forward pass whose number is a multiple of the batch count, but not after number 0.
            if (done >= 2 && (done - 1) % training.Length == 0) CheckValidation(done);
        };
        loop.Run(
            new TrainingState { Run = [] }, training.Length,
            (_, first) => training.Skip(first).Select(i => Key("train", i, "")), null, default);
        task.BeforeForward = null;
        CheckValidation(epochs * training.Length);

        var log = c.Json.GetProperty("train_log").EnumerateArray().ToArray();
        Assert.Equal(log.Length, task.Trained.Count);
        var update = 0;
        for (var i = 0; i < log.Length; i++)
        {
            CheckLoss(log[i], task.Trained[i], $"loss of forward {i}");
            GoldenAssert.Close(log[i].GetProperty("score").GetDouble(), task.Trained[i].Score / task.Trained[i].Rows, 1e-5, c, $"score of forward {i}");
            if (!log[i].GetProperty("optimizer_step").GetBoolean()) continue;
            var factor = schedule.At(update, i / training.Length, i % training.Length == accumulation - 1);
            GoldenAssert.Close(log[i].GetProperty("lr_base").GetDouble(), baseRate * factor, 1e-12, c, $"lr_base of update {update}");
            GoldenAssert.Close(log[i].GetProperty("lr_vil").GetDouble(), 1e-4 * factor, 1e-12, c, $"lr_vil of update {update}");
            update++;
        }

        TorchGolden.CheckTrained(c, parameters, before);

        void CheckValidation(int after)
        {
            var expected = c.Json.GetProperty("val_log").EnumerateArray().Where(entry => entry.GetProperty("after_train_forward").GetInt32() == after).ToArray();
            Assert.Equal(validation.Length, expected.Length);
            using var gradients = no_grad();
            for (var i = 0; i < expected.Length; i++)
            {
                using var inner = NewDisposeScope();
                var result = task.Compute(Key("val", i, ""));
                CheckLoss(expected[i], (result.Loss.ToDouble(), result.Score.ToDouble(), result.Rows), $"validation loss {i} after {after} forwards");
                GoldenAssert.Close(expected[i].GetProperty("score").GetDouble(), result.Score.ToDouble(), 1e-5, c, $"validation score {i} after {after} forwards");
            }
        }

        void CheckLoss(JsonElement expected, (double Loss, double Score, int Rows) found, string what)
        {
            var loss = expected.GetProperty("loss").GetDouble();
            GoldenAssert.Close(loss, found.Loss, Math.Abs(loss) * (c.ToleranceNumber("loss_rel") ?? 1e-4), c, what);
        }
    }

    private static string Key(string split, int batch, string field) => $"{split}.{AnswerTask}.{batch}.{field}";

    private sealed class Task(GoldenCase c, ViLbertConfig config, ModelParameters parameters) : ITrainingTask<string>
    {
        private readonly TorchEngine _engine = new(parameters);
        private readonly TaskNetwork _network = new(
            config, config.FindAnswerClassifier(AnswerHead.Vqa), (int)c.Weights["vil_prediction.logit_fc.3.bias"].Count);

        public List<(double Loss, double Score, int Rows)> Trained { get; } = [];

        public Action<int>? BeforeForward { get; set; }

        public ModelParameters Parameters => parameters;

        public bool Training
        {
            set => _engine.Training = value;
        }

        public IEnumerable<BatchResult> Forward(string batch)
        {
            BeforeForward?.Invoke(Trained.Count);
            var result = Compute(batch);
            Trained.Add((result.Loss.ToDouble(), result.Score.ToDouble(), result.Rows));
            yield return result;
        }

        public BatchResult Compute(string batch)
        {
            Tensor Input(string field) => TorchGolden.ToTensor(c.Inputs[batch + field]);
            var states = new ViLbertTrunk<Tensor>(_engine, config).Run(new(
                Input("question"), Input("segment_ids"), Input("input_mask"), Input("features"), Input("spatials"), Input("image_mask")));
            var logits = _network.Logits(_engine, states);
            var targets = Input("target");
            return new(AnswerObjective.Loss(logits, targets), AnswerObjective.Score(logits.detach(), targets), (int)targets.shape[0]);
        }
    }
}
