using System.Text.Json;
using MLNet.VisionLanguage.Architectures;
using MLNet.VisionLanguage.Encoding;
using MLNet.VisionLanguage.Modules;
using MLNet.VisionLanguage.Objectives;
using MLNet.VisionLanguage.Optimization;
using MLNet.VisionLanguage.Tests.Support;
using MLNet.VisionLanguage.Text;
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
        var parameters = TorchGolden.Parameters(c.Weights);
        double Number(string option) => c.Config.GetProperty(option).GetDouble();
        double rate = Number("lr"), total = Number("t_total");
        int steps = (int)Number("steps"), batches = (int)Number("batches");
        using var optimizer = new TransformerOptimizer(
            OptimizerKind.BertAdam,
            [.. parameters.Specs.Select(spec => new ParameterGroup(spec.Name, parameters[spec.Name], rate, Number("weight_decay")))],
            Number("b1"), Number("b2"), Number("e"), correctBias: false);
        var schedule = new ScheduleFactor(LearningRateSchedule.BertAdam, Number("warmup") * total, total);
        var model = new Model(c, parameters);

        float[] losses = new float[steps], norms = new float[steps], rates = new float[steps];
        for (var step = 0; step < steps; step++)
        {
            using var inner = NewDisposeScope();
            var loss = AnswerObjective.Loss(model.Forward(step % batches), model.Input("target", step % batches));
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
    }

    private sealed class Model
    {
        private readonly GoldenCase _case;
        private readonly TorchEngine _engine;
        private readonly LxmertModel<Tensor> _trunk;
        private readonly BertTextTokenizer _tokenizer;
        private readonly int _length;

        public Model(GoldenCase c, ModelParameters parameters)
        {
            _case = c;
            _engine = new TorchEngine(parameters) { Training = true };
            _trunk = new LxmertModel<Tensor>(_engine, c.Config.Deserialize<LxmertConfig>()!, "lxrt_encoder.model.bert.");
            _tokenizer = new BertTextTokenizer(BertVocabulary.Load(c.FilePath("vocab.txt")));
            _length = c.Config.GetProperty("max_seq_length").GetInt32();
        }

        public Tensor Input(string name, int batch) => TorchGolden.ToTensor(_case.Inputs[name])[batch];

        /// <summary>Logits [B, answers]: linear, gelu, LayerNorm, linear on the pooled first token.</summary>
        public Tensor Forward(int batch)
        {
            EncodedText[] texts =
            [
                .. _case.Config.GetProperty("sentences")[batch].EnumerateArray().Select(text => _tokenizer.Encode(text.GetString()!, maxLength: _length)),
            ];
            Tensor Padded(Func<EncodedText, long[]> part) => torch.tensor(
                texts.SelectMany(text => part(text).Concat(new long[_length - part(text).Length])).ToArray(), [texts.Length, _length]);
            var (_, pooled) = _trunk.Run(
                Padded(text => text.InputIds), Padded(text => text.TokenTypeIds), Padded(text => text.AttentionMask),
                Input("feat", batch), Input("pos", batch), regionMask: null);
            var inner = _engine.Activate(_engine.Linear(pooled, "logit_fc.0"), Activation.Gelu);
            return _engine.Linear(_engine.LayerNorm(inner, "logit_fc.2"), "logit_fc.3");
        }
    }

    private const string Final = "final.";
}
