using MLNet.VisionLanguage.Data;
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

/// <summary>vilbert, train_concap: the trajectory of the reference's pre-training script, through the project's own loop.</summary>
internal sealed class TorchConceptualCaptionsRunner : IGoldenRunner
{
    public string System => "vilbert";

    public IReadOnlyCollection<string> Kinds => ["train_concap"];

    public string Engine => "torch";

    public string? WhyNot(GoldenCase c) => GoldenModels<Tensor>.WhyNotViLbert(c);

    public void Run(GoldenCase c)
    {
        using var scope = NewDisposeScope();
        var script = new ReferenceScript(c);
        var config = script.Config;
        var parameters = TorchGolden.Parameters(
            ShapedInputs.List(
                config,
                engine => new ViLbertHeads<ShapeValue>(engine, config).Pretrain(config.Build(engine, ShapedInputs.Of(config)))),
            c.Weights);
        var before = parameters.Specs.ToDictionary(spec => spec.Name, spec => parameters.Read(spec.Name));
        var options = script.Options(script.Number("--learning_rate", 1e-4), LearningRateSchedule.Triangle);
        using var optimizer = ParameterGroups.Optimizer(parameters, options);
        var epochs = script.Epochs;
        int Batches(string split) => script.Batches(i => $"{split}.{i}.input_ids");
        var training = Batches("train");
        var schedule = ParameterGroups.Schedule(options, (long)epochs * training);
        var task = new Pretraining(c, config, parameters);
        var validated = new List<double[]>();
        using var folder = new TemporaryFolder();
        var loop = new TrainingLoop<string>(
            task, optimizer, schedule, new LoopOptions { Epochs = epochs }, new TrainingCheckpoints(folder.Path, resumable: false),
            progress =>
            {
                if (!progress.EpochEnded) return;
                using var gradients = no_grad();
                double[][] losses = [.. Enumerable.Range(0, Batches("val")).Select(i => Pretraining.Numbers(task.Compute($"val.{i}.")))];
                validated.Add([.. Enumerable.Range(0, 3).Select(which => losses.Average(batch => batch[which]))]);
            });
        loop.Run(
            new TrainingState { Run = [] }, training,
            (_, first) => Enumerable.Range(first, training - first).Select(i => $"train.{i}."), null, default);

        var log = c.Json.GetProperty("train_log").EnumerateArray().ToArray();
        Assert.Equal(log.Length, task.Trained.Count);
        for (var i = 0; i < log.Length; i++)
        {
            double[] expected =
            [
                .. new[] { "masked_lm_loss", "masked_img_loss_before_weight", "next_sentence_loss" }
                    .Select(name => log[i].GetProperty(name).GetDouble()),
            ];
            Compare(expected, task.Trained[i], $"batch {i}");
            var rate = options.LearningRate * schedule.At(i);
            GoldenAssert.Close(log[i].GetProperty("lr").GetDouble(), rate, 1e-12, c, $"lr of update {i}");
        }

        var validation = c.Json.GetProperty("val_losses").EnumerateArray().ToArray();
        Assert.Equal(validation.Length, validated.Count);
        for (var i = 0; i < validation.Length; i++)
            Compare([.. validation[i].EnumerateArray().Select(loss => loss.GetDouble())], validated[i], $"validation {i}");
        TorchGolden.CheckTrained(c, parameters, before);

        void Compare(double[] expected, double[] found, string what)
        {
            for (var i = 0; i < expected.Length; i++)
            {
                var limit = Math.Abs(expected[i]) * (c.ToleranceNumber("loss_rel") ?? 1e-4);
                GoldenAssert.Close(expected[i], found[i], limit, c, $"loss {i} of {what}");
            }
        }
    }

    private sealed class Pretraining(GoldenCase c, ViLbertConfig config, ModelParameters parameters) : ITrainingTask<string>
    {
        private readonly TorchEngine _engine = new(parameters);

        public List<double[]> Trained { get; } = [];

        public ModelParameters Parameters => parameters;

        public bool Training
        {
            set => _engine.Training = value;
        }

        public static double[] Numbers(PretrainingLosses losses) =>
            [losses.Words.ToDouble(), losses.Regions.ToDouble(), losses.Alignment.ToDouble()];

        public IEnumerable<BatchResult> Forward(string batch)
        {
            var losses = Compute(batch);
            Trained.Add(Numbers(losses));
            yield return new(losses.Total(c.Options.GetProperty("img_weight").GetDouble()), torch.zeros(1).sum(), 1);
        }

        public PretrainingLosses Compute(string batch)
        {
            Tensor Input(string field) => TorchGolden.ToTensor(c.Inputs[batch + field]);
            var states = new ViLbertTrunk<Tensor>(_engine, config).Run(new(
                Input("input_ids"), Input("segment_ids"), Input("input_mask"), Input("image_feat"), Input("image_loc"), Input("image_mask")));
            long[] replaced = c.Inputs[batch + "is_next"].ToInt64s();
            // The script changes the labels of training batches alone.
            var pairsOnly = c.Options.GetProperty("objective").GetInt32() == 1 && batch.StartsWith("train.", StringComparison.Ordinal);
            return PretrainingLosses.Of(
                new ViLbertHeads<Tensor>(_engine, config).Pretrain(states),
                new(Labels("lm_label_ids"), Input("image_target"), Labels("image_label"), Input("is_next")),
                (RegionTarget)c.Config.GetProperty("visual_target").GetInt32());

            Tensor Labels(string field)
            {
                var given = c.Inputs[batch + field];
                if (!pairsOnly) return TorchGolden.ToTensor(given);
                var rows = given.ToInt64s().Chunk((int)given.Shape[1]);
                var kept = rows.Zip(replaced, (row, isNext) => PretrainingMasks.OfPairsOnly(row, isNext == 1));
                return torch.tensor([.. kept.SelectMany(row => row)], [.. given.Shape], dtype: ScalarType.Int64);
            }
        }
    }
}
