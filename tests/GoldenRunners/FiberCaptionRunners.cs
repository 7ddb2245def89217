using MLNet.VisionLanguage.Engine;
using MLNet.VisionLanguage.Heads;
using MLNet.VisionLanguage.Layers;
using MLNet.VisionLanguage.Onnx;
using MLNet.VisionLanguage.Tests.Support;
using static TorchSharp.torch;

namespace MLNet.VisionLanguage.Tests.GoldenRunners;

/// <summary>fiber, caption_decode: captions as a graph writes them.</summary>
internal sealed class OnnxFiberCaptionRunner : IGoldenRunner
{
    private const string Beams = "generated_beam";

    public string System => "fiber";

    public IReadOnlyCollection<string> Kinds => ["caption_decode"];

    public string Engine => "onnx";

    public void Run(GoldenCase c)
    {
        var config = FiberConfig.Parse(c.Config.GetRawText(), c.ToString());
        var graph = new GraphBuilder(c.ToString());
        var engine = new GraphEngine(graph, new GoldenWeights(c));
        var image = c.Inputs["image"];
        var steps = config.Write(engine, graph.Input("image", OnnxType.Float, "B", "P"));
        var rows = graph.Size(steps.Image[0], 0);
        var begin = graph.Fill(graph.Concat(0, rows, graph.Constant(values: [1])), 0L);
        graph.Output("step0_logits", steps.Next(begin, 0, [], steps.Image).Logits, "B", config.VocabularySize);
        var names = c.Outputs.Names.Where(name => name.StartsWith(Beams, StringComparison.Ordinal)).ToList();
        foreach (var name in names)
        {
            var search = new CaptionSearch(
                int.Parse(name[Beams.Length..]), (int)c.Outputs[name].Shape[1], Begin: 0, End: 2, RobertaEmbedding.Padding, config.VocabularySize - 1)
            {
                RanksAsReference = true,
            };
            graph.Output(name, search.Run(graph, config.VocabularySize, steps).Tokens, "B", search.Steps);
        }

        using var runner = new OnnxRunner(graph.ToArray(), new OnnxRunnerOptions { Threads = 1 });
        var results = runner.Run(new Dictionary<string, OnnxTensor>
        {
            ["image"] = OnnxTensor.Of(image.ToSingles(), image.Shape[0], image.Count / image.Shape[0]),
        });
        GoldenAssert.Close(c, "step0_logits", results["step0_logits"].Singles, c.Outputs["step0_logits"].Shape);
        foreach (var name in names) GoldenAssert.Equal(c.Outputs[name], results[name].Int64s, results[name].Dims, c, name);
    }
}

/// <summary>The same of the likeliest words, one by one, with libtorch.</summary>
internal sealed class TorchFiberCaptionRunner : IGoldenRunner
{
    private const string Greedy = "generated_beam1";

    public string System => "fiber";

    public IReadOnlyCollection<string> Kinds => ["caption_decode"];

    public string Engine => "torch";

    public void Run(GoldenCase c)
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        var config = FiberConfig.Parse(c.Config.GetRawText(), c.ToString());
        var engine = new TorchEngine(TorchGolden.Parameters(c.Weights));
        var image = TorchGolden.ToTensor(c.Inputs["image"]);
        var steps = config.Write(engine, image);
        Tensor words = zeros(image.shape[0], 1, dtype: ScalarType.Int64), ended = zeros_like(words);
        IReadOnlyList<Tensor> memory = [];
        var written = new List<Tensor>();
        var count = c.Outputs[Greedy].Shape[1];
        for (var place = 0; place < count; place++)
        {
            (var logits, memory) = steps.Next(words, place, memory, steps.Image);
            if (place == 0) GoldenAssert.Close(c, "step0_logits", TorchGolden.ToArray(logits), c.Outputs["step0_logits"].Shape);
            words = logits.slice(1, 0, config.VocabularySize - 1, 1).argmax(1, keepdim: true);
            words = where(ended.eq(1), ones_like(words), words);
            ended = words.eq(2).logical_or(words.eq(1)).to_type(ScalarType.Int64);
            written.Add(where(words.eq(2).logical_or(words.eq(0)), ones_like(words), words));
        }

        var all = cat([.. written], 1);
        GoldenAssert.Equal(c.Outputs[Greedy], all.data<long>().ToArray(), all.shape, c, Greedy);
    }
}
