using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Tests.Support;
using Xunit;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>Builds the case's model as an ONNX graph that gives every value the case names, runs it and compares them all.</summary>
internal abstract class OnnxGoldenRunner : IGoldenRunner
{
    public abstract string System { get; }

    public abstract IReadOnlyCollection<string> Kinds { get; }

    public string Engine => "onnx";

    public virtual string? WhyNot(GoldenCase c) => null;

    public void Run(GoldenCase c)
    {
        var graph = new GraphBuilder(c.ToString());
        var given = new Dictionary<string, OnnxTensor>();
        var inputs = new Dictionary<string, GraphValue>();
        var values = Values(new GoldenModels<GraphValue>(c, new GraphEngine(graph, new GoldenWeights(c)), Input));

        var expected = c.Outputs.Names.Where(name => !IsInput(c, name)).ToList();
        var missing = expected.Where(name => !values.ContainsKey(name)).ToList();
        Assert.True(missing.Count == 0, $"{c}: nothing computed for {string.Join(", ", missing)}.");
        foreach (var name in expected)
        {
            var shape = c.Outputs[name].Shape;
            graph.Output("out." + name, values[name], [.. shape.Select((_, axis) => (Dim)$"{name}.{axis}")]);
        }

        using var runner = new OnnxRunner(graph.ToArray(), new OnnxRunnerOptions { Threads = 1 });
        var results = runner.Run(given);
        foreach (var name in expected)
        {
            var result = results["out." + name];
            if (result.Type == OnnxType.Int64)
                GoldenAssert.Equal(c.Outputs[name], result.Int64s, result.Dims, c, name);
            else
                GoldenAssert.Close(c, name, result.Singles, result.Dims);
        }

        GraphValue Input(string name)
        {
            if (inputs.TryGetValue(name, out var known)) return known;
            var tensor = InputTensor(c, name);
            given[name] = ToOnnx(tensor);
            var type = tensor.ElementType switch
            {
                TensorElementType.Bool => OnnxType.Bool,
                TensorElementType.Int64 => OnnxType.Int64,
                _ => OnnxType.Float,
            };
            // Unknown dimensions, as in the models that are shipped: nothing may depend on knowing them.
            return inputs[name] = graph.Input(name, type, [.. tensor.Shape.Select((size, axis) => axis < 2 ? (Dim)$"{name}.{axis}" : size)]);
        }
    }

    protected abstract IReadOnlyDictionary<string, GraphValue> Values(GoldenModels<GraphValue> models);

    /// <summary>The tensor to feed as the model's argument of that name.</summary>
    protected virtual CheckpointTensor InputTensor(GoldenCase c, string name) => c.Inputs[name];

    /// <summary>Whether an output of the case only repeats what the model was given.</summary>
    protected virtual bool IsInput(GoldenCase c, string output) => false;

    private static OnnxTensor ToOnnx(CheckpointTensor tensor) => tensor.ElementType switch
    {
        TensorElementType.Bool => OnnxTensor.Of([.. tensor.ToInt64s().Select(value => value != 0)], [.. tensor.Shape]),
        TensorElementType.Int64 => OnnxTensor.Of(tensor.ToInt64s(), [.. tensor.Shape]),
        _ => OnnxTensor.Of(tensor.ToSingles(), [.. tensor.Shape]),
    };
}

internal sealed class OnnxViLbertEncoderRunner : OnnxGoldenRunner
{
    public override string System => "vilbert";

    public override IReadOnlyCollection<string> Kinds => ["encoder"];

    public override string? WhyNot(GoldenCase c) => GoldenModels<GraphValue>.WhyNotViLbert(c);

    protected override IReadOnlyDictionary<string, GraphValue> Values(GoldenModels<GraphValue> models) => models.ViLbertEncoder();
}

internal sealed class OnnxViLbertTasksRunner : OnnxGoldenRunner
{
    public override string System => "vilbert";

    public override IReadOnlyCollection<string> Kinds => ["vltasks"];

    public override string? WhyNot(GoldenCase c) => GoldenModels<GraphValue>.WhyNotViLbert(c);

    protected override IReadOnlyDictionary<string, GraphValue> Values(GoldenModels<GraphValue> models) => models.ViLbertTasks();
}

internal sealed class OnnxViLbertBoxesRunner : OnnxGoldenRunner
{
    public override string System => "vilbert";

    public override IReadOnlyCollection<string> Kinds => ["post-boxes"];

    protected override IReadOnlyDictionary<string, GraphValue> Values(GoldenModels<GraphValue> models) => models.ViLbertBoxes();
}

internal sealed class OnnxLxmertEncoderRunner : OnnxGoldenRunner
{
    public override string System => "lxmert";

    public override IReadOnlyCollection<string> Kinds => ["encoder"];

    protected override IReadOnlyDictionary<string, GraphValue> Values(GoldenModels<GraphValue> models) => models.LxmertEncoder();
}

internal sealed class OnnxVlBertEncoderRunner : OnnxGoldenRunner
{
    public override string System => "vlbert";

    public override IReadOnlyCollection<string> Kinds => ["encoder", "encoder_scale"];

    protected override IReadOnlyDictionary<string, GraphValue> Values(GoldenModels<GraphValue> models) => models.VlBertEncoder();
}

/// <summary>vilbert, post-vqascore: the targets at each row's largest logit, as the graph chooses it.</summary>
internal sealed class OnnxAnswerScoreRunner : IGoldenRunner
{
    public string System => "vilbert";

    public IReadOnlyCollection<string> Kinds => ["post-vqascore"];

    public string Engine => "onnx";

    public void Run(GoldenCase c)
    {
        CheckpointTensor logits = c.Inputs["logits"], labels = c.Inputs["labels"];
        var graph = new GraphBuilder("scores");
        GraphValue chosen = graph.ArgMax(graph.Input("logits", OnnxType.Float, "B", logits.Shape[1]), 1, true);
        GraphValue places = graph.Input("places", OnnxType.Int64, logits.Shape[1]);
        var scores = graph.Cast(graph.Equal(places, chosen), OnnxType.Float) * graph.Input("labels", OnnxType.Float, "B", logits.Shape[1]);
        graph.Output("scores", scores, "B", logits.Shape[1]);
        using var runner = new OnnxRunner(graph.ToArray(), new OnnxRunnerOptions { Threads = 1 });
        var result = runner.Run(new Dictionary<string, OnnxTensor>
        {
            ["logits"] = OnnxTensor.Of(logits.ToSingles(), [.. logits.Shape]),
            ["labels"] = OnnxTensor.Of(labels.ToSingles(), [.. labels.Shape]),
            ["places"] = OnnxTensor.Of([.. Enumerable.Range(0, (int)logits.Shape[1]).Select(i => (long)i)], logits.Shape[1]),
        })["scores"];
        GoldenAssert.Close(c, "scores", result.Singles, result.Dims);
        GoldenAssert.Close(c.Scalars["sum"], result.Singles.Sum(), c.Tolerance, c, "sum");
        GoldenAssert.Close(c.Scalars["mean_per_row"], result.Singles.Sum() / logits.Shape[0], c.Tolerance, c, "mean_per_row");
    }
}
