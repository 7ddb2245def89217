using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Models;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>
/// lxmert, optim: steps of LXMERT's training loop (src/tasks/vqa.py) with BertAdam, clipping and its schedule, on the trunk and an answer
/// classifier.
/// </summary>
internal sealed class TorchLxmertOptimizationRunner : IGoldenRunner
{
    public string System => "lxmert";

    public IReadOnlyCollection<string> Kinds => ["optim"];

    public string Engine => "torch";

    public void Run(GoldenCase c)
    {
        using var scope = NewDisposeScope();
        var network = GoldenModels<Tensor>.LxmertNetwork(c);
        var parameters = TorchGolden.Parameters(network.Parameters(), c.Weights);
        double Number(string option) => c.Config.GetProperty(option).GetDouble();
        double rate = Number("lr"), total = Number("t_total");
        int steps = (int)Number("steps"), batches = (int)Number("batches");
        var options = new VisualQuestionAnsweringOptions
        {
            Optimizer = OptimizerKind.BertAdam,
            LearningRate = rate,
            HeadLearningRate = null,
            WeightDecay = Number("weight_decay"),
            Beta1 = Number("b1"),
            Beta2 = Number("b2"),
            Epsilon = Number("e"),
            Schedule = LearningRateSchedule.BertAdam,
            WarmupProportion = Number("warmup"),
        };
        using var optimizer = ParameterGroups.Optimizer(parameters, options);
        var schedule = ParameterGroups.Schedule(options, (long)total);
        var engine = new TorchEngine(parameters) { Training = true };

        float[] losses = new float[steps], norms = new float[steps], rates = new float[steps];
        for (var step = 0; step < steps; step++)
        {
            using var inner = NewDisposeScope();
            var loss = AnswerObjective.Loss(network.Logits(engine, Inputs(step % batches)), Input("target", step % batches));
            losses[step] = loss.ToSingle();
            loss.backward();
            norms[step] = MathF.Sqrt(optimizer.Groups.Sum(group => group.Parameter.grad?.square().sum().ToSingle() ?? 0));
            rates[step] = (float)(rate * schedule.At(step));
            optimizer.ClipGradients(Number("clip_grad_norm"));
            optimizer.Step(schedule.At(step));
            optimizer.ZeroGradients();
        }

        GoldenAssert.Close(c, "losses", losses, [steps]);
        GoldenAssert.Close(c, "grad_norms", norms, [steps]);
        // Rates are thousandths, so the case's tolerance would accept a wrong schedule.
        GoldenAssert.Close(c.Outputs["lr"], rates, [steps], c, "lr", tolerance: 1e-9);
        foreach (var name in c.Outputs.Names.Where(name => name.StartsWith(Final, StringComparison.Ordinal)))
            GoldenAssert.Close(c, name, parameters.Read(name[Final.Length..]), parameters[name[Final.Length..]].shape);

        Tensor Input(string name, int batch) => TorchGolden.ToTensor(c.Inputs[name])[batch];

        ModelInputs<Tensor> Inputs(int batch)
        {
            var texts = GoldenTexts.Encode(c, c.Config.GetProperty("sentences")[batch]);
            Tensor Ids(Func<EncodedText, long[]> part) =>
                torch.tensor(GoldenTexts.Pad(c, texts, part), [texts.Length, GoldenTexts.Length(c)]);
            return new(
                Ids(text => text.InputIds), Ids(text => text.AttentionMask), Ids(text => text.TokenTypeIds),
                Input("feat", batch), Input("pos", batch), torch.ones(texts.Length, 2));
        }
    }

    private const string Final = "final.";
}
