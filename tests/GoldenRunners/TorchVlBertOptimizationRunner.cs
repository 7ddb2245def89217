using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Optimization;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>vlbert, optim: VL-BERT's trainer (common/trainer.py) with AdamW and its triangle on question answering.</summary>
internal sealed class TorchVlBertOptimizationRunner : IGoldenRunner
{
    public string System => "vlbert";

    public IReadOnlyCollection<string> Kinds => ["optim"];

    public string Engine => "torch";

    public void Run(GoldenCase c)
    {
        using var scope = NewDisposeScope();
        var shown = c.Config.GetProperty("optim");
        double Number(string option) => shown.GetProperty(option).GetDouble();
        var network = GoldenModels<Tensor>.VlBertNetwork(c, (int)c.Inputs["label"].Shape[^1]);
        var parameters = TorchGolden.Parameters(network.Parameters(), c.Weights);
        int batches = (int)c.Inputs["boxes"].Shape[0], accumulation = (int)Number("GRAD_ACCUMULATE_STEPS");
        int count = batches * (int)Number("END_EPOCH"), updates = count / accumulation;
        var options = new VisualQuestionAnsweringOptions
        {
            LearningRate = Number("LR") * Number("batch_size"),
            HeadLearningRate = null,
            WeightDecay = Number("WD"),
            Beta1 = 0.9,
            Beta2 = 0.999,
            Epsilon = 1e-6,
            CorrectBias = true,
            Schedule = LearningRateSchedule.Triangle,
            WarmupProportion = Number("WARMUP_STEPS") / updates,
        };
        using var optimizer = ParameterGroups.Optimizer(parameters, options);
        var schedule = ParameterGroups.Schedule(options, updates);
        var engine = new TorchEngine(parameters) { Training = false };

        float[] losses = new float[count], norms = new float[updates], rates = new float[count];
        var rate = 0.0;
        for (var step = 0; step < count; step++)
        {
            using var inner = NewDisposeScope();
            Tensor Input(string name) => TorchGolden.ToTensor(c.Inputs[name])[step % batches];
            var loss = AnswerObjective.Loss(
                GoldenModels<Tensor>.VlBertLogits(engine, network, Ids(step % batches), Input("boxes"), Input("im_info").slice(1, 0, 2, 1)),
                Input("label"));
            losses[step] = loss.ToSingle();
            Scalars.With(1.0 / accumulation, loss.mul).backward();
            if ((step + 1) % accumulation == 0)
            {
                var update = step / accumulation;
                norms[update] = MathF.Sqrt(optimizer.Groups.Sum(group => group.Parameter.grad?.square().sum().ToSingle() ?? 0));
                optimizer.ClipGradients(Number("CLIP_GRAD_NORM"));
                rate = schedule.At(update);
                optimizer.Step(rate);
                optimizer.ZeroGradients();
            }

            rates[step] = (float)(options.LearningRate * rate);
        }

        GoldenAssert.Close(c, "losses", losses, [count]);
        GoldenAssert.Close(c, "grad_norms", norms, [updates]);
        // Rates are thousandths, so the case's tolerance would accept a wrong schedule.
        GoldenAssert.Close(c.Outputs["lr_after_batch"], rates, [count], c, "lr_after_batch", tolerance: 1e-9);
        foreach (var name in c.Outputs.Names.Where(name => name.StartsWith(Final, StringComparison.Ordinal)))
            GoldenAssert.Close(c, name, parameters.Read(name[Final.Length..]), parameters[name[Final.Length..]].shape);

        Tensor Ids(int batch)
        {
            var given = c.Inputs["question"];
            int rows = (int)given.Shape[1], width = (int)given.Shape[2];
            var ids = GoldenTexts.Surround(
                given.ToInt64s().AsSpan(batch * rows * width, rows * width).ToArray(), width,
                GoldenModels<Tensor>.Classification, GoldenModels<Tensor>.Separator);
            return torch.tensor(ids, [rows, width + 2]);
        }
    }

    private const string Final = "final.";
}
